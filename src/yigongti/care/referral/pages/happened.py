"""What each step of a referral left behind, in words, beside it in the timeline: derived from what the step asks."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, get_args

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from yigongti.care.referral import choices, rules, schemas
from yigongti.care.referral.models import Referral
from yigongti.kernel.access.models import User
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.ui.columns import when
from yigongti.kernel.ui.fields import ChoicesFrom, Unit
from yigongti.records.health_record.observations import ASSESSMENT
from yigongti.registry.organizations.models import Department

#: the page shows these in full, and what is only asked to be kept elsewhere
ELSEWHERE = (schemas.Content, schemas.Plan, schemas.Reply)
NAMED: dict[str, type[Department] | type[User]] = {"departments": Department, "colleagues": User}
#: the word that another person wrote stands below the step already; the others are kept for machines
UNSAID = {"note", "event", "cause"}
#: where the words of the form would not read as an answer
LABELS = {"present": "符合"}

Details = Callable[[CaseEvent], Iterable[tuple[str, str]]]


def details(case: Referral, events: Iterable[CaseEvent], organizations: dict[int, str]) -> Details:
    """Label and text of what was chosen and written; one statement for each kind of name that the steps mention."""
    words = _words(case, list(events)) | {"destinations": dict(organizations)}

    def of(event: CaseEvent) -> Iterable[tuple[str, str]]:
        for name, info in _asked(case, event).items():
            if text := _text(event.data.get(name), info, words, case):
                yield LABELS.get(name, info.title or name), text

    return of


def mentioned(case: Referral, events: Iterable[CaseEvent]) -> set[int]:
    """The organisations that the steps name."""
    return set(_keys(case, events, "destinations"))


def _asked(case: Referral, event: CaseEvent) -> dict[str, FieldInfo]:
    step = case.flow.steps.get(event.step)
    if step is None or step.asks in ELSEWHERE:
        return {}
    return {name: info for name, info in step.asks.model_fields.items() if name not in UNSAID}


def _source(info: FieldInfo) -> str:
    return next((mark.name for mark in info.metadata if isinstance(mark, ChoicesFrom)), "")


def _keys(case: Referral, events: Iterable[CaseEvent], source: str) -> list[int]:
    return [
        event.data[name]
        for event in events
        for name, info in _asked(case, event).items()
        if _source(info) == source and event.data.get(name)
    ]


def _words(case: Referral, events: list[CaseEvent]) -> dict[str, dict[Any, str]]:
    """Every list that a step may choose from, without asking for what nobody chose."""
    known: dict[str, dict[Any, str]] = {name: dict(options) for name, options in choices.WORDS.items()}
    known["checklist"] = {item["id"]: item["name"] for item in case.checklist}
    known["assessed"] = {item.code: item.name for item in ASSESSMENT}
    for source, model in NAMED.items():
        if keys := _keys(case, events, source):
            known[source] = {row.pk: row.name for row in model.objects.filter(pk__in=keys)}
    return known


def _text(value: Any, info: FieldInfo, words: dict[str, dict[Any, str]], case: Referral) -> str:
    if isinstance(value, bool):
        return "是" if value else "否" if info.default is True else ""
    if value in (None, "", []):
        return ""
    if source := _source(info):
        known = dict(rules.reasons(source.partition(":")[2], case.places)) if ":" in source else words.get(source, {})
        return "、".join(str(known.get(one, one)) for one in (value if isinstance(value, list) else [value]))
    if AwareDatetime in (info.annotation, *get_args(info.annotation)):
        return when(datetime.fromisoformat(value))
    unit = next((mark.text for mark in info.metadata if isinstance(mark, Unit)), "")
    return f"{value} {unit}".strip()
