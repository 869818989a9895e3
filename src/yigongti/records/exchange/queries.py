"""What the data office and systems see of deliveries."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

from .models import Load, RejectedRow

MAY = Permission.EXCHANGE_RECEIVE
LATELY = 30
"""Days that the desk looks back."""


def loads(actor: Actor) -> QuerySet[Load]:
    """Those of the actor's organisations, without their reports."""
    rows = Load.objects.select_related("source").defer("report", "paths")
    return rows if actor.everything else rows.filter(home_organization_id__in=actor.organizations(MAY))


def rejected(load: Load) -> QuerySet[RejectedRow]:
    """The lines of a load that could not be taken; not those that the mapping says are not taken."""
    return RejectedRow.objects.filter(load=load).exclude(state=RejectedRow.State.LEFT)


def to_correct(rows: QuerySet[Load]) -> QuerySet[Load]:
    """Those loads with lines that were refused and not sent again."""
    open_rows = RejectedRow.objects.filter(load=OuterRef("pk"), state=RejectedRow.State.OPEN)
    return rows.filter(Exists(open_rows), lines_rejected__gt=0)


def since(rows: QuerySet[Load], days: int) -> QuerySet[Load]:
    """Those of the last so many days."""
    return rows.filter(opened_at__gt=clock.now() - timedelta(days=days))


@dataclass(frozen=True)
class Standing:
    """Deliveries of the last :data:`LATELY` days that somebody must see to."""

    open: int
    refused: int
    correct: int


def standing(actor: Actor) -> Standing:
    """How many are not worked off, were refused as a whole, or have lines to correct; one statement."""
    open_rows = RejectedRow.objects.filter(load=OuterRef("pk"), state=RejectedRow.State.OPEN)
    recent = Q(opened_at__gt=clock.now() - timedelta(days=LATELY))
    counted = (
        loads(actor)
        .filter(recent | Q(closed_at=None))
        .order_by()
        .aggregate(
            open=Count("pk", filter=Q(closed_at=None)),
            refused=Count("pk", filter=recent & Q(state="refused")),
            correct=Count("pk", filter=recent & Q(lines_rejected__gt=0) & Q(Exists(open_rows))),
        )
    )
    return Standing(**counted)
