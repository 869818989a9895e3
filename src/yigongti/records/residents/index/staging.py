"""What a tie works on, in temporary tables: the identities with their numbers judged and their names spelled.

Numbers are opened in memory only, column by column; the tables hold their blind indexes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel.ciphers.columns import decrypt_column, encrypt_column, index_column
from yigongti.kernel.errors import Invalid

from ..documents import DocumentKind, document_number
from ..identity import IdentityNumber, parse
from ..names import search_keys
from ..normal_forms import identity_digits

SEALED_AS = "residents_resident.id_number"
#: documents whose number is of one person alone
PERSONAL = frozenset(DocumentKind) - {DocumentKind.HOUSEHOLD, DocumentKind.NEWBORN, DocumentKind.UNKNOWN}

TIED = """
CREATE TEMP TABLE index_tied ON COMMIT DROP AS
SELECT i.id AS identity, residents_survivor(i.resident_id) AS held, i.source, i.source_key, i.mother_key,
       i.name AS written, i.sex, i.birth_date AS born, i.identity_kind AS kind, i.phone_index, i.insurance_number_index,
       i.extra ->> 'health_number' AS health_number,
       NULL::varchar AS name, NULL::varchar AS pinyin, NULL::varchar AS sorted, NULL::bytea AS number_index,
       NULL::boolean AS valid, NULL::uuid AS found, NULL::varchar AS rule, NULL::double precision AS probability,
       NULL::jsonb AS match, NULL::varchar AS outcome, NULL::uuid AS leader
FROM residents_sourceidentity i WHERE {which}
"""
NUMBERS = {
    "identity": "uuid",
    "valid": "boolean",
    "number_index": "bytea",
    "kind": "varchar",
    "born": "date",
    "sex": "varchar",
    "sealed": "bytea",
}
NAMES = {
    "written": "varchar",
    "name": "varchar",
    "pinyin": "varchar",
    "initials": "varchar",
    "other_pinyin": "varchar",
    "other_initials": "varchar",
    "given": "varchar",
    "sorted": "varchar",
}


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """A statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.rowcount)


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())


def stage(name: str, columns: Mapping[str, str], content: Iterable[Sequence[Any]]) -> None:
    """A temporary table, filled by COPY."""
    lines = list(content)  # it may ask the database itself, which a running COPY forbids
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    run(f"DROP TABLE IF EXISTS {name}")
    run(f"CREATE TEMP TABLE {name} ({declared}) ON COMMIT DROP")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            copy.set_types(list(columns.values()))
            for line in lines:
                copy.write_row(line)
        cursor.execute(f"ANALYZE {name}")


def begin(identities: Iterable[UUID] | None) -> int:
    """``index_tied``: the identities (None: all that wait), ready to be compared. Returns how many."""
    run("DROP TABLE IF EXISTS index_tied")
    if identities is None:
        run(TIED.format(which="i.state = 'new'"))
    else:
        stage("index_asked", {"identity": "uuid"}, ((key,) for key in set(identities)))
        run(TIED.format(which="i.id IN (SELECT identity FROM index_asked)"))
    run("CREATE UNIQUE INDEX ON index_tied (identity)")
    stage("index_numbers", NUMBERS, _numbers())
    stage("index_names", NAMES, _names(row[0] for row in rows("SELECT DISTINCT written FROM index_tied")))
    run(
        """UPDATE index_tied t SET name = n.name, pinyin = n.pinyin, sorted = n.sorted
        FROM index_names n WHERE n.written = t.written"""
    )
    run(
        """UPDATE index_tied t SET valid = n.valid, number_index = n.number_index, kind = n.kind,
        born = coalesce(t.born, n.born), sex = CASE WHEN t.sex IN ('1', '2') THEN t.sex ELSE coalesce(n.sex, t.sex) END
        FROM index_numbers n WHERE n.identity = t.identity"""
    )
    run(
        """UPDATE residents_sourceidentity i SET id_number = n.sealed, id_number_index = n.number_index
        FROM index_numbers n WHERE n.identity = i.id AND n.sealed IS NOT NULL"""
    )
    run("ANALYZE index_tied")
    return rows("SELECT count(*) FROM index_tied")[0][0]


def _numbers() -> Iterator[tuple[Any, ...]]:
    """Every number opened and judged: checksum, region, date; the index is that of the 18-digit form."""
    found = rows(
        """SELECT i.id, i.identity_kind, i.id_number, i.id_number_index FROM residents_sourceidentity i
        JOIN index_tied t ON t.identity = i.id WHERE i.id_number IS NOT NULL"""
    )
    opened = decrypt_column((row[2] for row in found), SEALED_AS)
    for (identity, kind, _, index), text in zip(found, opened, strict=True):
        yield (identity, *judged(str(text or ""), kind, index))


Judged = tuple[bool, bytes | None, str, date | None, str | None, bytes | None]


def judged(text: str, kind: str, index: bytes | None) -> Judged:
    """Whether the number is valid and one person's, its index, the kind of document, birth date and sex from it.

    A number of 15 digits is sealed anew with 18: the last value.
    """
    try:
        if kind in ("", DocumentKind.ID_CARD):
            return _card(parse(text), text, index)
        number = document_number(DocumentKind(kind), text)
    except (Invalid, ValueError):
        return False, index, kind or DocumentKind.OTHER, None, None, None
    if isinstance(number, IdentityNumber):
        return _card(number, text, index)
    return DocumentKind(kind) in PERSONAL, index, kind, None, None, None


def _card(number: IdentityNumber, text: str, index: bytes | None) -> Judged:
    sealed = None
    if number != identity_digits(text):
        index = next(index_column([number], "id_number"))
        sealed = next(encrypt_column([number], SEALED_AS))
    return True, index, DocumentKind.ID_CARD, number.birth_date, number.sex, sealed


def _names(written: Iterable[str]) -> Iterator[tuple[str, ...]]:
    from ..models import Resident

    for text in written:
        keys = search_keys(text)
        other = keys.alternatives[0] if keys.alternatives else ("", "")
        person = Resident()
        person.call(text)
        letters = "".join(sorted(keys.name))
        yield (text, keys.name, keys.pinyin, keys.initials, *other, person.given_name, letters)
