"""The time limits of a referral, read from policy ``referral/clocks``."""

from datetime import timedelta
from typing import TYPE_CHECKING

from yigongti.kernel import clock as time
from yigongti.kernel.cases.declaration import Clock, Rung
from yigongti.kernel.policy.bodies import Clocks, duration
from yigongti.kernel.policy.store import resolve

if TYPE_CHECKING:
    from .models import Referral


def clock(case: "Referral", limit: str) -> Clock:
    """The clock named ``limit`` for the urgency of the case, where the case is.

    With an appointment, the clock of arrival runs from the appointment, not from the acceptance; a stay has a clock
    of its own.
    """
    if limit == "reply" and case.care_kind in ("inpatient", "observation"):
        limit = "inpatient"
    policy = resolve("referral/clocks", case.places or None).body
    assert isinstance(policy, Clocks)
    found = policy.clock(limit, case.priority)
    waiting = timedelta(0)
    if limit == "arrive" and case.appointment_at:
        waiting = max(case.appointment_at - time.now(), timedelta(0))
    warning = found.warning if found.warning is not None else found.due
    ladder = tuple(Rung(duration(rung.after), rung.to, rung.name) for rung in policy.escalation)
    return Clock(waiting + found.due, waiting + warning, ladder)
