# ruff: noqa: S608
"""Which source wins: the fields of a resident computed from what every system says, by policy ``index/survivorship``.

A value that a person entered here counts as a source too (``here``). Nothing is opened: sealed values are handed on.
``Resident.told`` keeps for each field which system told it, so that the page can say so. A resident of whom several
fields follow is written once.
"""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from yigongti.kernel import prepared
from yigongti.kernel.policy.store import resolve

from ..policies import Survivorship
from .staging import names
from .tables import FEW, TABLES, filled, indexed, inside, opened, rows, run, stage

POLICY = "index/survivorship"
#: field of the policy → column that must hold something, and the columns that go together
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sex": ("sex", ("sex",)),
    "birth_date": ("birth_date", ("birth_date",)),
    "phone": ("phone_index", ("phone", "phone_index")),
    "address": ("address", ("address",)),
    "area": ("area_id", ("area_id",)),
    "died_on": ("died_on", ("died_on",)),
    "name": ("name", ("name", "name_pinyin", "name_initials", "given_name", "other_pinyin", "other_initials")),
    "document": ("id_number_index", ("identity_kind", "id_number", "id_number_index")),
}
#: a number is looked for elsewhere only where somebody tells one that the resident does not have
USABLE = {
    "sex": "i.sex IN ('1', '2')",
    "phone": "i.phone_index IS NOT NULL",
    "name": "i.name <> ''",
    "document": "i.number_valid AND i.renumbers AND NOT EXISTS (SELECT 1 FROM residents_resident o "
    "WHERE o.id <> i.resident AND o.identity_kind = i.identity_kind AND o.id_number_index = i.id_number_index) "
    "AND NOT EXISTS (SELECT 1 FROM residents_sourceidentity p "
    "WHERE p.id_number_index = i.id_number_index AND p.resident_id <> i.resident)",
}
GAPS = {
    "sex": "r.sex NOT IN ('1', '2')",
    "birth_date": "r.birth_estimated",
    "name": "r.identity_kind IN ('90', '91')",
    "document": "r.identity_kind IN ('90', '91') OR r.id_number_index IS NULL",
}
SAID_COLUMNS = (
    "resident, id, told, received_at, system, name, sex, birth_date, phone, phone_index, address, area_id, died_on, "
    "number_valid, id_number, id_number_index, identity_kind, renumbers"
)
SAID = """
SELECT i.resident_id AS resident, i.id, i.source AS told, i.received_at, o.kind AS system, i.name, i.sex, i.birth_date,
       i.phone, i.phone_index, i.address, i.area_id, i.died_on, i.number_valid, i.id_number, i.id_number_index,
       coalesce(nullif(i.identity_kind, ''), '01') AS identity_kind,
       bool_or(i.number_valid AND i.id_number_index IS DISTINCT FROM r.id_number_index)
          OVER (PARTITION BY i.resident_id) AS renumbers
  FROM index_surviving g JOIN residents_resident r ON r.id = g.resident
  JOIN residents_sourceidentity i ON i.resident_id = g.resident JOIN residents_sourcesystem o ON o.code = i.source
 WHERE i.state IN ('linked', 'review')
"""
#: names that are not the resident's own as it is written; they have to be spelled before they are compared
NAMES = """
SELECT b.resident, b.told, b.received_at, b.trust, b.name
  FROM ({best}) b JOIN residents_resident r ON r.id = b.resident
 WHERE b.name <> r.name AND {yields}
"""
BEST_COLUMNS = "resident, told, received_at, trust, name"
SPELLED = """
SELECT b.resident, b.told, b.trust, n.name, n.pinyin AS name_pinyin, n.initials AS name_initials, n.given AS given_name,
       n.other_pinyin, n.other_initials
  FROM index_best b JOIN index_won n ON n.written = b.name
"""


def policy() -> Survivorship:
    """The policy in force."""
    body = resolve(POLICY).body
    assert isinstance(body, Survivorship)
    return body


#: a few residents need no tables: the same, named within the one write
WRITTEN = """
SELECT DISTINCT i.name FROM residents_sourceidentity i JOIN residents_resident r ON r.id = i.resident_id
 WHERE i.resident_id = ANY (%s::uuid[]) AND i.name NOT IN ('', r.name)
"""
AT_ONCE = f"""
WITH index_surviving (resident) AS MATERIALIZED (SELECT unnest(%s::uuid[])),
index_said ({SAID_COLUMNS}) AS MATERIALIZED ({SAID}),
index_best ({BEST_COLUMNS}) AS MATERIALIZED ({{names}}),
index_won ({", ".join(TABLES["index_won"])}) AS MATERIALIZED (
    SELECT * FROM unnest({", ".join(["%s::varchar[]"] * len(TABLES["index_won"]))})),
{{written}}
"""


