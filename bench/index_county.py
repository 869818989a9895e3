"""A county in the index and a source that knows some of it: what ``bench.index`` measures on.

The people are those of ``insight/simulator/registrations.py`` with all their noise. One registration of each is the
resident; other registrations, some of people whom nobody knows yet, are what a new system says. Filled by COPY as the
superuser, without triggers, indexes made afterwards.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import psycopg

from bench.search import _organizations, without_indexes
from yigongti.insight.simulator.registrations import TABLE, generate
from yigongti.kernel.ciphers.columns import encrypt_column, index_column
from yigongti.kernel.duck import connect
from yigongti.records.residents.names import search_keys

SOURCE = "bench-his"
STRANGERS = 0.32
"""Of the people, how many more there are whom no resident stands for."""
RESIDENT = (
    "id, number, name, name_pinyin, name_initials, other_pinyin, other_initials, given_name, sex, birth_date, "
    "birth_estimated, identity_kind, id_number, id_number_index, phone, phone_index, address, ethnicity, blood_type, "
    "insurance_kind, features, registered_at, registered_by_id, version, told"
)
IDENTITY = (
    "id, source, source_key, state, name, name_pinyin, sex, birth_date, identity_kind, id_number, id_number_index, "
    "phone, phone_index, address, household, mother_key, received_at, version"
)
FIELDS = "name, TRY_CAST(birth_date AS DATE), sex, id_number, phone, address, uuid()::VARCHAR, person, record"
AT_ONCE = 50_000


def county(people: int, seed: int, memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """``known``: a registration of each resident; ``source``: other registrations, as many at the most."""
    duck = connect(memory_limit=memory, threads=2)
    generate(duck, int(people * (1 + STRANGERS) * 5 / 3 * 1.02), seed)
    place = "row_number() OVER (PARTITION BY person ORDER BY record) AS place"
    duck.execute(f"CREATE TABLE ranked AS SELECT *, {place} FROM {TABLE}")
    duck.execute(f"CREATE TABLE who AS SELECT DISTINCT person FROM ranked ORDER BY hash(person) LIMIT {people}")
    duck.execute(
        f"CREATE TABLE known AS SELECT {FIELDS}, "
        "row_number() OVER (PARTITION BY id_number ORDER BY record) = 1 AS first "
        "FROM ranked SEMI JOIN who USING (person) WHERE place = 1"
    )
    duck.execute(
        f"CREATE TABLE source AS SELECT {FIELDS} FROM ranked WHERE place > 1 OR person NOT IN (SELECT person FROM who) "
        f"ORDER BY hash(record) LIMIT {people}"
    )
    return duck


def fill(admin: str, duck: duckdb.DuckDBPyConnection) -> None:
    """Residents with a relation each; the source system, told of nobody yet."""
    with psycopg.connect(admin) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        _organizations(cursor)
        cursor.execute(
            """INSERT INTO residents_sourcesystem
            SELECT %s, '县人民医院 HIS', 'his', true, min(id) FROM organizations_organization""",
            [SOURCE],
        )
        with without_indexes(cursor, ("residents_resident", "residents_carerelation")):
            _copy(cursor, "residents_resident", RESIDENT, _residents(duck))
            cursor.execute(
                """INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
                SELECT id, registered_by_id, 'registered', '', now() FROM residents_resident"""
            )
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def say(admin: str, duck: duckdb.DuckDBPyConnection, most: int) -> int:
    """What the source says of ``most`` people, waiting to be tied; returns how many."""
    with psycopg.connect(admin) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        said = _copy(cursor, "residents_sourceidentity", IDENTITY, _identities(duck, most))
        cursor.execute("ANALYZE residents_sourceidentity")
    return said


def _copy(cursor: Any, table: str, columns: str, rows: Iterator[Sequence[Any]]) -> int:
    count = 0
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _batches(duck: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[list[Any]]]:
    found = duck.cursor().execute(query)
    while rows := found.fetchmany(AT_ONCE):
        yield [list(column) for column in zip(*rows, strict=True)]


def _sealed(numbers: list[Any], phones: list[Any], addresses: list[Any]) -> Iterator[tuple[Any, ...]]:
    columns = [
        encrypt_column(numbers, "residents_resident.id_number"),
        index_column(numbers, "id_number"),
        encrypt_column(phones, "residents_resident.phone"),
        index_column(phones, "phone"),
        encrypt_column(addresses, "residents_resident.address"),
    ]
    return zip(*columns, strict=True)


def _residents(duck: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    place = 0
    for names, births, sexes, held, phones, addresses, keys, _, _, first in _batches(duck, "FROM known"):
        numbers = [number if one else None for number, one in zip(held, first, strict=True)]
        rows = zip(keys, names, births, sexes, _sealed(numbers, phones, addresses), strict=True)
        for key, name, born, sex, (number, index, phone, phone_index, address) in rows:
            place += 1
            said = search_keys(name or "无名氏")
            other = said.alternatives[0] if said.alternatives else ("", "")
            yield (
                key, f"JB{place:011}", said.name, said.pinyin, said.initials, *other, said.name[1:], sex or "0",
                born or "1900-01-01", born is None, "01" if number else "99", number, index, phone, phone_index,
                address, "", "", "", "", "2026-01-01", 1 + place % 300, 1, "{}",
            )  # fmt: skip


def _identities(duck: duckdb.DuckDBPyConnection, most: int) -> Iterator[Sequence[Any]]:
    for names, births, sexes, numbers, phones, addresses, keys, _, records in _batches(
        duck, f"FROM source LIMIT {most}"
    ):
        rows = zip(keys, records, names, births, sexes, _sealed(numbers, phones, addresses), strict=True)
        for key, record, name, born, sex, (number, index, phone, phone_index, address) in rows:
            yield (
                key, SOURCE, record, "new", name or "", search_keys(name or "").pinyin, sex or "0", born,
                "01" if number else "", number, index, phone, phone_index, address, "", "", "2026-02-01", 1,
            )  # fmt: skip
