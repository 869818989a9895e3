"""What happened on one day, and what is overdue now: the numbers of a director's and a council's desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.worklists import visible

from .models import Referral
from .queries import SIDES
from .workflow import DownReferral, UpReferral


@dataclass(frozen=True)
class Happened:
    """Cases to which one of the steps was done on the day; ``answered`` narrows to the first answer of that day."""

    key: str
    title: str
    meaning: str
    workflow: str
    steps: tuple[str, ...]
    answered: bool = False
    in_time: bool = False


ANSWERS = tuple(s.name for s in (UpReferral.accept, UpReferral.redirect, UpReferral.ask, UpReferral.decline))
HAPPENED: Mapping[str, Happened] = {
    h.key: h
    for h in (
        Happened("up", "上转", "当天提交的上转", UpReferral.name, (UpReferral.submit.name,)),
        Happened("down", "接收下转", "当天由基层接收的下转", DownReferral.name, (DownReferral.accept.name,)),
        Happened("answered", "答复上转", "当天得到首次答复的上转", UpReferral.name, ANSWERS, answered=True),
        Happened(
            "in-time",
            "按时答复",
            "当天得到首次答复、且在时限之内的上转",
            UpReferral.name,
            ANSWERS,
            answered=True,
            in_time=True,
        ),
        Happened("no-show", "未到诊", "当天登记未到诊的上转", UpReferral.name, (UpReferral.miss.name,)),
    )
}


def bounds(day: date) -> tuple[datetime, datetime]:
    """The beginning of a day in China and of the next."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    return begin, begin + timedelta(days=1)


def rows_of(actor: Actor, key: str, day: date) -> QuerySet[Referral]:
    """The cases behind a number of :func:`day_counts`."""
    what, (begin, end) = HAPPENED[key], bounds(day)
    events = CaseEvent.objects.filter(workflow=what.workflow, step__in=what.steps, at__gte=begin, at__lt=end)
    found = visible(actor, Referral).filter(pk__in=events.values("case_id"))
    if what.answered:
        found = found.filter(answered_at__gte=begin, answered_at__lt=end)
    if what.in_time:
        found = found.filter(answered_in_time=True)
    return found.select_related(*SIDES).order_by("-opened_at")


COUNT = """
SELECT {counts} FROM cases_caseevent e JOIN referral_referral r ON r.id = e.case_id
WHERE e.workflow = ANY(%(workflows)s) AND e.step = ANY(%(steps)s) AND e.at >= %(begin)s AND e.at < %(end)s
  AND r.parties && %(where)s::bigint[]
"""


def day_counts(actor: Actor, day: date) -> dict[str, int]:
    """How many cases each of :data:`HAPPENED` counts on a day at the actor's organisations. One statement."""
    begin, end = bounds(day)
    params: dict[str, Any] = {
        "workflows": [UpReferral.name, DownReferral.name],
        "steps": sorted({step for what in HAPPENED.values() for step in what.steps}),
        "begin": begin,
        "end": end,
        "where": sorted(actor.organizations()),
    }
    counts = ", ".join(_count(what, n, params) for n, what in enumerate(HAPPENED.values()))
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(counts=counts), params)
        return dict(zip(HAPPENED, cursor.fetchone(), strict=True))


def _count(what: Happened, place: int, params: dict[str, Any]) -> str:
    params |= {f"flow{place}": what.workflow, f"steps{place}": list(what.steps)}
    conditions = [f"e.workflow = %(flow{place})s", f"e.step = ANY(%(steps{place})s)"]
    if what.answered:
        conditions.append("r.answered_at >= %(begin)s AND r.answered_at < %(end)s")
    if what.in_time:
        conditions.append("r.answered_in_time")
    return f"count(DISTINCT r.id) FILTER (WHERE {' AND '.join(conditions)})"


OVERDUE = """
SELECT member, owner, holder, permission, grouping(member), count(*), min(due_at) FROM (
    SELECT r.due_at, r.owner_organization_id AS owner, r.owner_user_id AS holder, r.owner_permission AS permission,
           CASE WHEN side.tier = 'village' THEN coalesce(side.part_of_id, side.id) ELSE side.id END AS member
      FROM referral_referral r
      LEFT JOIN organizations_organization side ON side.id =
                CASE WHEN r.direction = 'up' THEN r.home_organization_id ELSE r.counterpart_organization_id END
     WHERE r.closed_at IS NULL AND r.due_at < %(now)s AND r.parties && %(where)s::bigint[]) late
GROUP BY GROUPING SETS ((member), (owner, holder, permission))
ORDER BY count(*) DESC, min(due_at)
"""


@dataclass(frozen=True)
class Late:
    """Overdue cases of one holder: the organisation, the person if one is named, the permission of the desk."""

    organization_id: int
    user_id: int | None
    permission: str
    count: int
    oldest: datetime


@dataclass
class Overdue:
    """What is overdue now: by the member at the primary level, and by whoever owes the next step."""

    members: dict[int, int] = field(default_factory=dict)
    holders: list[Late] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(late.count for late in self.holders)


def overdue_counts(actor: Actor) -> Overdue:
    """Overdue cases within the actor's reach, most first. One statement."""
    found = Overdue()
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, {"now": clock.now(), "where": sorted(actor.organizations())})
        for member, owner, holder, permission, by_holder, count, oldest in cursor.fetchall():
            if by_holder:
                found.holders.append(Late(owner, holder, permission, count, oldest))
            elif member:
                found.members[member] = count
    return found
