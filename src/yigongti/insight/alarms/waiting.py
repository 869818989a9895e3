"""Open suggestions stand on the screens of county, consortium and member."""

from collections.abc import Iterable, Sequence

from django.urls import reverse

from yigongti.insight.dashboards.reach import Place
from yigongti.insight.dashboards.todo import MOST, Waiting, waiting
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor

from .models import Cause
from .services import alarms, concerned


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
        .values_list("pk", "title", "cause", "unit_id", "due_at")[:MOST]
    )
    return [
        Waiting(
            "预警提示",
            f"{title} {Cause(cause).label}",
            names[unit],
            due,
            reverse("alarms:alarm", args=[pk]),
            "danger" if due and due < clock.now() else "warn",
        )
        for pk, title, cause, unit, due in rows
    ]
