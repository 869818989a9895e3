"""When the down criteria are judged anew: at once after a contact with care, and again and again for what time brings.

An assessment judges its own patient in the same transaction (:mod:`.assessing`).
"""

from typing import Any

from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.jobs.pulse import pulse

from .models import Referral
from .services.readiness import rescan
from .workflow import UpReferral


@consumer("EncounterRecorded")
def judge_the_patient(payload: dict[str, Any]) -> None:
    """New values of someone in care."""
    treated = Referral.objects.filter(
        resident_id=payload["resident"], closed_at=None, workflow=UpReferral.name, state=UpReferral.in_care.name
    )
    if mine := list(treated.values_list("pk", flat=True)):
        rescan(mine)


@pulse(every=300.0)
def judge_everyone() -> None:
    """Days pass, results arrive without a visit, corrections are made."""
    rescan()
