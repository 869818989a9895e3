"""What rows point to: persons, contacts, reports, prescriptions, organisations. What is nowhere refuses the row.

A key may be in the delivery itself or have been received before. A row that falls takes those that point to it along,
so the check is repeated until nothing falls any more.
"""

from collections.abc import Iterator

import duckdb

from yigongti.records.health_record.targets import TARGETS, TargetColumn

from .bench import first
from .bench import literal as text
from .checking import settle
from .mappings import DeliveryMapping
from .staging import ask, back, run, stage

FOUND = 'SELECT k.key FROM keys k WHERE EXISTS (SELECT 1 FROM "{table}" t WHERE {condition})'
RECEIVED = "t.source = %(source)s AND t.source_key = k.key"


def check(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, source: str) -> None:
    """Refuse rows that point to nothing. Call it inside a transaction that may see everything."""
    while _round(bench, mapping, source):
        settle(bench, mapping)


def _round(bench: duckdb.DuckDBPyConnection, mapping: DeliveryMapping, source: str) -> int:
    before = _problems(bench)
    for number, column in _pointing(mapping):
        target = TARGETS[mapping.writes[number].target]
        inside = [f"SELECT source_key FROM typed_{n} WHERE NOT bad" for n in _giving(mapping, column.refers)]
        elsewhere = f"AND key NOT IN ({' UNION ALL '.join(inside)})" if inside else ""
        bench.execute(
            f"""CREATE OR REPLACE TEMP TABLE keys AS SELECT DISTINCT {column.name} AS key FROM typed_{number}
                WHERE NOT bad AND key IS NOT NULL {elsewhere}"""
        )
        if not first(bench, "SELECT 1 FROM keys LIMIT 1"):
            continue
        _known(bench, column, source)
        if column.name in mapping.writes[number].loose:
            bench.execute(
                f"""UPDATE typed_{number} SET {column.name} = NULL WHERE NOT bad
                    AND {column.name} IN (SELECT key FROM keys) AND {column.name} NOT IN (SELECT key FROM known)"""
            )
            continue
        word = TARGETS[column.refers].title if column.refers else "机构"
        remedy = (
            f"先发送（或在同一批中发送）这一条{word}" if column.refers else "先登记这家机构，或改用已登记的机构代码"
        )
        reason = f"{text(f'没有{word}“')} || left(t.{column.name}, 60) || '”'"
        bench.execute(
            f"""INSERT INTO problems
                SELECT {text(mapping.lines_of(mapping.writes[number]))}, t.line, {text(target.name)},
                       {text(column.name)}, t.{column.name}, 'reference', {reason}, {text(remedy)}
                FROM typed_{number} t JOIN keys k ON k.key = t.{column.name}
                WHERE NOT t.bad AND k.key NOT IN (SELECT key FROM known)"""
        )
    return _problems(bench) - before


def _pointing(mapping: DeliveryMapping) -> Iterator[tuple[int, TargetColumn]]:
    for number, write in enumerate(mapping.writes):
        for name in write.columns:
            column = TARGETS[write.target].column(name)
            if column.refers or column.name == "organization_code":
                yield number, column


def _giving(mapping: DeliveryMapping, target: str) -> list[int]:
    return [number for number, write in enumerate(mapping.writes) if write.target == target]


def _known(bench: duckdb.DuckDBPyConnection, column: TargetColumn, source: str) -> None:
    stage(bench, "keys", {"key": "varchar"}, "SELECT key FROM keys")
    if column.refers:
        query = FOUND.format(table=TARGETS[column.refers].table, condition=RECEIVED)
    else:
        query = FOUND.format(table="organizations_organization", condition="t.code = k.key")
    back(bench, "known", {"key": "VARCHAR"}, query, {"source": source})


def _problems(bench: duckdb.DuckDBPyConnection) -> int:
    found = first(bench, "SELECT count(*) FROM problems")
    return int(found[0]) if found else 0


def resolve(table: str, target: str, source: str) -> None:
    """``table`` (source_key, id): the newest version of each row of ``target`` to which the staged keys point.

    ``table`` has been created with the keys in ``source_key`` and nothing in ``id``.
    """
    of = TARGETS[target].table
    newest = f"""UPDATE pg_temp."{table}" k SET id = n.id, next = n.replaced_by_id FROM (
        SELECT DISTINCT ON (t.source_key) t.source_key, t.id, t.replaced_by_id FROM "{of}" t
        JOIN pg_temp."{table}" j USING (source_key) WHERE t.source = %(source)s
        ORDER BY t.source_key, t.version DESC) n WHERE n.source_key = k.source_key"""
    run(newest, {"source": source})
    follow = f"""UPDATE pg_temp."{table}" k SET id = t.id, next = t.replaced_by_id FROM "{of}" t
        WHERE k.next IS NOT NULL AND t.id = k.next RETURNING 1"""
    while ask(follow):
        pass
