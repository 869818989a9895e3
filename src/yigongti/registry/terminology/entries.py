"""What a person writes about a concept, in a form or in a row of a spreadsheet."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound, YigongtiError
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.sheets.layout import Outcome, Outcomes, Rows
from yigongti.registry.terminology.loading import Loaded, Row, load_concepts
from yigongti.registry.terminology.models import CodeSystem


class ConceptEntry(BaseModel):
    """A concept of a code system."""

    system: Annotated[str, ChoicesFrom("systems")] = Field(title="代码系统", min_length=1)
    code: str = Field(title="代码", min_length=1, max_length=32)
    name: str = Field(title="名称", min_length=1, max_length=256)
    parent_code: str = Field("", title="上级代码", max_length=32)


def write_concepts(actor: Actor, rows: Rows) -> Outcomes:
    """Write any number of concepts with a few statements for each code system."""
    by_system: dict[str, list[tuple[int, Any]]] = {}
    for line, entry in rows:
        by_system.setdefault(entry.system, []).append((line, entry))
    for code, entries in by_system.items():
        system = CodeSystem.objects.filter(pk=code).first()
        if system is None:
            unknown = NotFound(f"没有代码系统 {code}", hint="请先建立代码系统", field="system")
            yield from ((line, unknown) for line, _ in entries)
            continue
        concepts = (Row(line, entry.code, entry.name, entry.parent_code) for line, entry in entries)
        yield from _outcomes(load_concepts(actor, system=system, rows=concepts))


def _outcomes(loaded: Loaded) -> Iterator[tuple[int, Outcome | YigongtiError]]:
    for outcome in Outcome:
        yield from ((line, outcome) for line in getattr(loaded, outcome.value))
    yield from loaded.rejected.items()
