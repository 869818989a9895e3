"""The answers of an evaluation move on together: locked once, written with one statement, each with its own event."""

from collections.abc import Iterable, Sequence

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.advance import enter, happened
from yigongti.kernel.prepared import Write

from .models import Answer

MOVED = """
UPDATE evaluation_answer a
SET state = %s, entered_at = %s, due_at = %s, next_alarm_at = %s, closed_at = %s, owner_permission = %s,
    owner_organization_id = CASE %s WHEN 'home' THEN a.home_organization_id
                                    WHEN 'counterpart' THEN a.counterpart_organization_id END,
    owner_user_id = NULL, clock_left = NULL, alarms = 0, version = a.version + 1, happened = a.happened + 1,
    last_key = NULL,
    parties = CASE WHEN a.home_organization_id = a.counterpart_organization_id
                   THEN ARRAY[a.home_organization_id]
                   ELSE ARRAY[least(a.home_organization_id, a.counterpart_organization_id),
                              greatest(a.home_organization_id, a.counterpart_organization_id)] END
WHERE a.id = ANY(%s)
"""


def moving(actor: Actor, answers: Iterable[Answer], step: str, *, note: str = "") -> Sequence[Write]:
    """What moves those answers whose state the step leaves, as writes to be sent with the evaluation's own."""
    from .workflow import Answering

    declared, moment = Answering.steps[step], clock.now()
    going = [one for one in answers if one.is_open and declared.leads_from(one.state_now)]
    if not going:
        return []
    events = []
    for one in going:
        before = one.state
        target = declared.move.target
        assert target is not None
        enter(one, target, moment)
        one.parties = one.concerned()
        events.append(happened(actor, one, step=step, from_state=before, at=moment, data={"note": note}))
    first, desk = going[0], going[0].state_now.desk
    values = [
        *(first.state, first.entered_at, first.due_at, first.next_alarm_at, first.closed_at, first.owner_permission),
        desk.party.value if desk else "",
        [one.pk for one in going],
    ]
    return [Write(MOVED, values), prepared.inserting(*events)]
