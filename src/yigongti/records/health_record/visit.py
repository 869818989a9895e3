"""The one screen of a visit or a follow-up: what to measure for whom, with the last values beside the fields."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, Field, create_model

from yigongti.kernel.ui.fields import ChoicesFrom, Last, LongText, Unit

from .observations import CATALOGUE, Measured
from .queries import Latest

#: measured at every visit, and what a register adds
ALWAYS = ("sbp", "dbp", "heart_rate")
BY_REGISTER: Mapping[str, tuple[str, ...]] = {
    "hypertension": ("weight", "height"),
    "diabetes": ("fasting_glucose", "random_glucose", "hba1c", "weight", "height"),
    "copd": ("spo2", "respiratory_rate"),
    "heart-failure": ("weight", "spo2"),
    "ckd": ("creatinine", "egfr", "potassium"),
    "pregnancy": ("gestational_weeks", "weight"),
}
REST = ("temperature", "spo2", "respiratory_rate", "fasting_glucose", "weight")

Offer = Callable[[UUID], Iterable[tuple[str, str]]]
_offers: list[Offer] = []


def offers_findings(offer: Offer) -> Offer:
    """A room above asks for signs at a visit: it answers (code, Chinese words) for a resident; those ticked go into
    ``Encounter.findings`` as true.
    """
    _offers.append(offer)
    return offer


def findings_offered(resident_id: UUID) -> list[tuple[str, str]]:
    """All signs that may be ticked for a resident."""
    return list(dict.fromkeys(pair for offer in _offers for pair in offer(resident_id)))


class Visit(BaseModel):
    """What is written besides the measurements."""

    kind: Annotated[str, ChoicesFrom("kinds")] = Field(title="类别")
    complaint: str = Field("", title="主诉和现状", max_length=500)
    assessment: str = Field("", title="诊断意见", max_length=500)
    signs: Annotated[list[str], ChoicesFrom("signs")] = Field(default_factory=list, title="症状和体征")
    advice: Annotated[str, LongText] = Field("", title="处理和指导", max_length=1000)
    next_due: date | None = Field(None, title="下次随访")
    started_at: AwareDatetime | None = Field(None, title="本次时间", description="不填为现在")


def codes_for(registers: Iterable[str]) -> list[str]:
    """What to measure, in the order of the catalogue."""
    wanted = set(ALWAYS) | set(REST)
    for register in registers:
        wanted |= set(BY_REGISTER.get(register, ()))
    return [code for code in CATALOGUE if code in wanted]


def visit_schema(codes: Iterable[str], latest: Mapping[str, Latest], *, signs: bool) -> type[BaseModel]:
    """The schema of the screen: the measurements come first, each with unit, limits and the last value."""
    fields: dict[str, Any] = {code: _field(CATALOGUE[code], latest.get(code)) for code in codes}
    head = {"kind": Visit.model_fields["kind"]}
    tail = {name: info for name, info in Visit.model_fields.items() if name not in head}
    if not signs:
        tail.pop("signs")
    order = {name: (info.annotation, info) for name, info in head.items()} | fields
    order |= {name: (info.annotation, info) for name, info in tail.items()}
    return create_model("VisitScreen", **order)


def _field(item: Measured, last: Latest | None) -> tuple[Any, Any]:
    marks: list[Any] = [Unit(item.unit)] if item.unit else []
    if last is not None:
        flag = item.flag(last.value)
        marks.append(Last(f"{item.text(last.value)}{flag}（{timezone.localdate(last.effective_at):%y-%m-%d}）"))
    kind: Any = Annotated[(Decimal | None, *marks)] if marks else Decimal | None
    return kind, Field(None, title=item.name, ge=item.low, le=item.high)


class Screen:
    """The fields of the form in the groups of the screen."""

    @property
    def kinds(self) -> list[Any]:
        """What kind of contact."""
        return [self["kind"]]  # type: ignore[index]

    @property
    def measures(self) -> list[Any]:
        """What is measured."""
        return [field for field in self if field.name in CATALOGUE]  # type: ignore[attr-defined]

    @property
    def words(self) -> list[Any]:
        """What is written."""
        return [f for f in self if f.name not in CATALOGUE and f.name != "kind"]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Written:
    """The answers of the screen, sorted into what the command takes."""

    measurements: dict[str, Decimal]
    findings: dict[str, bool]
    content: dict[str, Any]


def written(data: BaseModel) -> Written:
    """Measurements, signs and text of a filled screen."""
    given = data.model_dump()
    values = {code: given.pop(code) for code in CATALOGUE if code in given}
    signs = given.pop("signs", [])
    return Written(
        {code: value for code, value in values.items() if value is not None},
        dict.fromkeys(signs, True),
        given,
    )
