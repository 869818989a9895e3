# ruff: noqa: S608
"""How likely the pairs are one person: few by the online scorer, many by splink on DuckDB, with the same weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb
import pyarrow

from yigongti.kernel.ciphers.columns import decrypt_column
from yigongti.records.linkage.batch import PAIRS, link
from yigongti.records.linkage.online import Match, Scorer
from yigongti.records.linkage.preparing import ROWS

from .tables import rows

FEW = 5_000
"""Up to so many pairs the scorer is quicker than preparing tables."""
SEALED = ("id_number", "phone", "address")
PEOPLE = """
SELECT {key}::text, {name} AS name, {born}::text, {sex}, id_number, phone, address FROM {source}
"""


@dataclass(frozen=True)
class Scored:
    """A pair and what its comparison says. ``other`` is another identity of the load, else ``resident`` is named."""

    identity: UUID
    resident: UUID | None
    other: UUID | None
    same_number: bool
    match: Match


def people(sql: str) -> dict[str, dict[str, Any]]:
    """Key to what is compared, opened in memory."""
    found = rows(sql)
    columns: list[Sequence[Any]] = [[row[n] for row in found] for n in range(4)]
    columns += [
        list(decrypt_column((row[4 + n] for row in found), f"residents_resident.{name}"))
        for n, name in enumerate(SEALED)
    ]
    fields = ("name", "birth_date", "sex", *SEALED)
    return {key: dict(zip(fields, values, strict=True)) for key, *values in zip(*columns, strict=True)}


def score(scorer: Scorer) -> Iterator[Scored]:
    """Every staged pair, judged."""
    pairs = rows("SELECT identity, resident, other, same_number FROM index_pairs")
    if not pairs:
        return
    mine = people(
        PEOPLE.format(
            key="i.id",
            name="t.name",
            born="t.born",
            sex="t.sex",
            source="residents_sourceidentity i JOIN index_tied t ON t.identity = i.id "
            "WHERE i.id IN (SELECT identity FROM index_pairs UNION SELECT other FROM index_pairs)",
        )
    )
    theirs = people(
        PEOPLE.format(
            key="r.id",
            name="r.name",
            born="CASE WHEN NOT r.birth_estimated THEN r.birth_date END",
            sex="r.sex",
            source="residents_resident r WHERE r.id IN (SELECT resident FROM index_pairs)",
        )
    )
    if len(pairs) <= FEW:
        yield from _one_by_one(scorer, pairs, mine, theirs)
    else:
        yield from _at_once(scorer, pairs, mine, theirs)


Pair = tuple[UUID, UUID | None, UUID | None, bool]
People = dict[str, dict[str, Any]]


def _one_by_one(scorer: Scorer, pairs: Sequence[Pair], mine: People, theirs: People) -> Iterator[Scored]:
    for identity, resident, other, same in pairs:
        left = theirs[str(resident)] if resident else mine[str(other)]
        yield Scored(
            identity, resident, other, same, scorer.pair(scorer.prepare(left), scorer.prepare(mine[str(identity)]))
        )


def _at_once(scorer: Scorer, pairs: Sequence[Pair], mine: People, theirs: People) -> Iterator[Scored]:
    """The library's own blocking finds pairs besides ours (misspelt numbers); they count too."""
    together = {**{f"r{key}": row for key, row in theirs.items()}, **{f"i{key}": row for key, row in mine.items()}}
    asked = {
        (f"i{identity}", f"r{resident}" if resident else f"i{other}"): same for identity, resident, other, same in pairs
    }
    with duckdb.connect(config={"threads": 2}) as duck:
        columns: dict[str, Any] = {"record": pyarrow.array(together, pyarrow.string())}
        for field in scorer.model.fields:
            columns[field] = pyarrow.array([row[field] for row in together.values()], pyarrow.string())
        duck.register("index_people", pyarrow.table(columns))
        link(duck, ["index_people"], scorer.model.model_copy(update={"resolve": "pairs"}), scorer.trained)
        keys = list(dict.fromkeys(scorer.model.keys.values()))
        sides = ", ".join(f"{side}.{key}" for side in "xy" for key in keys)
        found = duck.execute(
            f"""SELECT x.record, y.record, {sides} FROM {PAIRS} p JOIN {ROWS} x ON x.unique_id = p.a
            JOIN {ROWS} y ON y.unique_id = p.b WHERE x.record LIKE 'i%' OR y.record LIKE 'i%'"""
        ).fetchall()
    for first, second, *values in found:
        left, right = (
            dict(zip(keys, values[: len(keys)], strict=True)),
            dict(zip(keys, values[len(keys) :], strict=True)),
        )
        if first.startswith("i") and (second.startswith("r") or second < first):
            mine_key, their_key = first, second
        else:
            mine_key, their_key, left, right = second, first, right, left
        one, two = UUID(mine_key[1:]), UUID(their_key[1:])
        match = scorer.pair(right, left)
        same = asked.get((mine_key, their_key), False)
        known = their_key.startswith("r")
        yield Scored(one, two if known else None, None if known else two, same, match)
