"""The SQL of the audit: the writer that triggers call, and the digest of a sealed batch."""

CREATE = """
CREATE FUNCTION audit_write(subject text, operation text, before jsonb, after jsonb, resident text, without text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    content jsonb;
BEGIN
    before := before - without;
    after := after - without;
    IF operation = 'UPDATE' THEN
        SELECT jsonb_build_object('old', jsonb_object_agg(o.key, o.value),
                                  'new', jsonb_object_agg(o.key, after -> o.key))
          INTO content FROM jsonb_each(before) o WHERE o.value IS DISTINCT FROM after -> o.key;
        IF content ->> 'old' IS NULL THEN
            RETURN;
        END IF;
    ELSE
        content := coalesce(after, before);
    END IF;
    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
    VALUES (clock_timestamp(), acting_user(), acting_organization(), operation, subject,
            coalesce(after ->> 'id', before ->> 'id', ''),
            CASE WHEN resident <> '' THEN (coalesce(after, before) ->> resident)::uuid END,
            coalesce(current_setting('yigongti.purpose', true), ''), content);
END $$;

-- every column of every row of the batch, in the order of the chain; the time zone is fixed so that text is
CREATE FUNCTION audit_rows_digest(batch bigint) RETURNS bytea LANGUAGE sql STABLE SET TimeZone = 'UTC' AS $$
    SELECT sha256(string_agg(sha256(convert_to(to_jsonb(e)::text, 'UTF8')), ''::bytea ORDER BY e.position, e.id))
    FROM audit_entry e WHERE e.seal_id = batch
$$;
"""

DROP = "DROP FUNCTION audit_rows_digest(bigint); DROP FUNCTION audit_write(text, text, jsonb, jsonb, text, text[]);"
