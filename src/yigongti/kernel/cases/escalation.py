"""Reminders and escalation: a scheduled job looks at the clocks of open steps and tells whoever is next up the ladder.

Each alarm is an event of the case (``remind`` before the deadline, ``overdue`` after it), so that it stands in the
timeline and reaches the consumers through the outbox like any other step. Nothing about the state changes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.pulse import pulse

from .advance import happened, owner_title
from .declaration import Clock, Rung, Workflow
from .models import Case

#: steps that the platform records by itself on any case
ALARMS = {"open": "发起", "remind": "临近时限提醒", "overdue": "超时催办"}


def escalate(limit: int = 200) -> int:
    """Raise the alarms that are due on up to ``limit`` cases of each table; returns how many were raised."""
    return sum(_escalate_table(table, limit) for table in _tables())


def _tables() -> Iterator[type[Case]]:
    yield from {flow.table(): None for flow in Workflow.registry.values()}


def _escalate_table(table: type[Case], limit: int) -> int:
    with acting(SYSTEM):
        due = table.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_alarm_at__lte=clock.now())
        cases = list(due.select_related("owner_organization").order_by("next_alarm_at", "pk")[:limit])
        for case in cases:
            raise_alarm(case)
        return len(cases)


def raise_alarm(case: Case) -> None:
    """Record one alarm and set the next one. The case must be locked."""
    assert case.due_at is not None
    moment = clock.now()
    overdue = moment >= case.due_at
    time_limit = case.flow.clock(case, case.state_now.limit)
    ladder = time_limit.ladder if time_limit else ()
    told = reached(ladder, moment - case.due_at) if overdue else ()
    case.alarms += 1
    case.next_alarm_at = next_alarm(case, time_limit, moment)
    event = happened(
        SYSTEM,
        case,
        step="overdue" if overdue else "remind",
        from_state=case.state,
        at=moment,
        data={
            "owner": owner_title(case),
            "owner_organization": case.owner_organization_id,
            "permission": case.owner_permission,
            "due_at": case.due_at.isoformat(),
            "roles": [rung.role for rung in told],
        },
    )
    prepared.together(prepared.inserting(event), prepared.updating(case, ["alarms", "happened", "next_alarm_at"]))


def reached(ladder: tuple[Rung, ...], late: timedelta) -> tuple[Rung, ...]:
    """The rungs that have been reached when a step is ``late`` by so much."""
    return tuple(rung for rung in ladder if rung.after <= late)


def next_alarm(case: Case, limit: Clock | None, moment: datetime) -> datetime | None:
    """The next moment after ``moment`` at which someone must be told, or None."""
    assert case.due_at is not None
    moments = [case.due_at, *(case.due_at + rung.after for rung in (limit.ladder if limit else ()))]
    return min((at for at in moments if at > moment), default=None)


@pulse(every=15.0)
def escalate_due() -> bool:
    """Escalate what is due; True when there may be more."""
    return escalate() >= 200
