# ruff: noqa: S608
"""How likely the pairs are one person: few by the online scorer, many by splink on DuckDB, with the same weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow

from yigongti.kernel.ciphers.columns import decrypt_column
from yigongti.kernel.duck import connect
from yigongti.records.linkage.batch import PAIRS, link
from yigongti.records.linkage.online import Match, Scorer
from yigongti.records.linkage.preparing import ROWS

from .candidates import Pair
from .tables import rows

FEW = 5_000
"""Up to so many pairs the scorer is quicker than preparing tables."""
AT_ONCE = 20_000
MEMORY = "1500MB"
"""What DuckDB may take for a whole load."""
SEALED = ("id_number", "phone", "address")
#: all who are in a pair: identities, and the residents whom they may be
PEOPLE = """
SELECT 'i', i.id::text, t.name, t.born::text, t.sex, i.id_number, i.phone, i.address
  FROM residents_sourceidentity i JOIN index_tied t ON t.identity = i.id
 WHERE i.id IN (SELECT identity FROM index_pairs UNION SELECT other FROM index_pairs)
UNION ALL
SELECT 'r', r.id::text, r.name, CASE WHEN NOT r.birth_estimated THEN r.birth_date END::text, r.sex,
       r.id_number, r.phone, r.address
  FROM residents_resident r WHERE r.id IN (SELECT resident FROM index_pairs)
"""


People = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Scored:
    """A pair and what its comparison says. ``other`` is another identity of the load, else ``resident`` is named."""

    identity: UUID
    resident: UUID | None
    other: UUID | None
    same_number: bool
    match: Match


def people() -> tuple[People, People]:
    """The identities and the residents of all pairs: key to what is compared, opened in memory."""
    found = rows(PEOPLE)
    columns: list[Sequence[Any]] = [[row[n] for row in found] for n in range(5)]
    columns += [
        list(decrypt_column((row[5 + n] for row in found), f"residents_resident.{name}"))
        for n, name in enumerate(SEALED)
    ]
    fields = ("name", "birth_date", "sex", *SEALED)
    made: dict[str, People] = {"i": {}, "r": {}}
    for whose, key, *values in zip(*columns, strict=True):
        made[whose][key] = dict(zip(fields, values, strict=True))
    return made["i"], made["r"]


def score(scorer: Scorer, pairs: Sequence[Pair]) -> Iterator[Scored]:
    """Every pair, judged."""
    mine, theirs = people()
    if len(pairs) <= FEW:
        yield from _one_by_one(scorer, pairs, mine, theirs)
    else:
        yield from _at_once(scorer, pairs, mine, theirs)


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
    model, trained = scorer.model, scorer.trained
    with connect(threads=2, memory_limit=MEMORY) as duck:
        columns: dict[str, Any] = {"record": pyarrow.array(together, pyarrow.string())}
        for field in model.fields:
            columns[field] = pyarrow.array([row[field] for row in together.values()], pyarrow.string())
        # residents are not compared with each other
        columns["apart"] = pyarrow.array(["r"] * len(theirs) + [None] * len(mine), pyarrow.string())
        del together
        duck.register("index_people", pyarrow.table(columns))
        apart = model.model_copy(update={"one_per_source": "apart"})
        link(duck, ["index_people"], apart, trained, known_prior=True)
        counted = list(trained.frequencies)
        taken = ", ".join([f"p.{field}" for field in model.fields] + [f"{s}.{f}" for s in "xy" for f in counted])
        found = duck.execute(
            f"""SELECT x.record, y.record, p.rule, p.outcome, {taken} FROM {PAIRS} p JOIN {ROWS} x ON x.unique_id = p.a
            JOIN {ROWS} y ON y.unique_id = p.b WHERE x.record LIKE 'i%' OR y.record LIKE 'i%'"""
        )
        while lines := found.fetchmany(AT_ONCE):
            for first, second, rule, outcome, *values in lines:
                levels = dict(zip(model.fields, values, strict=False))
                # the weight of a value is that of the one who was there before
                place = len(model.fields)
                said, known_as, place = (
                    (first, second, place + len(counted))
                    if first.startswith("i") and (second.startswith("r") or second < first)
                    else (second, first, place)
                )
                held = dict(zip(counted, values[place : place + len(counted)], strict=True))
                known, other = known_as.startswith("r"), UUID(known_as[1:])
                yield Scored(
                    UUID(said[1:]),
                    other if known else None,
                    None if known else other,
                    asked.get((said, known_as), False),
                    scorer.told(levels, held, rule, outcome),
                )
