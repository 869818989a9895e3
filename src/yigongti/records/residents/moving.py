"""The SQL of a merge: rows of one resident become another's, each remembered, and go back."""

#: Runs as the owner of the tables: rows that nobody may change otherwise still name their person. Only the
#: machine calls it (the command has checked the permission before). A row that would break a rule of its table stays.
FOLLOW = """
CREATE FUNCTION residents_follow(merge uuid, tbl text, col text, pk text, loser uuid, survivor uuid, ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one text;
    moved integer := 0;
    before text := current_setting('pgtrigger.ignore', true);
BEGIN
    IF NOT acting_for_all() THEN RAISE EXCEPTION 'only the platform moves rows'; END IF;
    PERFORM set_config('pgtrigger.ignore', ignored, true);
    BEGIN
        EXECUTE format('WITH moved AS (UPDATE %1$I SET %2$I = $1 WHERE %2$I = $2 AND %3$I::text <> $1::text
                RETURNING %3$I::text AS key)
            INSERT INTO residents_merged_row (id, merge_id, "table", "column", key, stayed)
            SELECT gen_random_uuid(), $3, %1$L, %2$L, key, false FROM moved', tbl, col, pk)
            USING survivor, loser, merge;
        GET DIAGNOSTICS moved = ROW_COUNT;
    EXCEPTION WHEN unique_violation OR exclusion_violation OR check_violation THEN
        FOR one IN EXECUTE format('SELECT %I::text FROM %I WHERE %I = $1 ORDER BY 1', pk, tbl, col) USING loser LOOP
            BEGIN
                EXECUTE format('UPDATE %1$I SET %2$I = $1 WHERE %2$I = $2 AND %3$I::text = $3', tbl, col, pk)
                    USING survivor, loser, one;
                INSERT INTO residents_merged_row (id, merge_id, "table", "column", key, stayed)
                    VALUES (gen_random_uuid(), merge, tbl, col, one, false);
                moved := moved + 1;
            EXCEPTION WHEN unique_violation OR exclusion_violation OR check_violation THEN
                INSERT INTO residents_merged_row (id, merge_id, "table", "column", key, stayed)
                    VALUES (gen_random_uuid(), merge, tbl, col, one, true);
            END;
        END LOOP;
    END;
    PERFORM set_config('pgtrigger.ignore', coalesce(before, '{}'), true);
    RETURN moved;
END $$;
"""
#: back go the rows that came, and those that arrived since under an identity of the one who leaves
RETURN = """
CREATE FUNCTION residents_return(merge uuid, tbl text, col text, pk text, by_identity boolean, loser uuid,
                                 survivor uuid, ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer := 0;
    before text := current_setting('pgtrigger.ignore', true);
BEGIN
    IF NOT acting_for_all() THEN RAISE EXCEPTION 'only the platform moves rows'; END IF;
    PERFORM set_config('pgtrigger.ignore', ignored, true);
    EXECUTE format('UPDATE %1$I SET %2$I = $1 WHERE %2$I = $2 AND (%3$I::text IN (
            SELECT key FROM residents_merged_row
             WHERE merge_id = $3 AND "table" = %1$L AND "column" = %2$L AND NOT stayed)
            ' || CASE WHEN by_identity THEN 'OR identity_id IN (SELECT key::uuid FROM residents_merged_row
                WHERE merge_id = $3 AND "table" = ''residents_sourceidentity'' AND NOT stayed)' ELSE '' END || ')',
        tbl, col, pk) USING loser, survivor, merge;
    GET DIAGNOSTICS moved = ROW_COUNT;
    PERFORM set_config('pgtrigger.ignore', coalesce(before, '{}'), true);
    RETURN moved;
END $$;
"""
#: a row written since goes with what it belongs to: a result with its encounter, a correction with what it corrects
ALONG = """
CREATE FUNCTION residents_along(tbl text, col text, pk text, fk text, other text, corrects boolean, loser uuid,
                                survivor uuid, ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer := 0;
    before text := current_setting('pgtrigger.ignore', true);
BEGIN
    IF NOT acting_for_all() THEN RAISE EXCEPTION 'only the platform moves rows'; END IF;
    PERFORM set_config('pgtrigger.ignore', ignored, true);
    IF corrects THEN
        EXECUTE format('UPDATE %1$I x SET %2$I = $1 FROM %1$I o
            WHERE x.%2$I = $2 AND o.%2$I = $1 AND o.%3$I = x.%4$I', tbl, col, fk, pk) USING loser, survivor;
    ELSE
        EXECUTE format('UPDATE %1$I x SET %2$I = $1 FROM %5$I o
            WHERE x.%2$I = $2 AND o.resident_id = $1 AND x.%3$I = o.id', tbl, col, fk, pk, other) USING loser, survivor;
    END IF;
    GET DIAGNOSTICS moved = ROW_COUNT;
    PERFORM set_config('pgtrigger.ignore', coalesce(before, '{}'), true);
    RETURN moved;
END $$;
"""
#: over all tables, until nothing is left that belongs to something that went
ALONG_ALL = """
CREATE FUNCTION residents_along_all(tables text[], columns text[], keys text[], links text[], others text[],
                                    corrects boolean[], arrived uuid, gone uuid, ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer;
    whole integer := 0;
BEGIN
    LOOP
        SELECT coalesce(sum(residents_along(f.tbl, f.col, f.pk, f.fk, f.other, f.corrects, arrived, gone, ignored)), 0)
          INTO moved
          FROM unnest(tables, columns, keys, links, others, corrects) AS f(tbl, col, pk, fk, other, corrects);
        EXIT WHEN moved = 0;
        whole := whole + moved;
    END LOOP;
    RETURN whole;
END $$;
"""
DROP_ALONG_ALL = """
DROP FUNCTION residents_along_all(text[], text[], text[], text[], text[], boolean[], uuid, uuid, text);
"""
#: a document of a merged record leads to the one that it became part of
AT_DESK = """
CREATE OR REPLACE FUNCTION residents_at_desk(indexes bytea[], ids uuid[])
RETURNS TABLE (id uuid, name varchar, sex varchar, birth_date date)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE shown AS (
        SELECT r.id, r.merged_into_id FROM residents_resident r
         WHERE r.id_number_index = ANY (indexes) OR r.id = ANY (ids)
        UNION SELECT r.id, r.merged_into_id FROM residents_resident r JOIN shown s ON r.id = s.merged_into_id
    ), found AS (
        SELECT r.id, r.name, r.sex, r.birth_date FROM residents_resident r
         WHERE r.id IN (SELECT s.id FROM shown s WHERE s.merged_into_id IS NULL) ORDER BY r.id LIMIT 10
    ), noticed AS (
        INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
        SELECT clock_timestamp(), acting_user(), acting_organization(), 'READ', 'residents:desk', f.id::text, f.id,
               coalesce(current_setting('yigongti.purpose', true), ''), '{}' FROM found f
    )
    SELECT * FROM found
$$;
"""
SURVIVOR = """
CREATE FUNCTION residents_survivor(asked uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE way AS (
        SELECT r.id, r.merged_into_id FROM residents_resident r WHERE r.id = asked
        UNION SELECT r.id, r.merged_into_id FROM residents_resident r JOIN way w ON r.id = w.merged_into_id
    )
    SELECT id FROM way WHERE merged_into_id IS NULL
$$;
"""
CREATE = FOLLOW + RETURN + ALONG + AT_DESK + SURVIVOR
DROP = """
DROP FUNCTION residents_survivor(uuid);
DROP FUNCTION residents_along(text, text, text, text, text, boolean, uuid, uuid, text);
DROP FUNCTION residents_return(uuid, text, text, text, boolean, uuid, uuid, text);
DROP FUNCTION residents_follow(uuid, text, text, text, uuid, uuid, text);
"""
