"""The parts of ``docs/operations.md``: the SQL for a server of one's own, and every setting."""

from pathlib import Path

from psycopg import sql

from yigongti.cli.roles import APP, CREATE_DATABASE, DATABASE, OWNER, ROLE, grants
from yigongti.config import Configuration


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
