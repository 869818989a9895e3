"""When the down criteria are judged anew: with the news of a contact with care or of an assessment, and again and again
for what time brings.
"""

from typing import Any
from uuid import UUID

from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.jobs.pulse import pulse

from .models import Referral
from .services.readiness import rescan
from .workflow import UpReferral


@consumer("EncounterRecorded", batch=True)
def judge_the_patients(payloads: list[dict[str, Any]]) -> None:
    """New values of those in care; a load of another system brings many at once."""
    treated = Referral.objects.filter(
        resident_id__in={payload["resident"] for payload in payloads},
        closed_at=None,
        workflow=UpReferral.name,
        state=UpReferral.in_care.name,
    )
    if mine := list(treated.values_list("pk", flat=True)):
        rescan(mine)


@consumer("up-referral.assess", batch=True)
def judge_the_assessed(payloads: list[dict[str, Any]]) -> None:
    """The doctor looked at those in care."""
    rescan([UUID(payload["case"]) for payload in payloads])


@pulse(every=300.0)
def judge_everyone() -> None:
    """Days pass, results arrive without a visit, corrections are made."""
    rescan()
