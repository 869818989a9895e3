"""Publishing: counts become scores; what differs from what stands is published as the next revision.

Months that are due are taken one source at a time under the lock under which its loads are written, so that no load
slips in between the count and the publication.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.store import resolve
from yigongti.records.exchange.staging import run

from . import numbers
from .counting import Counted, Counts, count
from .models import DueMonth, QualityMonth
from .policies import NAME, Quality

HUNDRED, CENT = Decimal(100), Decimal("0.01")
LOCK = "SELECT pg_advisory_xact_lock(hashtext('exchange:' || %(source)s))"
LATER = """UPDATE data_quality_qualitymonth q SET replaced_at = %(now)s FROM unnest(%(ids)s::bigint[]) i
    WHERE q.id = i AND q.replaced_at IS NULL"""
Advance = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Nobody asks how far it is."""


def edition() -> Edition:
    """The policy in force."""
    return resolve(NAME)


def policy() -> Quality:
    """Its content."""
    body = edition().body
    assert isinstance(body, Quality)
    return body


def share(good: int, looked: int) -> Decimal | None:
    """Good of looked at, in percent with two digits."""
    return (HUNDRED * good / looked).quantize(CENT, ROUND_HALF_UP) if looked else None


def summed(targets: dict[str, list[int]]) -> tuple[int, int]:
    """Good and looked at over all targets."""
    return sum(one[0] for one in targets.values()), sum(one[1] for one in targets.values())


def scores(body: Quality, counts: Counts) -> dict[str, Decimal]:
    """Points of each dimension in which anything was looked at: the mean of its measures by their weights."""
    sums: dict[str, list[Decimal]] = {}
    for measure in body.measures:
        good, looked = summed(counts.get(measure.id, {}))
        if looked and measure.weight:
            weighted = sums.setdefault(measure.dimension, [Decimal(0), Decimal(0)])
            weighted[0] += measure.weight * good / looked
            weighted[1] += measure.weight
    return {
        key: (HUNDRED * sums[key][0] / sums[key][1]).quantize(CENT, ROUND_HALF_UP)
        for key in body.dimensions
        if key in sums
    }


def total(body: Quality, points: dict[str, Decimal]) -> Decimal | None:
    """The mean of the dimensions by their weights; None when nothing could be measured."""
    weights = sum((body.dimensions[key].weight for key in points), Decimal(0))
    if not weights:
        return None
    return (sum(body.dimensions[key].weight * one for key, one in points.items()) / weights).quantize(
        CENT, ROUND_HALF_UP
    )


def settle(sources: Iterable[str] | None = None, why: str = QualityMonth.Why.LOAD) -> int:
    """Count again what is due (of these sources) and publish it; returns how many months were published."""
    with acting(SYSTEM):
        due = DueMonth.objects.all() if sources is None else DueMonth.objects.filter(source__in=list(sources))
        waiting = sorted(set(due.values_list("source_id", flat=True)))
    return sum(_settled(source, why) for source in waiting)


def _settled(source: str, why: str) -> int:
    with acting(SYSTEM):
        run(LOCK, {"source": source})
        due = {one.month: one.load_id for one in DueMonth.objects.filter(source=source)}
        if not due:
            return 0
        made = _publish(source, list(due), why, due)
        DueMonth.objects.filter(source=source, month__in=list(due)).delete()
        return made


def rebuild(
    sources: Sequence[str],
    month: date | None = None,
    why: str = QualityMonth.Why.COMMAND,
    advance: Advance = silent,
) -> int:
    """Count these sources again (one month, or all) and publish what differs; returns how many months were."""
    made = 0
    for place, source in enumerate(sources):
        advance("统计", place, len(sources))
        with acting(SYSTEM):
            run(LOCK, {"source": source})
            made += _publish(source, None if month is None else [month], why, {})
            due = DueMonth.objects.filter(source=source)
            (due if month is None else due.filter(month=month)).delete()
    advance("统计", len(sources), len(sources))
    return made


def _publish(source: str, months: list[date] | None, why: str, loads: dict[date, UUID | None]) -> int:
    """Count, compare with what stands, publish what differs. Inside ``acting`` and the lock of the source."""
    current, body = edition(), policy()
    numbers.look([source])
    found = count(body, [source], months)
    standing = QualityMonth.objects.filter(source=source, replaced_at=None)
    stands = {one.month: one for one in (standing if months is None else standing.filter(month__in=months))}
    now, made, gone = clock.now(), [], []
    for month in sorted({month for _, month in found} | set(stands)):
        counted, before = found.get((source, month), Counted()), stands.get(month)
        if before is None and not counted.counts and not counted.rows:
            continue
        row = _row(body, current, counted)
        if before is not None:
            if all(getattr(before, name) == value for name, value in row.items()):
                continue
            gone.append(before.pk)
        made.append(
            QualityMonth(
                source_id=source,
                month=month,
                revision=before.revision + 1 if before else 1,
                why=why,
                load_id=loads.get(month),
                published_at=now,
                **row,
            )
        )
    run(LATER, {"ids": gone, "now": now})
    QualityMonth.objects.bulk_create(made, batch_size=500)
    return len(made)


def _row(body: Quality, current: Edition, counted: Counted) -> dict[str, Any]:
    points = scores(body, counted.counts)
    return {
        "rows": counted.rows,
        "counts": {measure: dict(sorted(of.items())) for measure, of in sorted(counted.counts.items())},
        "dimensions": {key: str(one) for key, one in points.items()},
        "score": total(body, points),
        "policy": current.version,
        "policy_hash": current.hash,
    }
