"""What a referral writes into the record of the resident."""

from datetime import datetime
from typing import TYPE_CHECKING

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.declaration import Party
from yigongti.records.health_record.models import Encounter
from yigongti.records.health_record.services.encounters import visit

from .schemas import FirstContact

if TYPE_CHECKING:
    from .models import Referral

KINDS = {
    "clinic": Encounter.Kind.OUTPATIENT,
    "home": Encounter.Kind.HOME,
    "phone": Encounter.Kind.FOLLOW_UP,
}


def write_follow_up(case: "Referral", actor: Actor, data: FirstContact, moment: datetime) -> None:
    """The first contact below is a visit in the record, with its blood pressure and the next date.

    It is written in one statement with the step. The case is locked and closed by it, so there is only one; the key of
    the case as its source sees to that in the database too.
    """
    below = Party.HOME if case.direction == "up" else Party.COUNTERPART
    _, writes = visit(
        actor,
        resident_id=case.resident_id,
        kind=KINDS[data.manner],
        started_at=moment,
        organization_id=case.flow.organization_of(case, below),
        measurements={name: value for name in ("sbp", "dbp") if (value := getattr(data, name)) is not None},
        next_due=data.next_due,
        source="referral",
        source_key=str(case.pk),
        complaint="转诊后首次随访",
        assessment=data.condition,
        advice="按方案治疗" if data.plan_followed else "未按方案治疗",
    )
    case.besides.extend(writes)
