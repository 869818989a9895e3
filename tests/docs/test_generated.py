"""What ``make docs`` writes is current, and what people write there leads somewhere."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from yigongti.cli.documentation import files, rooms
from yigongti.kernel.cases.declaration import Workflow

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
CODE = re.compile(r"\| `((?:kernel|registry|records|care)\.[\w.]+)`")


def test_generated_documents_are_current() -> None:
    assert [str(path) for path in files.outdated(DOCS)] == [], "run make docs"


def test_every_workflow_has_its_picture() -> None:
    for flow in Workflow.registry.values():
        if flow.__module__.startswith("yigongti."):
            assert f'aria-label="{flow.title}流程图"' in (DOCS / "workflows" / f"{flow.name}.svg").read_text("utf-8")


@pytest.mark.parametrize("path", [*DOCS.rglob("*.md"), ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    missing = [link for link in LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()]
    assert missing == []


def test_the_code_names_of_the_glossary_exist() -> None:
    by_hand = (DOCS / "glossary.md").read_text("utf-8").split("## Tables")[0]
    named = CODE.findall(by_hand)
    assert len(named) > 40
    for name in named:
        assert exists(f"yigongti.{name}"), name


def exists(name: str) -> bool:
    """A module, something in a module, or something in a class of a module."""
    try:
        import_module(name)
    except ImportError:
        pass
    else:
        return True
    try:
        import_string(name)
    except ImportError:
        owner, _, attribute = name.rpartition(".")
        try:
            return hasattr(import_string(owner), attribute)
        except ImportError:
            return False
    return True


def test_decisions_are_numbered_once() -> None:
    paths = sorted((DOCS / "adr").glob("*.md"))
    assert len({path.name[:4] for path in paths}) == len(paths)
    for path in paths:
        assert re.match(rf"# {path.name[:4]} \S", path.read_text("utf-8")), path


def test_arrows_that_follow_from_others_are_left_out() -> None:
    picture = rooms.diagram(
        {
            "care.a": frozenset({"records.b", "registry.c", "kernel.d"}),
            "records.b": frozenset({"registry.c"}),
            "registry.c": frozenset(),
            "kernel.d": frozenset(),
        }
    )
    assert "care_a --> records_b" in picture
    assert "care_a --> registry_c" not in picture
    assert "kernel_d -->" not in picture
