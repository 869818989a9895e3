"""docs/operations.md says what the code says. ``YIGONGTI_WRITE_DOCS=1`` writes the generated parts anew."""

import os
import re
from pathlib import Path

import pytest
from psycopg import sql

from yigongti.cli.roles import APP, CREATE_DATABASE, DATABASE, OWNER, ROLE, grants
from yigongti.config import Configuration

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def roles() -> str:
    """The SQL for a server of one's own, as the embedded server gets it."""
    made = [
        ROLE.format(verb=sql.SQL("CREATE"), role=sql.Identifier(role), password=sql.Literal("…")).as_string(None)
        for role in (OWNER, APP)
    ]
    made.append(CREATE_DATABASE.format(name=sql.Identifier(DATABASE), owner=sql.Identifier(OWNER)).as_string(None))
    inside = [statement.as_string(None) for statement in grants()]
    lines = [f"{statement};" for statement in made] + [f"\\connect {DATABASE}"] + [f"{one};" for one in inside]
    return "```sql\n" + "\n".join(lines) + "\n```"


def settings() -> str:
    """Every setting with its default."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Configuration.model_fields.items():
        default = str(field.default).replace(str(Path.home()), "~") if field.default not in (None, "") else ""
        if name == "secret_key":
            default = "a demonstration makes its own; production must set it"
        rows.append(f"| `YIGONGTI_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


@pytest.mark.parametrize(("part", "generate"), [("roles", roles), ("settings", settings)])
def test_the_generated_parts_are_up_to_date(part: str, generate: object) -> None:
    assert callable(generate)
    text = OPERATIONS.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- generated: {part} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    expected = block.sub(lambda found: f"{found[1]}{generate()}\n{found[3]}", text)
    if os.environ.get("YIGONGTI_WRITE_DOCS"):
        OPERATIONS.write_text(expected, encoding="utf-8")
    else:
        assert text == expected, f"{part}: run this test with YIGONGTI_WRITE_DOCS=1"
