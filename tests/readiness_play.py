"""Patients in care and their assessments, for tests."""

from datetime import timedelta
from typing import Any

from care_community import Community
from referral_play import drain, sent, step

from yigongti.care.referral.models import Readiness, Referral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

STABLE = {"condition_stable": "yes", "plan_settled": "yes", "present": ["diagnosis_clear", "complications_stable"]}


def in_care(community: Community, who: str = "wang", days: int = 0) -> Referral:
    """A referral whose patient has been in care for some days."""
    with clock.travelling(clock.now() - timedelta(days=days, minutes=1)):
        case = sent(community, who, diagnosis="高血压 3 级", diagnosis_code="I10")
        step(community["office"], case, "accept")
        step(community["office"], case, "arrive")
        return step(community["specialist"], case, "treat", care_kind="inpatient").case


def assess(community: Community, case: Referral, **changes: Any) -> Referral:
    """The doctor's assessment, and what its news brings."""
    assessed = step(community["specialist"], case, "assess", **STABLE | changes).case
    drain()
    return assessed


def standing(case: Referral) -> Readiness | None:
    with acting(SYSTEM):
        return Readiness.objects.filter(pk=case.pk).first()
