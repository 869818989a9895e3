"""The snapshot from which an evaluation was computed stays: it recomputes bit by bit, however old."""

from collections.abc import Iterable

from yigongti.insight.warehouse.pins import pin

from .models import Evaluation


@pin("考核评价")
def of_evaluations() -> Iterable[str]:
    """Of every evaluation."""
    return Evaluation.objects.exclude(snapshot="").values_list("snapshot", flat=True)
