# ruff: noqa: S608
"""What a rule decides alone, in SQL over the staged identities; the first rule that finds exactly one resident counts.

A number decides only with a valid checksum and a name that agrees: written alike, sounding alike, or in another order.
The identities that were tied before count with their own numbers and names, so a person is found under an old number.
"""

from .tables import run, through

#: who is known under which number and name: residents, and what each system says of them. Number by number (OFFSET 0):
#: after a first portion the planner still believes that nobody is tied, and would read all who are for each identity
KNOWN = """
SELECT coalesce(r.merged_into_id, r.id), r.id_number_index, NULL::bytea, r.number,
       r.name, r.name_pinyin, r.birth_date, r.sex
  FROM residents_resident r WHERE r.id_number_index IN (SELECT number_index FROM index_tied WHERE valid)
UNION ALL
SELECT coalesce(r.merged_into_id, r.id), r.id_number_index, NULL::bytea, r.number,
       r.name, r.name_pinyin, r.birth_date, r.sex
  FROM residents_resident r WHERE r.number IN (SELECT health_number FROM index_tied WHERE health_number IS NOT NULL)
UNION ALL
SELECT k.* FROM (SELECT DISTINCT number_index FROM index_tied WHERE valid) t CROSS JOIN LATERAL (
    SELECT k.resident_id, k.id_number_index, k.insurance_number_index, NULL::varchar,
           k.name, k.name_pinyin, k.birth_date, k.sex FROM residents_sourceidentity k
     WHERE k.id_number_index = t.number_index AND k.number_valid AND k.state <> 'new' OFFSET 0) k
 WHERE k.resident_id IS NOT NULL
UNION ALL
SELECT k.* FROM (SELECT DISTINCT insurance_number_index FROM index_tied WHERE insurance_number_index IS NOT NULL) t
 CROSS JOIN LATERAL (
    SELECT k.resident_id, CASE WHEN k.number_valid THEN k.id_number_index END, k.insurance_number_index, NULL::varchar,
           k.name, k.name_pinyin, k.birth_date, k.sex FROM residents_sourceidentity k
     WHERE k.insurance_number_index = t.insurance_number_index AND k.state <> 'new' OFFSET 0) k
 WHERE k.resident_id IS NOT NULL
"""
LETTERS = "array_to_string(array(SELECT unnest(string_to_array(k.name, NULL)) COLLATE \"C\" ORDER BY 1), '')"
AGREES = f"(t.name = k.name OR t.pinyin = k.pinyin OR t.sorted = {LETTERS})"
RULED = """
SELECT t.identity, {place} AS place, '{rule}' AS rule, (array_agg(DISTINCT k.resident))[1] AS resident
  FROM index_tied t JOIN index_known k ON {when}
 WHERE t.held IS NULL AND t.name <> '' GROUP BY t.identity HAVING count(DISTINCT k.resident) = 1
"""
RULES = (
    ("number-and-name", f"t.valid AND k.number_index = t.number_index AND {AGREES}"),
    ("health-number-and-name", f"k.health_number = t.health_number AND {AGREES}"),
    (
        "insurance-number-and-name",
        f"""k.insurance_index = t.insurance_number_index AND {AGREES}
        AND (t.born IS NULL OR k.born IS NULL OR t.born = k.born)""",
    ),
)
DECIDE = f"""
UPDATE index_tied t SET found = k.resident, rule = k.rule, outcome = 'auto' FROM (
    SELECT DISTINCT ON (identity) identity, rule, resident FROM (
        {" UNION ALL ".join(RULED.format(place=n, rule=rule, when=when) for n, (rule, when) in enumerate(RULES))}) each
     ORDER BY identity, place
) k WHERE k.identity = t.identity RETURNING k.identity
"""
NEWBORN = """
UPDATE index_tied t SET found = c.child, rule = 'child-of-mother', outcome = 'auto' FROM (
    SELECT t.identity, (array_agg(c.id))[1] AS child FROM index_tied t
      JOIN residents_sourceidentity m ON m.source = t.source AND m.source_key = t.mother_key
      JOIN residents_resident c ON c.mother_id = m.resident_id AND c.merged_into_id IS NULL
     WHERE t.outcome IS NULL AND t.held IS NULL AND t.mother_key <> '' AND t.valid IS NOT TRUE
       AND c.birth_date = t.born AND (t.sex NOT IN ('1', '2') OR c.sex NOT IN ('1', '2') OR c.sex = t.sex)
       AND NOT EXISTS (SELECT 1 FROM residents_sourceidentity o WHERE o.resident_id = c.id AND o.source = t.source)
     GROUP BY t.identity HAVING count(*) = 1
) c WHERE c.identity = t.identity
"""


def decide(mothers: bool) -> int:
    """Tie by rule what a rule can tie; returns how many. ``mothers``: whether an identity names its mother."""
    decided = len(through("index_known", KNOWN, DECIDE, indexes=("number_index", "insurance_index")))
    return decided + (run(NEWBORN) if mothers else 0)
