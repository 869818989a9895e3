"""What a tie works on, in temporary tables: the identities with their numbers judged and their names spelled.

Numbers are opened in memory only, column by column; the tables hold their blind indexes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yigongti.kernel.ciphers.columns import decrypt_column, encrypt_column, index_column
from yigongti.kernel.errors import Invalid

from ..documents import DocumentKind, document_number
from ..identity import IdentityNumber, parse, plain
from ..names import given_name, search_keys
from ..normal_forms import identity_digits
from .tables import filled, indexed, rows, run

SEALED_AS = "residents_resident.id_number"
#: documents whose number is of one person alone
PERSONAL = frozenset(DocumentKind) - {DocumentKind.HOUSEHOLD, DocumentKind.NEWBORN, DocumentKind.UNKNOWN}

TIED = """
INSERT INTO index_tied (identity, held, source, source_key, mother_key, written, sex, born, kind, phone_index,
                        insurance_number_index, health_number, area)
SELECT i.id, CASE WHEN i.resident_id IS NOT NULL THEN residents_survivor(i.resident_id) END, i.source, i.source_key,
       i.mother_key, i.name, i.sex, i.birth_date, i.identity_kind, i.phone_index, i.insurance_number_index,
       i.extra ->> 'health_number', i.area_id
FROM residents_sourceidentity i WHERE {which}
"""
READ = """
SELECT t.identity, t.held, t.mother_key <> '', t.written, i.identity_kind, i.id_number, i.id_number_index
  FROM index_tied t JOIN residents_sourceidentity i ON i.id = t.identity
"""
SPELLED = """
UPDATE index_tied t SET name = n.name, pinyin = n.pinyin, initials = n.initials, other_pinyin = n.other_pinyin,
       other_initials = n.other_initials, given = n.given, sorted = n.sorted, valid = d.valid,
       number_index = d.number_index, kind = CASE WHEN d.identity IS NULL THEN t.kind ELSE d.kind END,
       born = coalesce(t.born, d.born), sex = CASE WHEN t.sex IN ('1', '2') THEN t.sex ELSE coalesce(d.sex, t.sex) END
  FROM index_tied s JOIN index_names n ON n.written = s.written LEFT JOIN index_numbers d ON d.identity = s.identity
 WHERE s.identity = t.identity
"""
SEALED_ANEW = """
UPDATE residents_sourceidentity i SET id_number = n.sealed, id_number_index = n.number_index
  FROM index_numbers n WHERE n.identity = i.id AND n.sealed IS NOT NULL
"""


@dataclass(frozen=True)
class Staged:
    """What is at hand: all identities, those that have a resident, and whether one names its mother."""

    identities: frozenset[UUID]
    held: frozenset[UUID]
    mothers: bool


def begin(identities: Iterable[UUID] | None) -> Staged:
    """``index_tied``: the identities (None: all that wait), ready to be compared."""
    if identities is None:
        run(TIED.format(which="i.state = 'new'"))
    else:
        asked = "i.id IN (SELECT identity FROM index_asked)"
        run(TIED.format(which=asked), index_asked=[(key,) for key in set(identities)])
    indexed("index_tied", "identity")
    filled("index_tied")
    found = rows(READ)
    numbers = list(_numbers([row[0], *row[4:]] for row in found if row[5] is not None))
    written = dict.fromkeys(row[3] for row in found)
    run(SPELLED, index_names=names(written), index_numbers=numbers)
    if any(line[-1] for line in numbers):
        run(SEALED_ANEW, index_numbers=numbers)
    filled("index_tied")
    held = frozenset(row[0] for row in found if row[1])
    return Staged(frozenset(row[0] for row in found), held, any(row[2] for row in found))


def _numbers(found: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Every number opened and judged: checksum, region, date; the index is that of the 18-digit form."""
    lines = list(found)
    opened = decrypt_column((line[2] for line in lines), SEALED_AS)
    for (identity, kind, _, index), text in zip(lines, opened, strict=True):
        yield (identity, *judged(str(text or ""), kind, index))


Judged = tuple[bool, bytes | None, str, date | None, str | None, bytes | None]


def judged(text: str, kind: str, index: bytes | None) -> Judged:
    """Whether the number is valid and one person's, its index, the kind of document, birth date and sex from it.

    A number of 15 digits is sealed anew with 18: the last value.
    """
    try:
        if kind in ("", DocumentKind.ID_CARD):
            if card := plain(text):
                return True, index, DocumentKind.ID_CARD, card.birth_date, card.sex, None
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


def names(written: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Each name as written with what it is compared and searched by, in the order of ``index_names``."""
    for text in written:
        keys = search_keys(text)
        other = keys.alternatives[0] if keys.alternatives else ("", "")
        letters = "".join(sorted(keys.name))
        yield (text, keys.name, keys.pinyin, keys.initials, *other, given_name(keys.name), letters)
