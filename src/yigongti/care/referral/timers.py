"""What time itself does to referrals: stale drafts and no-shows end, patients are reminded of their appointments.

The days and hours are policy ``referral/options``.
"""

from datetime import timedelta

from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.notices.services import notify

from . import rules, steps
from .models import Referral
from .workflow import UpReferral

#: state → the option that says after how many days it ends
ENDING = {UpReferral.draft.name: "draft_closes_after", UpReferral.no_show.name: "no_show_closes_after"}
#: no appointment is announced earlier than this
EARLIEST = timedelta(days=7)


def end_stale(limit: int = 200) -> int:
    """End drafts that nobody sent and no-shows that nobody rebooked; returns how many."""
    ended = 0
    with acting(SYSTEM):
        waiting = Referral.objects.filter(
            closed_at=None, state__in=ENDING, entered_at__lt=clock.now() - timedelta(days=1)
        )
        for case in waiting.order_by("entered_at", "pk")[:limit]:
            option = ENDING[case.state]
            days = rules.option(option, case.places)
            if case.entered_at + timedelta(days=days) <= clock.now():
                steps.automatically(case, "expired", f"{case.state_now.title}已超过 {days} 天")
                ended += 1
    return ended


def remind_of_appointments() -> int:
    """Tell residents of appointments that are near, each once; returns how many were told now."""
    told = 0
    now = clock.now()
    with acting(SYSTEM):
        booked = Referral.objects.filter(
            closed_at=None,
            state=UpReferral.accepted.name,
            appointment_at__gt=now,
            appointment_at__lt=now + EARLIEST,
        ).select_related("counterpart_organization")
        for case in booked:
            assert case.appointment_at is not None
            if case.appointment_at - now <= timedelta(hours=rules.option("remind_patient_hours", case.places)):
                when = timezone.localtime(case.appointment_at)
                told += notify(
                    resident_id=case.resident_id,
                    title="就诊提醒",
                    text=f"请于 {when:%m月%d日 %H:%M} 到{case.counterpart_organization}{case.appointment_place}就诊",
                    link="/my/",
                    key=f"{case.pk}:{case.appointment_at.isoformat()}",
                )
    return told


@pulse(every=600.0)
def keep_time() -> None:
    """Look at both."""
    end_stale()
    remind_of_appointments()
