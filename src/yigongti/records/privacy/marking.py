"""The database marks a row when it is written: the category of policy ``record/sensitive`` that it belongs to.

A statement-level trigger on every table of the record looks at the fresh rows as a set: their distinct codes and words
against the terms of the policy (:class:`.models.Term`), then their visits. A load of fifty thousand rows is one join; a
single row costs one look. What is marked is few, and only that is written again. Three ways to a mark:

1. the row's own code, local code, name or department;
2. the visit it was made at is protected, and its kind goes with the visit (``inherits`` of the policy);
3. a diagnosis of a category with ``whole_visit`` marks the visit, and so the other rows of it.
"""

from dataclasses import dataclass

from yigongti.records.health_record.models import KINDS, AtEncounter

from .policies import INHERITING


@dataclass(frozen=True)
class Said:
    """What the rows of a table say of themselves: SQL expressions over ``f``, the fresh row."""

    system: str = "f.code_system"
    code: str = "f.code"
    words: str = "f.name"
    department: str = "''"
    at: str = ""
    """The column by which the table is partitioned."""


def _or(expression: str, otherwise: str) -> str:
    return f"coalesce(nullif({expression}, ''), '{otherwise}')"


SAID: dict[str, Said] = {
    "encounter": Said(
        "''",
        "''",
        "concat_ws(' ', f.complaint, f.assessment)",
        "coalesce(nullif(f.department_name, ''), (SELECT d.name FROM organizations_department d"
        " WHERE d.id = f.department_id), '')",
    ),
    "condition": Said(_or("f.code_system", "icd-10")),
    "observation": Said(_or("f.code_system", "catalogue"), words="f.local_name", at="effective_at"),
    "diagnosticreport": Said(words="concat_ws(' ', f.name, f.conclusion)"),
    "procedure": Said(_or("f.code_system", "icd-9-cm-3")),
    "medicationrequest": Said(_or("f.code_system", "drug")),
    "medicationdispense": Said(_or("f.code_system", "drug")),
    "medicationstatement": Said(_or("f.code_system", "drug")),
    "immunization": Said(),
    "careplan": Said(words="concat_ws(' ', f.category, f.title)"),
    "documentreference": Said(words="f.title"),
    "familymemberhistory": Said(_or("f.code_system", "icd-10")),
}
"""Every table but allergies: what a person must not get is never hidden."""

MARK = """
CREATE FUNCTION privacy_mark_{table}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told record;
    before text := coalesce(current_setting('pgtrigger.ignore', true), '{{}}');
BEGIN
    FOR told IN
        WITH said AS MATERIALIZED (
            SELECT f.id, {visit} AS visit, {at} AS at, {system} AS system, {code} AS code, f.local_code AS local,
                   lower(concat_ws(' ', {words}, nullif(f.local_name, {words}))) AS words, {department} AS department
              FROM {fresh} f
        ), kinds AS MATERIALIZED (
            SELECT DISTINCT system, code, local, words, department FROM said
        ), known AS (
            SELECT DISTINCT ON (k.system, k.code, k.local, k.words, k.department) k.*, t.category
              FROM kinds k CROSS JOIN LATERAL (
                SELECT category, rank FROM privacy_term WHERE kind = 'code' AND system = k.system AND k.code <> ''
                   AND value = ANY (ARRAY[k.code, left(k.code, 3), left(k.code, 4), left(k.code, 5), left(k.code, 6)])
                UNION ALL
                SELECT category, rank FROM privacy_term WHERE kind = 'code' AND system = 'local' AND value = k.local
                   AND k.local <> ''
                UNION ALL
                SELECT category, rank FROM privacy_term WHERE kind = 'word' AND strpos(k.words, value) > 0
                   AND (value !~ '^[a-z]' OR k.words ~ ('(?<![a-z])' || value))
                UNION ALL
                SELECT category, rank FROM privacy_term WHERE kind = 'department' AND k.department <> ''
                   AND strpos(k.department, value) > 0
              ) t ORDER BY k.system, k.code, k.local, k.words, k.department, t.rank
        ), marks AS (
            SELECT s.id, s.visit, s.at, known.category FROM said s
              JOIN known USING (system, code, local, words, department)
            {inherited}
        )
        SELECT category, array_agg(DISTINCT id) AS ids, array_agg(DISTINCT visit) AS visits, min(at) AS first,
               max(at) AS last FROM marks GROUP BY category
    LOOP
        PERFORM set_config('pgtrigger.ignore', '{{{audit}}}', true);
        UPDATE health_record_{table} SET sensitivity = told.category
         WHERE id = ANY (told.ids){within} AND sensitivity = '';
        {spread}
    END LOOP;
    PERFORM set_config('pgtrigger.ignore', before, true);
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER privacy_mark AFTER INSERT ON health_record_{table}
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION privacy_mark_{table}();
"""
INHERITED = """UNION ALL
            SELECT s.id, s.visit, s.at, e.sensitivity FROM said s
              JOIN health_record_encounter e ON e.id = s.visit AND e.sensitivity <> ''
             WHERE EXISTS (SELECT 1 FROM privacy_term WHERE kind = 'inherits' AND value = '{table}')"""

