"""The snapshots from which results were computed: of the newest run, and of the last run of each of thirteen months."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.timezone import localtime

from yigongti.insight.warehouse.pins import pin
from yigongti.kernel import clock

from .models import Run
from .queries import latest_run

KEPT = timedelta(days=13 * 31)
"""Thirteen months: a year and the month in which it is compared."""


@pin("指标结果")
def of_runs() -> Iterable[str]:
    """Those by whose numbers a month can be computed again, and the newest with the one that it was compared with."""
    runs = Run.objects.filter(at__gte=clock.now() - KEPT).order_by("at", "pk").values_list("at", "snapshot")
    found = {f"{localtime(at):%Y-%m}": name for at, name in runs}
    newest = latest_run()
    return {*found.values(), *((newest.snapshot, newest.before) if newest else ())} - {""}
