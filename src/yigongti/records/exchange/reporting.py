"""What became of a delivery, line by line: the counts, and every line that was not taken with its reason."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import duckdb
import pyarrow

from yigongti.kernel.ciphers.columns import encrypt_column
from yigongti.records.health_record.targets import TARGETS

from .bench import first
from .identities import Counts
from .mappings import DeliveryMapping
from .staging import back, batches, copy, create, run

LEFT = "left"
LINES = ("read", "accepted", "duplicate", "rejected", "reference")
"""read = accepted + duplicate + rejected + reference: the last are lines that a mapping only looks things up in."""
REJECTED = {
    "read": "varchar",
    "file": "varchar",
    "line": "bigint",
    "target": "varchar",
    "column": "varchar",
    "value": "bytea",
    "rule": "varchar",
    "reason": "varchar",
    "remedy": "varchar",
    "content": "bytea",
}
AT_ONCE = 20_000
NAMED = 200
"""So many files that were not read stand in the report by name."""
REASONS = 50
"""So many kinds of faults stand in the report; all lines stand in the table."""


def report(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, lines: Mapping[str, int], done: Mapping[int, Counts]
) -> dict[str, Any]:
    """The report of a delivery; ``done`` are the counts of each write (empty: nothing was written)."""
    reads = {name: _read(bench, mapping, name, count, done) for name, count in lines.items()}
    return {
        "reads": reads,
        "unread": _unread(bench),
        "targets": _targets(mapping, done),
        "reasons": reasons(bench),
        "total": {word: sum(one[word] for one in reads.values()) for word in LINES},
    }


def _unread(bench: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Files that no read of the mapping names; how many rows they have nobody knows, for nobody opened them."""
    rows = bench.execute("SELECT file, reason FROM unread ORDER BY file").fetchall()
    told = [{"file": file, "rows": None, "reason": reason} for file, reason in rows[:NAMED]]
    more = len(rows) - len(told)
    return told + ([{"file": f"另有 {more} 个文件", "rows": None, "reason": "同样没有读取"}] if more else [])


def _read(
    bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, name: str, count: int, done: Mapping[int, Counts]
) -> dict[str, Any]:
    rejected, left = one(
        bench,
        """SELECT count(DISTINCT line), count(DISTINCT line) FILTER (rule = 'left') FROM problems WHERE read = ?""",
        [name],
    )
    numbers = [n for n, write in enumerate(mapping.writes) if mapping.lines_of(write) == name]
    good = count - rejected
    kept = good if numbers else 0
    fresh = _fresh(bench, numbers, done) if numbers else 0
    files = [row[0] for row in bench.execute("SELECT file FROM files WHERE read = ?", [name]).fetchall()]
    return {
        "title": mapping.reads[name].title,
        "files": files,
        "read": count,
        "accepted": fresh,
        "duplicate": kept - fresh,
        "rejected": rejected,
        "reference": good - kept,
        "left": left,
    }


def _fresh(bench: duckdb.DuckDBPyConnection, numbers: list[int], done: Mapping[int, Counts]) -> int:
    """Lines that brought something new to any target."""
    parts = []
    for number in numbers:
        same = done[number].duplicate if number in done else 0
        rows = f"SELECT line FROM typed_{number} WHERE NOT bad AND NOT repeats"
        if same and not done[number].new and not done[number].corrected:
            continue
        if same:
            back(bench, f"same_{number}", {"line": "BIGINT"}, f"SELECT line FROM pg_temp.same_{number}", [])
            # the line of a key that was received before says nothing new in this row
            rows += f" AND line NOT IN (SELECT line FROM same_{number})"
        parts.append(rows)
    return int(one(bench, f"SELECT count(DISTINCT line) FROM ({' UNION ALL '.join(parts)})")[0]) if parts else 0


def _targets(mapping: DeliveryMapping, done: Mapping[int, Counts]) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for number, counts in sorted(done.items()):
        target = TARGETS[mapping.writes[number].target]
        sums = found.setdefault(target.name, {"title": target.title, "new": 0, "corrected": 0, "duplicate": 0})
        sums["new"] += counts.new
        sums["corrected"] += counts.corrected
        sums["duplicate"] += counts.duplicate
    return found


def said(words: str) -> str:
    """SQL of words that quote a cell, without the NUL that the database cannot hold; sealed values keep theirs."""
    return f"replace({words}, chr(0), '')"


def reasons(bench: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What is wrong how often, the most frequent first; the reason is that of the first line."""
    rows = bench.execute(
        f"""SELECT read, target, "column", rule, count(DISTINCT line), {said("arg_min(reason, line)")},
                   arg_min(remedy, line), min(line)
            FROM problems GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 4 LIMIT {REASONS}"""
    ).fetchall()
    names = ("read", "target", "column", "rule", "lines", "reason", "remedy", "first_line")
    return [dict(zip(names, row, strict=True)) for row in rows]


def keep_rejected(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, load: UUID) -> int:
    """Store every line that was not taken, its values sealed; returns the rows written."""
    if not one(bench, "SELECT count(*) FROM problems")[0]:
        return 0
    create("rejected_now", REJECTED)
    copy("rejected_now", _sealed(bench, mapping))
    return run(
        """INSERT INTO exchange_rejectedrow
                (load_id, read, file, line, target, "column", value, rule, reason, remedy, content, state)
            SELECT %(load)s, read, coalesce(file, ''), line, coalesce(target, ''), coalesce("column", ''), value, rule,
                   left(reason, 500), left(coalesce(remedy, ''), 500), content,
                   CASE WHEN rule = 'left' THEN 'left' ELSE 'open' END
            FROM rejected_now""",
        {"load": load},
    )


def _sealed(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping) -> Iterator[pyarrow.RecordBatch]:
    for name in mapping.reads:
        query = f"""
            SELECT p.read, f.file, p.line - f.after AS line, p.target, p."column", nullif(p.value, '') AS value, p.rule,
                   {said("p.reason")} AS reason, p.remedy,
                   CASE WHEN p.rule <> 'left' THEN to_json(r)::VARCHAR END AS content
            FROM (SELECT * FROM problems WHERE read = '{name}') p
            ASOF JOIN (SELECT * FROM files WHERE read = '{name}') f ON p.line > f.after
            LEFT JOIN (SELECT line AS at, COLUMNS(* EXCLUDE (line)) FROM "{name}") r ON r.at = p.line
            ORDER BY p.line"""
        for batch in batches(bench, query, AT_ONCE):
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            for secret in ("value", "content"):
                sealed = encrypt_column(columns[secret].to_pylist(), f"exchange_rejectedrow.{secret}")
                columns[secret] = pyarrow.array([v and f"\\x{v.hex()}" for v in sealed], pyarrow.string())
            yield pyarrow.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def one(bench: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...]:
    """The only row of a query of the bench."""
    found = first(bench, sql, parameters or [])
    assert found is not None
    return found
