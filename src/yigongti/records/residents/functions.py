# ruff: noqa: S608
"""The SQL of this room: our own numbers of people, and who may be found before there is a relation."""

from .visibility import IN_FORCE, related

#: columns that may be searched from their beginning; the same as in ``models``
SEARCHED = ("name", "given_name", "name_pinyin", "name_initials", "other_pinyin", "other_initials")

#: JK + nine digits in order + two check digits (ISO 7064 MOD 97-10): a slip of the pen is noticed
NUMBER = """
CREATE SEQUENCE resident_number;
CREATE FUNCTION resident_number() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT 'JK' || lpad(n::text, 9, '0') || lpad((98 - n * 100 % 97)::text, 2, '0') FROM nextval('resident_number') n
$$;
"""

#: The person who stands at the desk with a document or a health code: no more than who they are, and never unnoticed.
AT_DESK = """
CREATE FUNCTION residents_at_desk(indexes bytea[], ids uuid[])
RETURNS TABLE (id uuid, name varchar, sex varchar, birth_date date)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH found AS (
        SELECT r.id, r.name, r.sex, r.birth_date FROM residents_resident r
         WHERE r.id_number_index = ANY (indexes) OR r.id = ANY (ids) ORDER BY r.id LIMIT 10
    ), noticed AS (
        INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
        SELECT clock_timestamp(), acting_user(), acting_organization(), 'READ', 'residents:desk', f.id::text, f.id,
               coalesce(current_setting('yigongti.purpose', true), ''), '{}' FROM found f
    )
    SELECT * FROM found
$$;
"""

#: with at most so many relations the actor's residents are gathered first and looked up in memory
FEW = 10_000
#: with more, so many candidates are asked for a relation one by one before all residents are gathered after all
CANDIDATES = 6000

MATCH = "r.%1$I ~>=~ $1 AND r.%1$I ~<=~ ($1 || U&'\\+10FFFF') AND r.%1$I <> ''"

#: in the order of the index alone; %2$s says which are visible, %3$s which have the sex and the year of birth
BY_NAME = f"""
    SELECT array(SELECT r.id FROM (
        SELECT r.id, r.%1$I AS key FROM residents_resident r WHERE {MATCH}
         ORDER BY r.%1$I USING ~<~, r.id OFFSET 0 LIMIT $5
    ) r WHERE %2$s AND %3$s ORDER BY r.key USING ~<~, r.id LIMIT $4)"""
#: whether there are more candidates than were tried
CROWDED = f"SELECT EXISTS (SELECT 1 FROM residents_resident r WHERE {MATCH} OFFSET {CANDIDATES})"
#: part of a long name anywhere in it (names with a middle dot), by the trigram index
INSIDE = """
    SELECT array(SELECT r.id FROM (
        SELECT r.id FROM residents_resident r WHERE r.name LIKE '%%' || $1 || '%%' OFFSET 0
    ) r WHERE %2$s AND %3$s LIMIT $4)"""
DETAILS = """EXISTS (SELECT 1 FROM residents_resident p WHERE p.id = r.id
        AND ($2 IS NULL OR p.birth_date BETWEEN make_date($2, 1, 1) AND make_date($2, 12, 31))
        AND ($3 IS NULL OR p.sex = $3) OFFSET 0)"""
MINE = f"""SELECT DISTINCT relation.resident_id FROM residents_carerelation relation
        WHERE relation.organization_id = ANY (acting_organizations()) AND {IN_FORCE}"""

#: Row-level security hides indexes from operators that are not leakproof (prefixes, trigrams), so a search by name
#: under it reads the whole table. This function applies the very same condition itself and answers ids alone.
SEARCH = f"""
CREATE FUNCTION residents_search(columns text[], prefix text, born integer, sex text, most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
DECLARE
    everything boolean := acting_for_all();
    mine uuid[];
    found uuid[] := '{{}}';
    more uuid[];
    searched text;
    crowded boolean;
    seen text := $q${related("r.id")}$q$;
    details text := CASE WHEN born IS NULL AND sex IS NULL THEN 'true' ELSE $q${DETAILS}$q$ END;
BEGIN
    IF everything THEN
        seen := 'true';
    ELSE
        SELECT array(SELECT relation.resident_id FROM residents_carerelation relation
            WHERE relation.organization_id = ANY (acting_organizations()) AND {IN_FORCE} LIMIT {FEW + 1}) INTO mine;
        IF cardinality(mine) <= {FEW} THEN
            seen := 'r.id = ANY ($6)';
        END IF;
    END IF;
    FOREACH searched IN ARRAY columns LOOP
        EXIT WHEN cardinality(found) >= most;
        IF searched <> ALL (ARRAY{[*SEARCHED, "inside"]}) THEN
            RAISE EXCEPTION 'no search by %', searched;
        END IF;
        EXECUTE format(CASE searched WHEN 'inside' THEN $q${INSIDE}$q$ ELSE $q${BY_NAME}$q$ END,
                       searched, seen, details)
            INTO more USING prefix, born, sex, most,
            CASE WHEN everything OR cardinality(mine) <= {FEW} THEN NULL ELSE {CANDIDATES} END, mine;
        IF cardinality(more) < most AND cardinality(mine) > {FEW} AND searched <> 'inside' THEN
            EXECUTE format($q${CROWDED}$q$, searched) INTO crowded USING prefix;
            IF crowded THEN
                SELECT array({MINE}) INTO mine;
                EXECUTE format($q${BY_NAME}$q$, searched, 'r.id = ANY ($6)', details) INTO more
                    USING prefix, born, sex, most, NULL::integer, mine;
            END IF;
        END IF;
        found := found || array(SELECT m FROM unnest(more) WITH ORDINALITY u(m, n)
                                WHERE m <> ALL (found) ORDER BY n LIMIT most - cardinality(found));
    END LOOP;
    RETURN found;
END $$;
"""

CREATE = NUMBER + AT_DESK + SEARCH
DROP = """
DROP FUNCTION residents_search(text[], text, integer, text, integer);
DROP FUNCTION residents_at_desk(bytea[], uuid[]); DROP FUNCTION resident_number(); DROP SEQUENCE resident_number;
"""
