"""The triggers that note changes: one for each statement, over all the rows that it wrote."""

from django.db import migrations

from yigongti.records.health_record.targets import TARGETS

#: rows of one statement that stand in one row of the feed
TOGETHER = 500

FUNCTIONS = f"""
CREATE FUNCTION changes_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes_change (transaction, kind, action, at, rows, residents, versions)
    SELECT pg_current_xact_id()::text::bigint, TG_ARGV[0], action, clock_timestamp(),
           array_agg(id), array_agg(resident_id), array_agg(version)
      FROM (SELECT id, resident_id, version, row_number() OVER () / {TOGETHER} AS chunk,
                   CASE WHEN replaced_by_id IS NOT NULL THEN 'replaced' WHEN voided_reason <> '' THEN 'voided'
                        WHEN TG_OP = 'UPDATE' THEN 'updated' WHEN version > 1 THEN 'corrected'
                        ELSE 'created' END AS action
              FROM written) noted
     GROUP BY chunk, action;
    RETURN NULL;
END $$;

CREATE FUNCTION changes_of_resident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes_change (transaction, kind, action, at, rows, residents, versions)
    SELECT pg_current_xact_id()::text::bigint, TG_ARGV[0], CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'updated' END,
           clock_timestamp(), array_agg(id), array_agg(id), array_agg(version)
      FROM (SELECT id, version, row_number() OVER () / {TOGETHER} AS chunk FROM written) noted
     GROUP BY chunk;
    RETURN NULL;
END $$;
"""

NO_FUNCTIONS = "DROP FUNCTION changes_of_record(); DROP FUNCTION changes_of_resident();"

#: the time of the last change of each resident; what a load registers with an earlier date was changed when it came
PERSON = """
CREATE FUNCTION changes_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes_person (resident_id, at)
    SELECT id, clock_timestamp() FROM written
     WHERE TG_OP = 'UPDATE' OR registered_at < statement_timestamp() - INTERVAL '1 hour' ORDER BY id
        ON CONFLICT (resident_id) DO UPDATE SET at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER changes_person_insert AFTER INSERT ON residents_resident REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION changes_of_person();
CREATE TRIGGER changes_person_update AFTER UPDATE ON residents_resident REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION changes_of_person();
INSERT INTO changes_person (resident_id, at)
SELECT id, now() FROM residents_resident WHERE version > 1 OR restated_at IS NOT NULL;
"""
NO_PERSON = """
DROP TRIGGER changes_person_insert ON residents_resident; DROP TRIGGER changes_person_update ON residents_resident;
DROP FUNCTION changes_of_person();
"""


def follow(table: str, kind: str, function: str) -> migrations.RunSQL:
    """Note what is inserted into and updated in ``table`` as changes of ``kind`` (a FHIR resource)."""
    made = "".join(
        f"CREATE TRIGGER changes_{verb} AFTER {verb} ON {table} REFERENCING NEW TABLE AS written "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}('{kind}');"
        for verb in ("insert", "update")
    )
    return migrations.RunSQL(made, f"DROP TRIGGER changes_insert ON {table}; DROP TRIGGER changes_update ON {table};")


KINDS = {target.resource: target.table for target in TARGETS.values() if target.name != "patient"}
"""FHIR resource → table, of the record; residents are ``Patient``."""


def followed() -> list[migrations.RunSQL]:
    """The triggers of every table of the record, and of the residents."""
    return [
        follow("residents_resident", "Patient", "changes_of_resident"),
        *(follow(table, kind, "changes_of_record") for kind, table in KINDS.items()),
    ]
