"""What was stored and never worked off, because the listener was killed in between."""

from datetime import timedelta

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.pulse import pulse

from .models import InboundMessage
from .taking import work_off

AGE = timedelta(minutes=2)


@pulse(every=30)
def work_off_left() -> bool:
    """Work off one; True when there was one."""
    with acting(SYSTEM):
        left = InboundMessage.objects.filter(state="stored", received_at__lt=clock.now() - AGE)
        row = left.exclude(attempts__gte=3).order_by("received_at").first()
    if row:
        work_off(row)
    return row is not None
