"""The snapshots of the runs of the last thirteen months stay: their numbers can be explained and computed again."""

from collections.abc import Iterable
from datetime import timedelta

from yigongti.insight.warehouse.pins import pin
from yigongti.kernel import clock

from .models import Run
from .queries import latest_run

KEPT = timedelta(days=13 * 31)
"""Thirteen months: a year and the month in which it is compared."""


@pin("指标结果")
def of_runs() -> Iterable[str]:
    """Those from which numbers were computed, and those with which they were compared; of the newest run always."""
    recent = list(Run.objects.filter(at__gte=clock.now() - KEPT).values_list("snapshot", "before"))
    newest = latest_run()
    if newest:
        recent.append((newest.snapshot, newest.before))
    return {name for pair in recent for name in pair if name}
