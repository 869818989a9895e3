# ruff: noqa: S608
"""Who an identity may be: pairs that share a key, found in PostgreSQL over whole columns.

Keys are names, sounds, dates and blind indexes, so nothing is opened to find them. A key that too many share finds
nobody by itself; of the rest the likeliest are kept.
"""

from uuid import UUID

from .tables import filled, run, through, whole

Pair = tuple[UUID, UUID | None, UUID | None, bool]
"""Identity, and the resident or the other identity whom it may be; whether their number is the same."""

MOST = 15
"""Candidates of one identity that are compared."""
CROWDED = 60
"""A key shared by more people than this finds nobody."""

LEFT = """
SELECT t.identity, t.held, t.name, left(t.name, 1), t.pinyin, t.born, extract(year FROM t.born)::int,
       to_char(t.born, 'MMDD'), t.sex, t.phone_index, t.number_index
  FROM index_tied t
 WHERE t.outcome IS NULL AND t.kind <> '91' AND (t.name <> '' OR t.number_index IS NOT NULL)
"""
#: what all residents are found by: a whole load is joined with them, column by column, instead of through indexes
RESIDENTS = """
INSERT INTO index_residents (id, name, surname, pinyin, born, year, day, sex, phone_index, number_index)
SELECT r.id, r.name, left(r.name, 1), r.name_pinyin, r.birth_date, extract(year FROM r.birth_date)::int,
       to_char(r.birth_date, 'MMDD'), r.sex, r.phone_index, r.id_number_index
  FROM residents_resident r WHERE r.merged_into_id IS NULL
"""
KEYS = (
    "r.{number} = t.number_index",
    "r.phone_index = t.phone_index AND {surname} = t.surname",
    "r.phone_index = t.phone_index AND r.{born} = t.born",
    "r.{pinyin} = t.pinyin AND r.{born} = t.born",
    "r.name = t.name AND {same_year}",
    "r.name = t.name AND {day} = t.day",
    "r.name = t.name AND (t.born IS NULL OR r.{born} IS NULL)",
    "r.{born} = t.born AND {surname} = t.surname AND (r.sex = t.sex OR t.sex NOT IN ('1', '2'))",
)
RESIDENT = {
    "number": "id_number_index",
    "born": "birth_date",
    "pinyin": "name_pinyin",
    "surname": "left(r.name, 1)",
    "same_year": "r.birth_date BETWEEN make_date(t.year, 1, 1) AND make_date(t.year, 12, 31)",
    "day": "to_char(r.birth_date, 'MMDD')",
}
STAGED = {
    "number": "number_index",
    "born": "born",
    "pinyin": "pinyin",
    "surname": "r.surname",
    "same_year": "r.year = t.year",
    "day": "r.day",
}
RANK = """
    (r.{number} IS NOT DISTINCT FROM t.number_index AND t.number_index IS NOT NULL)::int * 8
  + (r.phone_index IS NOT DISTINCT FROM t.phone_index AND t.phone_index IS NOT NULL)::int * 4
  + (r.name = t.name)::int * 2 + (r.{pinyin} = t.pinyin)::int * 2 + coalesce(r.{born} = t.born, false)::int * 3
  + (left(r.name, 2) = left(t.name, 2))::int
"""
HELD = "(t.held IS NULL OR r.id <> t.held)"


def find(many: bool) -> list[Pair]:
    """``index_pairs``: identity with resident or with another identity of the load (if there are many); all of them."""
    chosen, besides = "r.id AS resident, NULL::uuid AS other", HELD
    if whole():
        run(RESIDENTS)
        filled("index_residents")
        statements = [_against("index_residents", STAGED, chosen, besides)]
    else:
        statements = [_against("residents_resident", RESIDENT, chosen, f"r.merged_into_id IS NULL AND {besides}")]
    if many:
        chosen = "NULL::uuid AS resident, r.identity AS other"
        besides = "t.held IS NULL AND r.held IS NULL AND r.identity < t.identity"
        statements.append(_against("index_left", STAGED, chosen, besides))
    found = through("index_left", LEFT, *statements, indexes=("name",))
    filled("index_pairs")
    return found


def _against(table: str, columns: dict[str, str], chosen: str, besides: str) -> str:
    rank, number = RANK.format(**columns), columns["number"]
    found = " UNION ".join(
        f"""(SELECT identity, resident, other, rank, same_number FROM (
            SELECT t.identity, {chosen}, {rank} AS rank, coalesce(r.{number} = t.number_index, false) AS same_number,
                   count(*) OVER (PARTITION BY t.identity) AS many
              FROM index_left t JOIN {table} r ON {key.format(**columns)} WHERE {besides}) k
          WHERE many <= {CROWDED})"""
        for key in KEYS
    )
    return f"""INSERT INTO index_pairs SELECT identity, resident, other, rank, same_number FROM (
            SELECT *, row_number() OVER (PARTITION BY identity ORDER BY rank DESC, resident, other) AS place
              FROM ({found}) u) ranked
        WHERE place <= {MOST} RETURNING identity, resident, other, same_number"""
