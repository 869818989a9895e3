"""The snapshot whose numbers opened a suggestion stays while it is open."""

from collections.abc import Iterable

from yigongti.insight.warehouse.pins import pin

from .models import Alarm


@pin("预警提示")
def of_open_alarms() -> Iterable[str]:
    """Of every open suggestion."""
    return Alarm.objects.filter(closed_at=None).values_list("run__snapshot", flat=True)
