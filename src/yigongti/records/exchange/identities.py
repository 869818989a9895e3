"""Patients of a delivery into source identities: new, changed with the old version kept, or the same as before.

Identity numbers, phones, addresses and what is kept as it came are sealed column by column. The index then ties the
identities to residents.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow

from yigongti.kernel.ciphers.columns import decrypt_column, encrypt_column, index_column
from yigongti.records.residents.models import SaidAlso, SourceIdentity, SourceIdentityVersion
from yigongti.records.residents.names import search_keys
from yigongti.records.residents.said import NAME, PHONE

from .patient_kept import further
from .staging import ask, back, batches, copy, create, run, stage

#: an identity, what is told further of it (``name``, ``phone``), and what that is
Also = tuple[str, str, str]
SEALED = ("id_number", "insurance_number", "phone", "address", "kept")
INDEXED = ("id_number", "insurance_number", "phone")
PLAIN = {
    "source_key": "varchar",
    "name": "varchar",
    "sex": "varchar",
    "birth_date": "date",
    "identity_kind": "varchar",
    "area_code": "varchar",
    "household": "varchar",
    "mother_key": "varchar",
    "died_on": "date",
    "extra": "jsonb",
}
STAGED = {
    "id": "uuid",
    "digest": "varchar",
    "version": "integer",
    **PLAIN,
    "name_pinyin": "varchar",
    **dict.fromkeys(SEALED, "bytea"),
    **{f"{name}_index": "bytea" for name in INDEXED},
}
#: to what the sealed values are bound
SEALED_AS = {name: getattr(SourceIdentity._meta.get_field(name), "associated") for name in SEALED}  # noqa: B009
AT_ONCE = 20_000
VERSIONED = ("name", "sex", "birth_date", "identity_kind", "household", "mother_key", "died_on", "extra", *SEALED)
#: an area that we do not know stays in words
EXTRA = """CASE WHEN i.area_code IS NOT NULL AND a.code IS NULL
    THEN coalesce(i.extra, '{}') || jsonb_build_object('area_code', i.area_code) ELSE i.extra END"""
VALUES: Mapping[str, str] = {
    "name": "coalesce(i.name, '')",
    "name_pinyin": "coalesce(i.name_pinyin, '')",
    "sex": "coalesce(i.sex, '0')",
    "birth_date": "i.birth_date",
    "identity_kind": "coalesce(i.identity_kind, CASE WHEN i.id_number IS NOT NULL THEN '01' ELSE '' END)",
    **{name: f"i.{name}" for name in (*SEALED, *(f"{name}_index" for name in INDEXED))},
    "area_id": "a.code",
    "household": "coalesce(i.household, '')",
    "mother_key": "coalesce(i.mother_key, '')",
    "died_on": "i.died_on",
    "extra": EXTRA,
    "received_at": "%(now)s",
    "version": "i.version",
    "content_hash": "decode(i.digest, 'hex')",
}


@dataclass(frozen=True)
class Counts:
    """Rows of one target: new, corrected, duplicate."""

    new: int = 0
    corrected: int = 0
    duplicate: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.new + self.corrected + self.duplicate

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.new + other.new, self.corrected + other.corrected, self.duplicate + other.duplicate)


def write(
    bench: duckdb.DuckDBPyConnection, number: int, given: Sequence[str], source: str, now: datetime, *, keeps: bool
) -> Counts:
    """The patients of one write. Adds those that are new or changed to the temporary table ``identities_now``.

    Makes the temporary table ``same_<number>`` of lines that brought nothing new. With ``keeps`` who is known stays.
    """
    staged = f"SELECT line, id, source_key, digest FROM typed_{number} WHERE NOT bad AND NOT repeats"
    columns = {"line": "bigint", "id": "uuid", "source_key": "varchar", "digest": "varchar"}
    rows = stage(bench, f"in_{number}", columns, staged)
    earlier = back(
        bench,
        "earlier",
        {"line": "BIGINT", "source_key": "VARCHAR", "id": "VARCHAR", "version": "INTEGER", "same": "BOOLEAN"},
        f"""SELECT i.line, i.source_key, s.id::text, s.version,
                   s.content_hash IS NOT DISTINCT FROM decode(i.digest, 'hex')
            FROM in_{number} i JOIN residents_sourceidentity s ON s.source = %s AND s.source_key = i.source_key""",
        [source],
    )
    if keeps:
        bench.execute("UPDATE earlier SET same = true")
    create(f"identities_{number}", STAGED)
    also: list[Also] = []
    copy(f"identities_{number}", _sealed(bench, number, given, also))
    same = bench.sql("SELECT line FROM earlier WHERE same").to_arrow_table()
    create(f"same_{number}", {"line": "bigint"})
    copy(f"same_{number}", same.to_batches())
    changed = _keep_versions(number, also) if earlier > same.num_rows else 0
    names = ", ".join(VALUES)
    values = ", ".join(VALUES.values())
    run(
        f"""INSERT INTO residents_sourceidentity (id, source, source_key, state, {names})
            SELECT i.id, %(source)s, i.source_key, 'new', {values}
            FROM identities_{number} i LEFT JOIN places_area a ON a.code = i.area_code WHERE i.version = 1""",
        {"source": source, "now": now},
    )
    sets = ", ".join(f"{name} = {value}" for name, value in VALUES.items())
    if changed:
        run(
            f"""UPDATE residents_sourceidentity s SET {sets}
                FROM identities_{number} i LEFT JOIN places_area a ON a.code = i.area_code
                WHERE i.version > 1 AND s.id = i.id""",
            {"now": now},
        )
    run(f"INSERT INTO identities_now SELECT id FROM identities_{number}")
    _find_by(also)
    return Counts(rows - same.num_rows - changed, changed, same.num_rows)


def _sealed(
    bench: duckdb.DuckDBPyConnection, number: int, given: Sequence[str], also: list[Also]
) -> Iterator[pyarrow.RecordBatch]:
    """New and changed patients with what is secret sealed, in the order of :data:`STAGED`; fills ``also``."""
    said = [name for name in (*PLAIN, *SEALED) if name in given]
    columns = ", ".join(f"t.{name}" for name in said)
    query = f"""SELECT coalesce(e.id, t.id::VARCHAR) AS id, t.digest, coalesce(e.version, 0) + 1 AS version, {columns}
        FROM typed_{number} t LEFT JOIN earlier e USING (source_key)
        WHERE NOT t.bad AND NOT t.repeats AND e.same IS NOT TRUE"""
    for batch in batches(bench, query, AT_ONCE):
        if "kept" in said:
            ids = batch.column("id").to_pylist()
            for identity, kept in zip(ids, batch.column("kept").to_pylist(), strict=True):
                also += [(identity, kind, text) for kind, text in further(kept)]
        yield _batch(batch)


def _find_by(also: Sequence[Also]) -> None:
    """The person is found by these too: names and telephones beside the columns, and those of before a correction."""
    rows = [
        SaidAlso(identity_id=identity, kind=kind, value_index=index)
        for kind, label in (("name", NAME), ("phone", PHONE))
        for (identity, _), index in _indexed([(one, text) for one, which, text in also if which == kind], label)
        if index is not None
    ]
    SaidAlso.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)


def _indexed(told: list[tuple[str, str]], label: str) -> Iterator[tuple[tuple[str, str], bytes | None]]:
    return zip(told, index_column((text for _, text in told), label), strict=True)


def _batch(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    nothing = pyarrow.nulls(batch.num_rows, pyarrow.string())
    held = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
    names = held["name"].to_pylist() if "name" in held else []
    keys = {name: search_keys(name).pinyin[:128] for name in set(names) if name}
    held["name_pinyin"] = pyarrow.array([keys.get(name) for name in names], pyarrow.string()) if names else nothing
    for name in SEALED:
        if name not in held:
            continue
        values = held[name].to_pylist()
        if name in INDEXED:
            held[f"{name}_index"] = _hex(index_column(values, name))
        held[name] = _hex(encrypt_column(values, SEALED_AS[name]))
    return pyarrow.RecordBatch.from_arrays([held.get(name, nothing) for name in STAGED], names=list(STAGED))


def _hex(values: Iterator[bytes | None]) -> pyarrow.Array:
    """Bytes as COPY reads them."""
    return pyarrow.array([None if value is None else f"\\x{value.hex()}" for value in values], pyarrow.string())


def _keep_versions(number: int, also: list[Also]) -> int:
    """The earlier versions of the changed identities, sealed as JSON; returns how many. Fills ``also``."""
    held = ask(
        f"""SELECT s.id, s.version, s.content_hash, s.received_at, s.area_id, {", ".join(f"s.{n}" for n in VERSIONED)}
            FROM residents_sourceidentity s JOIN identities_{number} i ON i.id = s.id WHERE i.version > 1"""
    )
    opened = {
        name: list(decrypt_column([row[5 + VERSIONED.index(name)] for row in held], SEALED_AS[name])) for name in SEALED
    }
    for place, row in enumerate(held):
        before = {"name": row[5 + VERSIONED.index("name")], "phone": opened["phone"][place]}
        also += [(str(row[0]), kind, text) for kind, text in before.items() if text]
    SourceIdentityVersion.objects.bulk_create(
        (
            SourceIdentityVersion(
                identity_id=row[0],
                version=row[1],
                content_hash=row[2],
                received_at=row[3],
                content=json.dumps(
                    {"area": row[4]}
                    | {
                        name: opened[name][place] if name in opened else row[5 + nth]
                        for nth, name in enumerate(VERSIONED)
                    },
                    ensure_ascii=False,
                    default=str,
                ),
            )
            for place, row in enumerate(held)
        ),
        batch_size=2000,
    )
    return len(held)