def survive(residents: Iterable[UUID], called: Iterable[str] | None = None) -> int:
    """Compute the fields of these residents anew; returns how many of them changed.

    ``called``: every name that their identities bear, from a caller who has read them already.
    """
    wanted = list(set(residents))
    if inside() or (inside() is None and len(wanted) <= FEW):
        return _survive_few(wanted, called)
    with opened(len(wanted)):
        for table in ("index_surviving", "index_said", "index_best", "index_won"):
            run(f"DELETE FROM {table}")
        stage("index_surviving", ((key,) for key in wanted))
        if not run(f"INSERT INTO index_said ({SAID_COLUMNS}) {SAID}"):
            return 0
        indexed("index_said", "resident")
        filled("index_said")
        spelled, written = _statements(_trusted())
        if run(f"INSERT INTO index_best ({BEST_COLUMNS}) {spelled}"):
            indexed("index_best", "resident")
            filled("index_best")
            stage("index_won", names(row[0] for row in rows("SELECT DISTINCT name FROM index_best")))
        return run(f"WITH {written}")


def _survive_few(wanted: list[UUID], called: Iterable[str] | None) -> int:
    if called is None:
        called = [row[0] for row in prepared.run(WRITTEN, [wanted])[0]]
    spelled = [list(column) for column in zip(*names(name for name in called if name), strict=True)]
    return prepared.run(_at_once(_trusted()), [wanted, *(spelled or [[]] * len(TABLES["index_won"]))])[1]


def _trusted() -> tuple[tuple[str, ...], ...]:
    """Each field with its kinds of system, the best first."""
    return tuple((field, *policy().trust_of(field)) for field in COLUMNS)


@cache
def _at_once(trusted: tuple[tuple[str, ...], ...]) -> str:
    spelled, written = _statements(trusted)
    return AT_ONCE.format(names=spelled, written=written)


@cache
def _statements(trusted: tuple[tuple[str, ...], ...]) -> tuple[str, str]:
    """The query for the names to be spelled, and the one write, of a policy."""
    kinds = {field: list(listed) for field, *listed in trusted}
    best = {field: _best(field, kinds[field]) for field in COLUMNS}
    here = {field: len(listed) - listed.index("here") if "here" in listed else 0 for field, listed in kinds.items()}
    spelled = NAMES.format(best=best["name"], yields=_yields("name", "b", here["name"]))
    wins = ", ".join(f"({_wins(field, here[field])}) IS TRUE AS {field}_wins" for field in COLUMNS)
    held = ", ".join(f"best_{field}.told AS {field}_told, {_taken(field)}" for field in COLUMNS)
    joins = " ".join(
        f"LEFT JOIN ({SPELLED if field == 'name' else best[field]}) best_{field} ON best_{field}.resident = r.id"
        for field in COLUMNS
    )
    judged = (
        f"SELECT r.id AS key, {wins}, {held}, r.birth_date AS born "
        f"FROM index_surviving g JOIN residents_resident r ON r.id = g.resident {joins}"
    )
    alive = "b.died_on_wins AND CASE WHEN b.birth_date_wins THEN b.birth_date__birth_date ELSE b.born END "
    won = {field: f"b.{field}_wins" for field in COLUMNS} | {"died_on": f"({alive} <= b.died_on__died_on)"}
    sets = [
        f"{column} = CASE WHEN {won[field]} THEN b.{field}__{column} ELSE r.{column} END"
        for field, (_, together) in COLUMNS.items()
        for column in together
    ]
    told = ", ".join(f"'{field}', CASE WHEN {won[field]} THEN b.{field}_told END" for field in COLUMNS)
    return spelled, (
        f"judged AS MATERIALIZED ({judged}) UPDATE residents_resident r SET {', '.join(sets)}, "
        "birth_estimated = r.birth_estimated AND NOT b.birth_date_wins, version = r.version + 1, "
        f"told = coalesce(r.told, '{{}}') || jsonb_strip_nulls(jsonb_build_object({told})) "
        f"FROM judged b WHERE r.id = b.key AND ({' OR '.join(won.values())})"
    )


def _best(field: str, kinds: list[str]) -> str:
    column, together = COLUMNS[field]
    trust = " ".join(f"WHEN '{kind}' THEN {len(kinds) - place}" for place, kind in enumerate(kinds))
    taken = ["name"] if field == "name" else together
    return f"""
        SELECT DISTINCT ON (i.resident) i.resident, i.told, i.received_at, {", ".join(f"i.{c}" for c in taken)},
               CASE i.system {trust} ELSE 0 END AS trust
          FROM index_said i WHERE {USABLE.get(field, f"i.{column} IS NOT NULL")}
         ORDER BY i.resident, trust DESC, i.received_at DESC, i.id"""


def _taken(field: str) -> str:
    return ", ".join(f"best_{field}.{column} AS {field}__{column}" for column in COLUMNS[field][1])


def _yields(field: str, best: str, here: int) -> str:
    """What was entered here yields only to a source that is trusted more, or to one that fills a gap."""
    mine = f"coalesce(r.told ->> '{field}', r.told ->> '*', 'here')"
    gap = GAPS.get(field, f"r.{COLUMNS[field][0]} IS NULL")
    return f"({mine} <> 'here' OR {best}.trust > {here} OR {gap})"


def _wins(field: str, here: int) -> str:
    column, best = COLUMNS[field][0], f"best_{field}"
    differs = f"{best}.resident IS NOT NULL AND r.{column} IS DISTINCT FROM {best}.{column}"
    alive = f" AND (r.died_on IS NULL OR r.died_on >= {best}.birth_date)" if field == "birth_date" else ""
    return f"{differs} AND {_yields(field, best, here)}{alive}"
