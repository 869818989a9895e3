# ruff: noqa: S608
"""Who is it: a whole load of source identities (:func:`tie`), or one person at a desk or in a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from yigongti.kernel import prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ciphers.blind import blind_index
from yigongti.kernel.ciphers.columns import decrypt_column
from yigongti.records.linkage.configuration import Outcome
from yigongti.records.linkage.online import Match

from ..identity import is_valid, parse
from ..index import weights
from ..index.tying import Tied, tie
from ..names import search_keys

__all__ = ["Candidate", "Tied", "match", "tie"]

FIELDS = ("name", "birth_date", "sex", "id_number", "phone", "address")
"""What may be told of a person; the last three are kept sealed."""
COMPARED = 12
"""Candidates that are compared; of more, the likeliest by what is equal."""
LOOKED = 80
"""Rows of one key that are looked at."""
#: what must be known, and whom it finds
KEYS = (
    ("numbers", "r.id_number_index = ANY (%(numbers)s::bytea[])"),
    ("phones", "r.phone_index = ANY (%(phones)s::bytea[])"),
    (
        "birth",
        "r.birth_date = %(birth)s::date AND (left(r.name, 1) = left(%(name)s::text, 1) OR r.sex = %(sex)s::text)",
    ),
    ("dated", "r.name = %(name)s::text AND r.birth_date BETWEEN %(first)s::date AND %(last)s::date"),
    ("dated", "r.name = %(name)s::text AND to_char(r.birth_date, 'MMDD') = %(day)s::text"),
    ("undated", "r.name = %(name)s::text"),
    ("pinyin", "r.name_pinyin = %(pinyin)s::text AND r.birth_date BETWEEN %(first)s::date AND %(last)s::date"),
)
SELECT = f"""
SELECT r.id, r.name, CASE WHEN NOT r.birth_estimated THEN r.birth_date END, r.sex, r.id_number, r.phone, r.address
FROM ({{found}}) f JOIN residents_resident r USING (id)
WHERE r.merged_into_id IS NULL
ORDER BY (r.id_number_index = ANY (%(numbers)s::bytea[])) IS TRUE DESC,
         (r.phone_index = ANY (%(phones)s::bytea[])) IS TRUE DESC,
         (r.name = %(name)s::text)::int * 2 + (r.name_pinyin = %(pinyin)s::text)::int
         + coalesce(r.birth_date = %(birth)s::date, false)::int * 2
         + (left(r.name, 1) = left(%(name)s::text, 1))::int DESC, r.id
LIMIT {COMPARED}
"""


@dataclass(frozen=True)
class Candidate:
    """A resident who may be the person asked for: how likely, what would follow, and the evidence."""

    resident_id: UUID
    name: str
    sex: str
    birth_date: date | None
    match: Match

    @property
    def probability(self) -> float:
        """Between 0 and 1."""
        return self.match.probability

    @property
    def outcome(self) -> Outcome:
        """``link`` or ``review``."""
        return self.match.outcome


def match(actor: Actor, demographics: Mapping[str, Any], most: int = 5, *, everywhere: bool = False) -> list[Candidate]:
    """Who among the residents may be the person described, the likeliest first.

    ``demographics``: name, birth_date, sex (``1``, ``2``), id_number, phone, address, each optional. Only residents
    within the actor's reach, unless ``everywhere`` (the index itself, messages of systems). Raises Forbidden.
    """
    actor.require(Permission.RESIDENT_SEARCH)
    with acting(SYSTEM if everywhere else actor):
        wanted = _wanted(demographics)
        keys = tuple(condition for needed, condition in KEYS if wanted[needed])
        if not keys:
            return []
        rows = prepared.run(_query(keys), wanted)[0]
        scorer, _, _ = weights.current()
    mine = scorer.prepare(_asked(demographics))
    opened = [decrypt_column([row[n] for row in rows], f"residents_resident.{FIELDS[n - 1]}") for n in (4, 5, 6)]
    judged = [
        scorer.pair(scorer.prepare(dict(zip(FIELDS, (*row[1:4], *sealed), strict=True))), mine)
        for row, *sealed in zip(rows, *opened, strict=True)
    ]
    made = [
        Candidate(key, name, sex, born, found)
        for (key, name, born, sex, *_), found in zip(rows, scorer.settled(judged), strict=True)
        if found.outcome != "reject"
    ]
    return sorted(made, key=lambda one: (-one.match.weight, str(one.resident_id)))[:most]


@lru_cache(maxsize=128)
def _query(keys: tuple[str, ...]) -> str:
    found = " UNION ".join(f"(SELECT r.id FROM residents_resident r WHERE {key} LIMIT {LOOKED})" for key in keys)
    return SELECT.format(found=found)


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(given[name]) for name in FIELDS if given.get(name) not in (None, "")}


def _wanted(given: Mapping[str, Any]) -> dict[str, Any]:
    name = search_keys(str(given.get("name") or ""))
    number, phone = str(given.get("id_number") or ""), str(given.get("phone") or "")
    born = given.get("birth_date") or None
    if isinstance(born, str):
        born = date.fromisoformat(born)
    if number and is_valid(number):
        number = parse(number)
        born = born or number.birth_date
    return {
        "name": name.name,
        "pinyin": name.pinyin if born else "",
        "birth": born,
        "dated": bool(name.name and born),
        "undated": bool(name.name and not born),
        "first": date(born.year, 1, 1) if born else None,
        "last": date(born.year, 12, 31) if born else None,
        "day": f"{born:%m%d}" if born else "",
        "sex": str(given.get("sex") or ""),
        "numbers": list(blind_index("id_number", number)) if number else [],
        "phones": list(blind_index("phone", phone)) if phone else [],
    }
