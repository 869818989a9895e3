"""Append-only by privilege too: the role that serves people cannot even try to change or empty these tables."""

from django.db import migrations

REVOKE = """
DO $$
DECLARE
    app text;
BEGIN
    FOR app IN SELECT DISTINCT a.grantee::regrole::text
                 FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
                WHERE c.oid = '{table}'::regclass AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %s', app);
        {granted}
    END LOOP;
END $$
"""
GRANT = "EXECUTE format('GRANT UPDATE ({columns}) ON {table} TO %s', app);"


def only_append(table: str, *columns: str) -> migrations.RunSQL:
    """Leave everyone but the owner INSERT and SELECT on ``table``, and UPDATE of ``columns`` alone."""
    granted = GRANT.format(columns=", ".join(columns), table=table) if columns else ""
    return migrations.RunSQL(REVOKE.format(table=table, granted=granted), migrations.RunSQL.noop)
