"""The SQL of this room: our own numbers of people, and who may be found before there is a relation."""

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

CREATE = NUMBER + AT_DESK
DROP = """
DROP FUNCTION residents_at_desk(bytea[], uuid[]); DROP FUNCTION resident_number(); DROP SEQUENCE resident_number;
"""
