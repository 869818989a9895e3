"""At the end of a load, in its transaction: what became of its rows by month, and which months are to be counted again.

Exactly those months change in which rows of the delivery lie, from which a correction moved a row away, and in which
rows are judged by what a corrected person or contact says.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import duckdb
from django.db import connection
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.records.exchange.identities import Counts
from yigongti.records.exchange.mappings import DeliveryMapping
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.staging import ask, back, stage
from yigongti.records.exchange.staging import keep as keep_table
from yigongti.records.health_record.targets import TARGETS

from .models import DeliveredRows
from .rows import FIRST, fields, happened

#: the rules by which a row is refused, the one that is named first when there are several
RULES: Mapping[str, str] = {
    "format": "整行不能识别",
    "unmapped": "映射没有说明",
    "required": "缺必填项",
    "type": "格式不对",
    "code": "代码不在值域",
    "length": "过长",
    "characters": "有控制字符",
    "value": "没有结果",
    "future": "日期晚于今天",
    "past": "日期过早",
    "unit": "单位不能换算",
    "range": "超出可能范围",
    "order": "前后时间颠倒",
    "reference": "指向不存在的内容",
    "twice": "同一主键两种内容",
}
OUTCOMES: Mapping[str, str] = {
    "taken": "收下（新增或更正）",
    "known": "以前收到过，内容相同",
    "repeated": "同一批内重复",
    "line": "同一行的其他内容被拒",
    **RULES,
}
PLACES = "[" + ", ".join(f"'{rule}'" for rule in RULES) + "]"
EARLIEST = date(1850, 1, 1)
UNREADABLE = ("format", "unmapped")
Ledger = dict[tuple[date, str, str], int]


def keep(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, load: Load, done: Mapping[int, Counts], now: datetime
) -> None:
    """Write the ledger of a load and note the months to be counted again. Call it at the end of its transaction."""
    here = timezone.localdate(now).replace(day=1)
    for number in range(len(mapping.writes)):
        _known(bench, number, done)
    ledger = _ledger(bench, mapping, here)
    DeliveredRows.objects.bulk_create(
        (
            DeliveredRows(load=load, source_id=load.source_id, month=month, target=target, outcome=outcome, rows=rows)
            for (month, target, outcome), rows in sorted(ledger.items())
        ),
        batch_size=2000,
    )
    months = {month for month, _, _ in ledger} | set(_moved(bench, mapping, done, load.source_id, now))
    mark(load.source_id, months, load)


def mark(source: str, months: Iterable[date], load: Load | None = None) -> None:
    """These months of a source are to be counted again; marked before, the newest load is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO data_quality_duemonth (source, month, load_id, since)
            SELECT %(source)s, m, %(load)s, %(now)s FROM unnest(%(months)s::date[]) m ORDER BY m
            ON CONFLICT (source, month) DO UPDATE SET load_id = excluded.load_id""",
            {"source": source, "load": load.pk if load else None, "now": clock.now(), "months": sorted(set(months))},
        )


def _known(bench: duckdb.DuckDBPyConnection, number: int, done: Mapping[int, Counts]) -> None:
    """``again_<number>`` of the bench: lines whose row was received before with the same content."""
    lines = {"line": "BIGINT"}
    if number in done and done[number].duplicate:
        back(bench, f"again_{number}", lines, f"SELECT line FROM pg_temp.same_{number}", [])
    else:
        bench.execute(f"CREATE OR REPLACE TEMP TABLE again_{number} (line BIGINT)")


def _ledger(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, here: date) -> Ledger:
    found: Ledger = defaultdict(int)
    for number, write in enumerate(mapping.writes):
        for month, outcome, rows in _outcomes(bench, mapping, number, here):
            found[month, write.target, outcome] += rows
    unreadable = ", ".join(f"'{rule}'" for rule in UNREADABLE)
    for rule, lines in bench.execute(
        f"""SELECT rule, count(DISTINCT (read, line)) FROM problems
            WHERE rule IN ({unreadable}) AND coalesce(target, '') = '' GROUP BY 1"""
    ).fetchall():
        found[here, "", rule] += lines
    return found


def _outcomes(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, number: int, here: date
) -> Iterator[tuple[date, str, int]]:
    """Month, outcome, rows of one write; lines that the mapping leaves out do not count."""
    write = mapping.writes[number]
    columns = [row[0] for row in bench.execute(f"DESCRIBE typed_{number}").fetchall()]
    dated = [f"t.{name}::DATE" for name in (TARGETS[write.target].at, "recorded_at") if name and name in columns]
    moment = f"coalesce({', '.join(dated)})" if dated else "NULL::DATE"
    rows = bench.execute(
        f"""SELECT CASE WHEN moment BETWEEN DATE '{EARLIEST}' AND DATE '{here}' + INTERVAL 62 DAY
                        THEN date_trunc('month', moment)::DATE ELSE DATE '{here}' END AS month, outcome, count(*)
            FROM (SELECT {moment} AS moment, w.left_out,
                    CASE WHEN t.bad THEN coalesce(w.rule, 'line') WHEN t.repeats THEN 'repeated'
                         WHEN t.line IN (SELECT line FROM again_{number}) THEN 'known' ELSE 'taken' END AS outcome
                  FROM typed_{number} t LEFT JOIN (
                    SELECT line, bool_or(rule = 'left') AS left_out,
                        arg_min(rule, list_position({PLACES}, rule))
                            FILTER (coalesce(target, '') IN ('{write.target}', '')) AS rule
                    FROM problems WHERE read = ? GROUP BY line) w ON w.line = t.line)
            WHERE left_out IS NOT TRUE GROUP BY 1, 2""",
        [mapping.lines_of(write)],
    ).fetchall()
    for month, outcome, count in rows:
        yield month, outcome if outcome in OUTCOMES else "line", count


def _moved(
    bench: duckdb.DuckDBPyConnection,
    mapping: DeliveryMapping,
    done: Mapping[int, Counts],
    source: str,
    now: datetime,
) -> Iterator[date]:
    """Months from which a correction moved rows, and those whose rows look at what was corrected."""
    for number, counts in done.items():
        if not counts.corrected:
            continue
        target = TARGETS[mapping.writes[number].target]
        _persons(bench, number, "source_key" if target.name == "patient" else "patient_key", source)
        if target.name == "patient":
            yield from _of_persons(source, now)
            continue
        moved = f"""SELECT DISTINCT date_trunc('month', {happened(target)})::date FROM "{target.table}" e
            WHERE e.identity_id IN (SELECT id FROM pg_temp.quality_persons) AND e.replaced_at = %(now)s"""
        yield from _months(moved, {"now": now})
        if target.name == "encounter":
            yield from _of_visits(now)


def _persons(bench: duckdb.DuckDBPyConnection, number: int, column: str, source: str) -> None:
    """``quality_persons``: identities whose rows of this write are new or corrected."""
    keys = f"""SELECT DISTINCT {column} FROM typed_{number} WHERE NOT bad AND NOT repeats
        AND line NOT IN (SELECT line FROM again_{number})"""
    stage(bench, "quality_keys", {"source_key": "varchar"}, keys)
    keep_table(
        "quality_persons",
        """SELECT s.id FROM residents_sourceidentity s JOIN pg_temp.quality_keys k ON k.source_key = s.source_key
           WHERE s.source = %(source)s""",
        {"source": source},
    )


def _of_persons(source: str, now: datetime) -> Iterator[date]:
    """Months with rows of persons about whom something was corrected just now."""
    persons = """SELECT s.id FROM pg_temp.quality_persons n JOIN residents_sourceidentity s ON s.id = n.id
        WHERE s.version > 1 AND s.received_at = %(now)s"""
    for target in TARGETS.values():
        join = FIRST if target.name == "patient" else ""
        one = "e.id" if target.name == "patient" else "e.identity_id"
        yield from _months(
            f"""SELECT DISTINCT date_trunc('month', {happened(target)})::date FROM "{target.table}" e {join}
                WHERE e.source = %(source)s AND {one} IN ({persons})""",
            {"source": source, "now": now},
        )


def _of_visits(now: datetime) -> Iterator[date]:
    """Months with rows made at contacts that were corrected just now."""
    for target in TARGETS.values():
        if "visit_from" in fields(target.name):
            yield from _months(
                f"""SELECT DISTINCT date_trunc('month', {happened(target)})::date FROM "{target.table}" e
                    WHERE e.encounter_id IN (SELECT x.id FROM health_record_encounter x
                        WHERE x.identity_id IN (SELECT id FROM pg_temp.quality_persons)
                          AND x.version > 1 AND x.received_at = %(now)s)""",
                {"now": now},
            )


def _months(sql: str, parameters: Mapping[str, Any]) -> Iterator[date]:
    yield from (row[0] for row in ask(sql, parameters) if row[0])
