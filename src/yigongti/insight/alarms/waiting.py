"""Open suggestions stand on the screens of county, consortium and member."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from yigongti.insight.dashboards.reach import Place
from yigongti.insight.dashboards.todo import FEW, Waiting, waiting
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor

from .models import Cause
from .services import alarms, concerned

READ = 200


@waiting
def open_alarms(actor: Actor, places: Sequence[Place]) -> Iterable[Waiting]:
    """Open suggestions about these units, for those who handle them; one statement."""
    if not concerned(actor):
        return []
    names = {place.id: place.title for place in places}
    rows = (
        alarms(actor)
        .filter(closed_at=None, unit_id__in=list(names))
        .order_by("due_at", "pk")
        .values_list("pk", "title", "cause", "period", "unit_id", "due_at")[:READ]
    )
    found: dict[tuple[str, str, str], list[tuple[UUID, str, datetime | None]]] = {}
    for pk, title, cause, period, unit, due in rows:
        found.setdefault((title, cause, period), []).append((pk, names[unit], due))
    return [one for (title, cause, period), same in found.items() for one in _said(title, cause, period, same)]


def _said(title: str, cause: str, period: str, same: Sequence[tuple[UUID, str, datetime | None]]) -> Iterable[Waiting]:
    """Each suggestion; many of the same indicator, cause and period are one line that leads to their list."""
    words = f"{title} {Cause(cause).label}"
    if len(same) <= FEW:
        for pk, who, due in same:
            yield Waiting("预警提示", words, who, due, reverse("alarms:alarm", args=[pk]), _tone(due))
        return
    due = same[0][2]
    who = f"{'、'.join(one for _, one, _ in same[:FEW])}等 {len(same)} 家"
    asked = urlencode({"q": title, "cause": cause, "period": period, "state": "unclosed"})
    yield Waiting("预警提示", words, who, due, f"{reverse('alarms:list')}?{asked}", _tone(due))


def _tone(due: datetime | None) -> str:
    return "danger" if due and due < clock.now() else "warn"
