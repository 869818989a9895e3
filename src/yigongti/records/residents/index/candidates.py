# ruff: noqa: S608
"""Who an identity may be: pairs that share a key, found in PostgreSQL over whole columns.

Keys are names, sounds, dates and blind indexes, so nothing is opened to find them. A key that too many share finds
nobody by itself; of the rest the likeliest are kept.
"""

from .tables import filled, indexed, run

MOST = 15
"""Candidates of one identity that are compared."""
CROWDED = 60
"""A key shared by more people than this finds nobody."""

LEFT = """
INSERT INTO index_left (identity, held, name, surname, pinyin, born, sex, phone_index, number_index)
SELECT t.identity, t.held, t.name, left(t.name, 1), t.pinyin, t.born, t.sex, t.phone_index, t.number_index
  FROM index_tied t
 WHERE t.outcome IS NULL AND t.kind <> '91' AND (t.name <> '' OR t.number_index IS NOT NULL)
"""
KEYS = (
    "r.{number} = t.number_index",
    "r.phone_index = t.phone_index AND left(r.name, 1) = t.surname",
    "r.phone_index = t.phone_index AND r.{born} = t.born",
    "r.{pinyin} = t.pinyin AND r.{born} = t.born",
    """r.name = t.name AND r.{born} BETWEEN make_date(extract(year FROM t.born)::int, 1, 1)
       AND make_date(extract(year FROM t.born)::int, 12, 31)""",
    "r.name = t.name AND to_char(r.{born}, 'MMDD') = to_char(t.born, 'MMDD')",
    "r.name = t.name AND (t.born IS NULL OR r.{born} IS NULL)",
    "r.{born} = t.born AND left(r.name, 1) = t.surname AND (r.sex = t.sex OR t.sex NOT IN ('1', '2'))",
)
RESIDENT = {"number": "id_number_index", "born": "birth_date", "pinyin": "name_pinyin"}
IDENTITY = {"number": "number_index", "born": "born", "pinyin": "pinyin"}
RANK = """
    (r.{number} IS NOT DISTINCT FROM t.number_index AND t.number_index IS NOT NULL)::int * 8
  + (r.phone_index IS NOT DISTINCT FROM t.phone_index AND t.phone_index IS NOT NULL)::int * 4
  + (r.name = t.name)::int * 2 + (r.{pinyin} = t.pinyin)::int * 2 + coalesce(r.{born} = t.born, false)::int * 3
  + (left(r.name, 2) = left(t.name, 2))::int
"""


def find() -> int:
    """``index_pairs``: identity with resident or with another identity of the load. Returns how many pairs."""
    left = run(LEFT)
    if not left:
        return 0
    indexed("index_left", "name")
    filled("index_left")
    found = _against(
        "residents_resident",
        RESIDENT,
        "r.id AS resident, NULL::uuid AS other",
        "r.merged_into_id IS NULL AND (t.held IS NULL OR r.id <> t.held)",
    )
    if left > 1:
        found += _against(
            "index_left",
            IDENTITY,
            "NULL::uuid AS resident, r.identity AS other",
            "t.held IS NULL AND r.held IS NULL AND r.identity < t.identity",
        )
    filled("index_pairs")
    return found


def _against(table: str, columns: dict[str, str], chosen: str, besides: str) -> int:
    rank, number = RANK.format(**columns), columns["number"]
    found = " UNION ".join(
        f"""(SELECT identity, resident, other, rank, same_number FROM (
            SELECT t.identity, {chosen}, {rank} AS rank, coalesce(r.{number} = t.number_index, false) AS same_number,
                   count(*) OVER (PARTITION BY t.identity) AS many
              FROM index_left t JOIN {table} r ON {key.format(**columns)} WHERE {besides}) k
          WHERE many <= {CROWDED})"""
        for key in KEYS
    )
    return run(
        f"""INSERT INTO index_pairs SELECT identity, resident, other, rank, same_number FROM (
            SELECT *, row_number() OVER (PARTITION BY identity ORDER BY rank DESC, resident, other) AS place
              FROM ({found}) u) ranked
        WHERE place <= {MOST}"""
    )
