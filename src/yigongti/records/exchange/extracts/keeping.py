"""Files live as long as their policy says: afterwards they are destroyed, with the secret that made the pseudonyms."""

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.jobs.pulse import pulse

from . import vault
from .models import Extract
from .workflow import Extraction

KEPT = ("ready", "downloaded")
AT_ONCE = 50


def destroy_expired() -> int:
    """Destroy what is past its time; returns how many."""
    with acting(SYSTEM):
        due = Extract.objects.filter(state__in=KEPT, closed_at=None, expires_at__lte=clock.now())
        found = list(due.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE])
    for case_id in found:
        advance(SYSTEM, Extraction, case_id, "expire")
    return len(found)


def sweep() -> int:
    """Files that belong to nothing that may be fetched (a machine that stopped in between) go; returns how many."""
    there = set(vault.kept())
    with acting(SYSTEM):
        wanted = set(Extract.objects.filter(pk__in=there, closed_at=None).values_list("pk", flat=True))
    for case_id in there - wanted:
        vault.remove(case_id)
    return len(there - wanted)


@pulse(every=300)
def destroy() -> bool:
    """What is past its time."""
    return destroy_expired() == AT_ONCE


@pulse(every=3600)
def tidy() -> None:
    """What was left over."""
    sweep()