SPREAD = """
-- visits become protected, and what goes with them
CREATE FUNCTION privacy_spread(visits uuid[], of_category text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('pgtrigger.ignore', true), '{{}}');
BEGIN
    visits := array_remove(visits, NULL);
    IF cardinality(visits) = 0 THEN
        RETURN;
    END IF;
    PERFORM set_config('pgtrigger.ignore', '{{{audits}}}', true);
    UPDATE health_record_encounter SET sensitivity = of_category WHERE id = ANY (visits) AND sensitivity = '';
    {tables}
    PERFORM set_config('pgtrigger.ignore', before, true);
END $$;
"""
SPREAD_TABLE = """IF EXISTS (SELECT 1 FROM privacy_term WHERE kind = 'inherits' AND value = '{table}') THEN
        UPDATE health_record_{table} SET sensitivity = of_category
         WHERE encounter_id = ANY (visits) AND sensitivity = '';
    END IF;"""
CLEAR = "UPDATE health_record_{table} SET sensitivity = '' WHERE sensitivity <> '';"
ALONG = {
    "encounter": "PERFORM privacy_spread(told.ids, told.category);",
    "condition": """IF EXISTS (SELECT 1 FROM privacy_category WHERE code = told.category AND whole_visit) THEN
            PERFORM privacy_spread(told.visits, told.category);
        END IF;""",
}
#: the same look at all that is there, after the policy changed: marks are taken off and put on anew
AGAIN = """
CREATE FUNCTION privacy_mark_again() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('pgtrigger.ignore', '{{{audits}}}', true);
    {clear}
    {marks}
    PERFORM set_config('pgtrigger.ignore', '{{}}', true);
END $$;
"""


def _audits() -> dict[str, str]:
    """Table → the name of its audit trigger: the mark is the database's own, nobody wrote the row again."""
    found = {}
    for model in KINDS:
        trigger = next(t for t in model._meta.triggers if t.name == "audited")  # type: ignore[attr-defined]
        found[model._meta.model_name or ""] = trigger.get_pgid(model)
    return found


def mark_sql(table: str, *, again: bool = False) -> str:
    """The function that marks the fresh rows of a table; ``again``: all of its rows, once."""
    said = SAID[table]
    visited = table in {model._meta.model_name for model in KINDS if issubclass(model, AtEncounter)}
    audits = _audits()
    return MARK.format(
        table=table,
        fresh=f"health_record_{table}" if again else "fresh",
        visit="f.encounter_id" if visited else "NULL::uuid",
        at=f"f.{said.at}" if said.at else "NULL::timestamptz",
        within=f" AND {said.at} BETWEEN told.first AND told.last" if said.at else "",
        system=said.system,
        code=said.code,
        words=said.words,
        department=said.department,
        inherited=INHERITED.format(table=table) if table in INHERITING else "",
        audit=",".join(audits.values()) if table in ALONG else audits[table],
        spread=ALONG.get(table, ""),
    )


def create() -> str:
    """Everything above, for the migration."""
    audits = ",".join(_audits().values())
    parts = [SPREAD.format(audits=audits, tables="\n    ".join(SPREAD_TABLE.format(table=t) for t in INHERITING))]
    for table in SAID:
        parts += [mark_sql(table), TRIGGER.format(table=table)]
        again = mark_sql(table, again=True).replace(f"privacy_mark_{table}()", f"privacy_again_{table}()")
        parts.append(again.replace("RETURNS trigger", "RETURNS void").replace("RETURN NULL;", "RETURN;"))
    clear = "\n    ".join(CLEAR.format(table=t) for t in SAID)
    marks = "\n    ".join(f"PERFORM privacy_again_{t}();" for t in SAID)
    parts.append(AGAIN.format(audits=audits, clear=clear, marks=marks))
    return "\n".join(parts)
