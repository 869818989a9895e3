"""Which files are generated, and which parts of files that people write."""

import re
from collections.abc import Mapping
from pathlib import Path

from yigongti.kernel.access import matrix
from yigongti.kernel.facts.dictionary import markdown
from yigongti.kernel.facts.entries import entries
from yigongti.kernel.policy import handbook
from yigongti.kernel.policy.store import folder, read_folder
from yigongti.records.exchange import layout

from . import glossary, operations, rooms, workflows

PART = re.compile(r"(?P<head><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<foot><!-- end -->)", re.DOTALL)


def parts() -> Mapping[str, Mapping[str, str]]:
    """File name → part → text, for files that people write around generated parts."""
    imports = rooms.imports()
    return {
        "architecture.md": {"floors": rooms.diagram(imports), "kernel": rooms.table(imports)},
        "exchange.md": {"layout": layout.tables()},
        "glossary.md": {name: part() for name, part in glossary.PARTS.items()},
        "operations.md": {"roles": operations.roles(), "settings": operations.settings()},
    }


def expected(docs: Path) -> Mapping[Path, str]:
    """Every generated file with the text it should have."""
    found = {docs / "data-dictionary.md": markdown(entries().values()), docs / "access.md": matrix.markdown()}
    found |= {docs / "policies" / name: text for name, text in handbook.pages(read_folder(folder())[0]).items()}
    found |= {docs / "workflows" / name: text for name, text in workflows.files().items()}
    for name, known in parts().items():
        text = (docs / name).read_text(encoding="utf-8")
        found[docs / name] = PART.sub(lambda part, known=known: _filled(part, known), text)  # type: ignore[misc]
    return found


def _filled(part: re.Match[str], known: Mapping[str, str]) -> str:
    text = known.get(part["name"])
    return part[0] if text is None else f"{part['head']}{text.rstrip()}\n{part['foot']}"


def outdated(docs: Path) -> list[Path]:
    """The files that differ from what the code says."""
    wanted = expected(docs)
    strays = [path for made in ("workflows", "policies") for path in (docs / made).glob("*") if path not in wanted]
    return strays + [path for path, text in wanted.items() if _text(path) != text]


def write(docs: Path) -> list[Path]:
    """Bring every generated file up to date; returns what was changed."""
    late = outdated(docs)
    wanted = expected(docs)
    for made in ("workflows", "policies"):
        (docs / made).mkdir(parents=True, exist_ok=True)
    for path in late:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return late


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
