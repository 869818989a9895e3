"""Who sees a protected row: one function of the database, which row-level security asks for every such row.

The order: the person themselves and whoever wrote the row; then what the policy opens for the category, to the
organisation that wrote it or to a care relation in force, unless the resident hid the category from it.
"""

from django.db.models import BooleanField, F, Func, Q

from yigongti.records.residents.visibility import IN_FORCE, related

from .marking import SAID

FUNCTIONS = f"""
CREATE FUNCTION acting_sensitive() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('yigongti.sensitive', true), ''), '{{}}')::bigint[] $$;

CREATE FUNCTION privacy_may_see(of_category text, whose uuid, written_at bigint, written_by bigint, doctor bigint)
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF whose = acting_resident() OR written_by = acting_user() THEN
        RETURN true;
    END IF;
    RETURN EXISTS (
        SELECT 1 FROM staff_practitioner p WHERE p.id = doctor AND p.user_id = acting_user()
    ) OR EXISTS (
        SELECT 1 FROM privacy_opening o
         WHERE o.category = of_category
           AND (o.always OR NOT EXISTS (
                SELECT 1 FROM privacy_hiding h
                 WHERE h.resident_id = whose AND h.category = of_category AND h.until IS NULL))
           AND CASE WHEN o.viewer = 'organization'
               THEN written_at = ANY (CASE WHEN o.anyone THEN acting_organizations() ELSE acting_sensitive() END)
               ELSE EXISTS (
                SELECT 1 FROM residents_carerelation relation
                 WHERE relation.resident_id = whose AND relation.kind = o.viewer AND {IN_FORCE}
                   AND relation.organization_id =
                       ANY (CASE WHEN o.anyone THEN acting_organizations() ELSE acting_sensitive() END)
                   AND (relation.kind <> 'emergency' OR relation.source = acting_user()::text)
                   AND (relation.kind <> 'shared' OR EXISTS (
                        SELECT 1 FROM privacy_share s WHERE s.id::text = relation.source AND s.whole)))
               END);
END $$;

-- may a row leave the house in an excerpt: nobody protects it, and the resident did not hide it
CREATE FUNCTION privacy_travels(of_category text, whose uuid)
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM privacy_opening o WHERE o.category = of_category AND o.anyone) AND NOT EXISTS (
        SELECT 1 FROM privacy_hiding h WHERE h.resident_id = whose AND h.category = of_category AND h.until IS NULL);
END $$;
"""  # noqa: S608

PROTECT = """
CREATE POLICY protected ON health_record_{table} AS RESTRICTIVE FOR ALL
 USING (sensitivity = '' OR (SELECT acting_for_all())
        OR privacy_may_see(sensitivity, resident_id, organization_id, recorded_by, practitioner_id)) WITH CHECK (true);
"""

COUNT = """
-- how many rows of a resident are there that the actor may not see: the number and nothing else
CREATE FUNCTION privacy_hidden(whose uuid) RETURNS int
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found int := 0;
    more int;
BEGIN
    IF acting_for_all() OR whose = acting_resident() OR NOT ({related}) THEN
        RETURN 0;
    END IF;
    {counts}
    RETURN found;
END $$;
"""
COUNT_TABLE = """SELECT count(*) INTO more FROM health_record_{table}
     WHERE resident_id = whose AND sensitivity <> '' AND replaced_by_id IS NULL AND voided_reason = ''
       AND NOT privacy_may_see(sensitivity, resident_id, organization_id, recorded_by, practitioner_id);
    found := found + more;"""


def create() -> str:
    """Everything above, for the migration."""
    counts = "\n    ".join(COUNT_TABLE.format(table=table) for table in SAID)
    return "\n".join(
        [
            FUNCTIONS,
            *(PROTECT.format(table=table) for table in SAID),
            COUNT.format(related=related("whose"), counts=counts),
        ]
    )


def travels() -> Q:
    """Rows that may leave in an excerpt, whoever makes it: for a filter on any kind of row of the record."""
    free = Func(F("sensitivity"), F("resident_id"), function="privacy_travels", output_field=BooleanField())
    return Q(sensitivity="") | Q(free)
