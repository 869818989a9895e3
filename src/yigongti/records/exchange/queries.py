"""What the data office and systems see of deliveries."""

from django.db.models import Exists, OuterRef, QuerySet

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

from .models import Load, RejectedRow

MAY = Permission.EXCHANGE_RECEIVE


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
