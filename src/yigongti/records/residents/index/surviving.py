# ruff: noqa: S608
"""Which source wins: the fields of a resident computed from what every system says, by policy ``index/survivorship``.

A value that a person entered here counts as a source too (``here``). Nothing is opened: sealed values are handed on.
``Resident.told`` keeps for each field which system told it, so that the page can say so.
"""

from collections.abc import Iterable
from uuid import UUID

from yigongti.kernel.policy.store import resolve

from ..policies import Survivorship
from .staging import names
from .tables import filled, opened, rows, run, stage

POLICY = "index/survivorship"
#: field of the policy → column that must hold something, and the columns that go together
COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sex": ("sex", ("sex",)),
    "birth_date": ("birth_date", ("birth_date",)),
    "phone": ("phone_index", ("phone", "phone_index")),
    "address": ("address", ("address",)),
    "area": ("area_id", ("area_id",)),
    "died_on": ("died_on", ("died_on",)),
    "name": ("name", ("name",)),
    "document": ("id_number_index", ("identity_kind", "id_number", "id_number_index")),
}
USABLE = {
    "sex": "i.sex IN ('1', '2')",
    "phone": "i.phone_index IS NOT NULL",
    "name": "i.name <> ''",
    "document": "i.number_valid AND NOT EXISTS (SELECT 1 FROM residents_resident o WHERE o.id <> i.resident_id "
    "AND o.identity_kind = coalesce(nullif(i.identity_kind, ''), '01') AND o.id_number_index = i.id_number_index) "
    "AND NOT EXISTS (SELECT 1 FROM residents_sourceidentity p "
    "WHERE p.id_number_index = i.id_number_index AND p.resident_id <> i.resident_id)",
}


def policy() -> Survivorship:
    """The policy in force."""
    body = resolve(POLICY).body
    assert isinstance(body, Survivorship)
    return body


def survive(residents: Iterable[UUID]) -> int:
    """Compute the fields of these residents anew; returns how many rows changed."""
    wanted = list(set(residents))
    with opened(len(wanted)):
        run("DELETE FROM index_surviving")
        stage("index_surviving", ((key,) for key in wanted))
        wins = policy()
        return sum(_field(wins, field, column, together) for field, (column, together) in COLUMNS.items())


def _field(wins: Survivorship, field: str, column: str, together: tuple[str, ...]) -> int:
    kinds = wins.trust_of(field)
    trust = " ".join(f"WHEN '{kind}' THEN {len(kinds) - place}" for place, kind in enumerate(kinds))
    here = len(kinds) - kinds.index("here") if "here" in kinds else 0
    usable = USABLE.get(field, f"i.{column} IS NOT NULL")
    taken = [f"coalesce(nullif(i.{c}, ''), '01') AS {c}" if c == "identity_kind" else f"i.{c}" for c in together]
    best = f"""
        SELECT DISTINCT ON (i.resident_id) i.resident_id AS resident, i.source AS told, i.received_at,
               CASE o.kind {trust} ELSE 0 END AS trust, {", ".join(taken)}
          FROM residents_sourceidentity i JOIN index_surviving g ON g.resident = i.resident_id
          JOIN residents_sourcesystem o ON o.code = i.source
         WHERE {usable} AND i.state IN ('linked', 'review')
         ORDER BY i.resident_id, trust DESC, i.received_at DESC, i.id
    """
    mine = f"coalesce(r.told ->> '{field}', r.told ->> '*', 'here')"
    # what was entered here yields only to a source that is trusted more, or to one that fills a gap
    gap = _gap(field, column)
    yields = f"({mine} <> 'here' OR b.trust > {here} OR {gap})"
    differs = f"r.{column} IS DISTINCT FROM b.{column}"
    sets = [f"{c} = b.{c}" for c in together if field != "name"]
    source = f"({best}) b"
    if field == "name":
        run("DELETE FROM index_best")
        run("DELETE FROM index_won")
        run(f"INSERT INTO index_best (resident, told, received_at, trust, name) {best}")
        filled("index_best")
        stage("index_won", names(row[0] for row in rows("SELECT DISTINCT name FROM index_best")))
        source = """(SELECT b.resident, b.told, b.trust, n.* FROM index_best b
            JOIN index_won n ON n.written = b.name) b"""
        pairs = {"name": "name", "name_pinyin": "pinyin", "name_initials": "initials", "given_name": "given"}
        pairs |= {"other_pinyin": "other_pinyin", "other_initials": "other_initials"}
        sets = [f"{c} = b.{made}" for c, made in pairs.items()]
    if field == "birth_date":
        sets.append("birth_estimated = false")
    told = f"told = jsonb_set(coalesce(r.told, '{{}}'), '{{{field}}}', to_jsonb(b.told))"
    besides = "AND (r.birth_date <= b.died_on)" if field == "died_on" else ""
    besides = "AND (r.died_on IS NULL OR r.died_on >= b.birth_date)" if field == "birth_date" else besides
    return run(
        f"""UPDATE residents_resident r SET {", ".join(sets)}, {told}, version = r.version + 1
        FROM {source} WHERE r.id = b.resident AND {differs} AND {yields} {besides}"""
    )


def _gap(field: str, column: str) -> str:
    if field == "sex":
        return "r.sex NOT IN ('1', '2')"
    if field == "birth_date":
        return "r.birth_estimated"
    if field in ("name", "document"):
        return "r.identity_kind IN ('90', '91')" + (" OR r.id_number_index IS NULL" if field == "document" else "")
    return f"r.{column} IS NULL"
