"""What pages, evaluations and alarms read of the stored results."""

from collections.abc import Iterable

from django.db.models import QuerySet

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.problems import allowed_words

from .models import Measure, Restatement, Result, Run, Unit


def latest_run() -> Run | None:
    """The newest computation; None before the first."""
    return runs().first()


def runs() -> QuerySet[Run]:
    """Every computation, the newest first."""
    return Run.objects.order_by("-at", "-pk")


def measure(code: str) -> Measure:
    """The indicator of a code. Raises NotFound with the nearest code."""
    found = Measure.objects.filter(code=code).first()
    if found is None:
        hint = allowed_words(code, Measure.objects.values_list("code", flat=True))
        raise NotFound(f"没有指标 {code} 的结果", hint=hint)
    return found


def unit(level: str, key: str) -> Unit:
    """The unit. Raises NotFound."""
    found = Unit.objects.filter(level=level, key=key).first()
    if found is None:
        raise NotFound("没有这个统计单位", hint="从指标列表打开")
    return found


def totals(
    codes: Iterable[str] | None = None,
    units: QuerySet[Unit] | Iterable[Unit] | None = None,
    *,
    of_type: str = "",
    periods: Iterable[str] | None = None,
) -> QuerySet[Result]:
    """Whole numbers (no parts) of indicators for units and periods, with measure and unit at hand."""
    found = Result.objects.filter(stratum="").select_related("measure", "unit")
    if codes is not None:
        found = found.filter(
            measure__in=list(Measure.objects.filter(code__in=list(codes)).values_list("pk", flat=True))
        )
    if units is not None:
        found = found.filter(unit__in=units)
    if of_type:
        found = found.filter(type=of_type)
    if periods is not None:
        found = found.filter(period__in=list(periods))
    return found


def parts(measure: Measure, unit: Unit, period: str) -> QuerySet[Result]:
    """The parts of one number: by every stratum of its definition."""
    return (
        Result.objects.filter(measure=measure, unit=unit, period=period).exclude(stratum="").order_by("stratum", "part")
    )


def restatements(measure: Measure | None = None, unit: Unit | None = None) -> QuerySet[Restatement]:
    """The log of published numbers that moved, the newest first."""
    found = Restatement.objects.select_related("run", "measure", "unit").order_by("-run_id", "-pk")
    if measure is not None:
        found = found.filter(measure=measure)
    return found if unit is None else found.filter(unit=unit)
