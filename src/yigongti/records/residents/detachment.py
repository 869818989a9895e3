"""The SQL of a move: what came under one source identity goes from one resident to another and comes back."""

#: Like ``residents_follow``, for the rows of one identity. Runs as the owner of the tables; only the machine calls it.
DETACH = """
CREATE FUNCTION residents_detach(move uuid, tbl text, col text, pk text, identity uuid, before uuid, after uuid,
                                 ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one text;
    moved integer := 0;
    was text := current_setting('pgtrigger.ignore', true);
BEGIN
    IF NOT acting_for_all() THEN RAISE EXCEPTION 'only the platform moves rows'; END IF;
    PERFORM set_config('pgtrigger.ignore', ignored, true);
    FOR one IN EXECUTE format('SELECT %I::text FROM %I WHERE %I = $1 AND identity_id = $2 ORDER BY 1', pk, tbl, col)
               USING before, identity LOOP
        BEGIN
            EXECUTE format('UPDATE %1$I SET %2$I = $1 WHERE %2$I = $2 AND %3$I::text = $3', tbl, col, pk)
                USING after, before, one;
            INSERT INTO residents_moved_row (id, move_id, "table", "column", key, stayed)
                VALUES (gen_random_uuid(), move, tbl, col, one, false);
            moved := moved + 1;
        EXCEPTION WHEN unique_violation OR exclusion_violation OR check_violation THEN
            INSERT INTO residents_moved_row (id, move_id, "table", "column", key, stayed)
                VALUES (gen_random_uuid(), move, tbl, col, one, true);
        END;
    END LOOP;
    PERFORM set_config('pgtrigger.ignore', coalesce(was, '{}'), true);
    RETURN moved;
END $$;
"""
#: back goes everything of the identity, also what arrived since
ATTACH = """
CREATE FUNCTION residents_attach(tbl text, col text, identity uuid, before uuid, after uuid, ignored text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer := 0;
    was text := current_setting('pgtrigger.ignore', true);
BEGIN
    IF NOT acting_for_all() THEN RAISE EXCEPTION 'only the platform moves rows'; END IF;
    PERFORM set_config('pgtrigger.ignore', ignored, true);
    EXECUTE format('UPDATE %1$I SET %2$I = $1 WHERE %2$I = $2 AND identity_id = $3', tbl, col)
        USING before, after, identity;
    GET DIAGNOSTICS moved = ROW_COUNT;
    PERFORM set_config('pgtrigger.ignore', coalesce(was, '{}'), true);
    RETURN moved;
END $$;
"""
#: Whom a number, a number of former times, our own number or the key of a system stands for today, and how it is known.
#: It says no more than keys: who may see the person is asked afterwards.
KNOWN_AS = """
CREATE FUNCTION residents_known_as(indexes bytea[], health_number text, source_key text, called text)
RETURNS TABLE (resident uuid, how text, was text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT residents_survivor(f.id), f.how, f.was FROM (
        (SELECT r.id, 'merged' AS how, r.number || ' ' || r.name AS was FROM residents_resident r
          WHERE r.merged_into_id IS NOT NULL AND (r.number = health_number OR r.id_number_index = ANY (indexes)
             OR (called <> '' AND (starts_with(r.name, called) OR starts_with(r.name_pinyin, called)
                 OR starts_with(r.name_initials, called)))) LIMIT 20)
        UNION ALL
        (SELECT n.resident_id, 'former', '' FROM residents_formernumber n
          WHERE n.id_number_index = ANY (indexes) LIMIT 20)
        UNION ALL
        (SELECT i.resident_id, 'number', s.title FROM residents_sourceidentity i JOIN residents_sourcesystem s
             ON s.code = i.source WHERE i.id_number_index = ANY (indexes) AND i.resident_id IS NOT NULL LIMIT 20)
        UNION ALL
        (SELECT i.resident_id, 'key', s.title || ' ' || i.source_key FROM residents_sourcesystem s
           JOIN residents_sourceidentity i ON i.source = s.code AND i.source_key = residents_known_as.source_key
          WHERE i.resident_id IS NOT NULL LIMIT 20)
    ) f
$$;
"""
#: everybody whose record became part of this one, at whatever remove
LOSERS = """
CREATE FUNCTION residents_losers(asked uuid) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE part AS (
        SELECT r.id FROM residents_resident r WHERE r.merged_into_id = asked
        UNION SELECT r.id FROM residents_resident r JOIN part p ON r.merged_into_id = p.id
    )
    SELECT p.id FROM part p
$$;
"""
#: when a record that stands alone again was part of which other: its readers then read this one too
TOGETHER = """
CREATE FUNCTION residents_together(asked uuid) RETURNS TABLE (survivor uuid, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.survivor_id, m.merged_at, m.unmerged_at FROM residents_residentmerge m
     WHERE m.loser_id = asked AND m.merged_at IS NOT NULL AND m.unmerged_at IS NOT NULL
$$;
"""
CREATE = DETACH + ATTACH + KNOWN_AS + LOSERS + TOGETHER
DROP = """
DROP FUNCTION residents_together(uuid);
DROP FUNCTION residents_losers(uuid);
DROP FUNCTION residents_known_as(bytea[], text, text, text);
DROP FUNCTION residents_attach(text, text, uuid, uuid, uuid, text);
DROP FUNCTION residents_detach(uuid, text, text, text, uuid, uuid, uuid, text);
"""
