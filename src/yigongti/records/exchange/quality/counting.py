"""Counting: one pass over the rows of each target in PostgreSQL, one sum over the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yigongti.records.exchange.staging import ask
from yigongti.records.health_record.targets import TARGETS

from .policies import Measure, Quality
from .rows import select

Counts = dict[str, dict[str, list[int]]]
LEDGER = """
SELECT source, month, target, outcome, sum(rows)::bigint FROM data_quality_deliveredrows
WHERE source = ANY(%(sources)s) AND (%(months)s::date[] IS NULL OR month = ANY(%(months)s::date[]))
GROUP BY 1, 2, 3, 4
"""


@dataclass
class Counted:
    """What was counted for one source and month: rows in force, and per measure and target good and looked at."""

    rows: int = 0
    counts: Counts = field(default_factory=lambda: defaultdict(dict))

    def add(self, measure: str, target: str, good: int, looked: int) -> None:
        """Keep the counts of a measure where there was anything to look at."""
        if looked:
            self.counts[measure][target] = [good, looked]


Found = dict[tuple[str, date], Counted]


def count(policy: Quality, sources: Sequence[str], months: Sequence[date] | None) -> Found:
    """Count every measure for these sources and months (None: all). Call it inside ``acting``."""
    found: Found = defaultdict(Counted)
    for target in TARGETS:
        _rows(policy, target, sources, months, found)
    _ledger(policy, sources, months, found)
    return found


def of_target(policy: Quality, target: str) -> list[Measure]:
    """The measures over the received rows of a target."""
    return [measure for measure in policy.measures if measure.over_rows and target in measure.targets]


def _rows(policy: Quality, target: str, sources: Sequence[str], months: Sequence[date] | None, found: Found) -> None:
    measures = of_target(policy, target)
    for source, month, rows, *numbers in ask(statement(target, measures, months), _parameters(sources, months)):
        if months is not None and month not in months:
            continue
        one = found[source, month]
        one.rows += rows
        for place, measure in enumerate(measures):
            one.add(measure.id, target, numbers[2 * place + 1], numbers[2 * place])


def statement(target: str, measures: Sequence[Measure], months: Sequence[date] | None) -> str:
    """One pass: source, month, rows, then looked at and good for each measure."""
    columns = [column for measure in measures for column in measure.columns(target)]
    counted = "".join(f", {counts}" for measure in measures for counts in filters(measure, target))
    inner = select(target, columns, None if months is None else list(months))
    return f"SELECT source, month, count(*){counted} FROM ({inner}) r GROUP BY source, month"


def filters(measure: Measure, target: str) -> tuple[str, str]:
    """The two counts of a measure, ready for parameters."""
    of, good = (sql.replace("%", "%%") for sql in measure.sql(target))
    return f"count(*) FILTER (WHERE {of})", f"count(*) FILTER (WHERE ({of}) AND ({good}))"


def _ledger(policy: Quality, sources: Sequence[str], months: Sequence[date] | None, found: Found) -> None:
    outcomes: dict[tuple[str, date], dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for source, month, target, outcome, rows in ask(LEDGER, _parameters(sources, months)):
        outcomes[source, month][target][outcome] = rows
    measures = [measure for measure in policy.measures if not measure.over_rows]
    for key, targets in outcomes.items():
        for measure in measures:
            for target, rows_of in targets.items():
                if measure.targets and target not in measure.targets:
                    continue
                looked = sum(rows_of.values())
                bad = sum(rows_of.get(fault, 0) for fault in measure.faults)
                found[key].add(measure.id, target, looked - bad, looked)


def _parameters(sources: Sequence[str], months: Sequence[date] | None) -> dict[str, Any]:
    return {"sources": list(sources), "months": None if months is None else list(months)}
