"""What was stored and never worked off, because the listener was killed; and what has been kept for long enough."""

from datetime import timedelta

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.pulse import pulse

from .models import InboundMessage
from .taking import work_off

AGE = timedelta(minutes=2)
AT_ONCE = 2_000
"""Messages that lose their content in one beat."""


@pulse(every=30)
def work_off_left() -> bool:
    """Work off one; True when there was one."""
    with acting(SYSTEM):
        left = InboundMessage.objects.filter(state="stored", received_at__lt=clock.now() - AGE)
        row = left.exclude(attempts__gte=3).order_by("received_at").first()
    if row:
        work_off(row)
    return row is not None


@pulse(every=600)
def remove_contents() -> bool:
    """Messages older than ``YIGONGTI_MLLP_DAYS`` lose their content; True when there are more.

    When they came, from whom, what was answered and why stay. What was never worked off keeps its content.
    """
    before = clock.now() - timedelta(days=configuration().mllp_days)
    with acting(SYSTEM):
        old = InboundMessage.objects.filter(removed_at=None, received_at__lt=before).exclude(state="stored")
        keys = list(old.order_by("received_at").values_list("pk", flat=True)[:AT_ONCE])
        if keys:
            InboundMessage.objects.filter(pk__in=keys).update(content="", removed_at=clock.now())
    return len(keys) == AT_ONCE
