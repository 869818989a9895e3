from django.db import migrations

#: a load tells the planner what it wrote before it goes on; only the owner of a table may
CREATE = """
CREATE FUNCTION exchange_analyze_identities() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE residents_sourceidentity;
END $$;
"""
DROP = "DROP FUNCTION exchange_analyze_identities()"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_row_security")]
    operations = [migrations.RunSQL(CREATE, DROP)]
