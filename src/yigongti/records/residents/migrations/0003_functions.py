from django.db import migrations

from yigongti.records.residents import detachment, functions, moving, said

#: after a portion of a load the planner is told what it wrote; only the owner of a table may
ANALYZE = """
CREATE FUNCTION residents_analyze() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE residents_sourceidentity, residents_resident;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("residents", "0002_row_security"), ("audit", "0002_functions")]
    operations = [
        migrations.RunSQL(functions.CREATE, functions.DROP),
        migrations.RunSQL(moving.CREATE, moving.DROP),
        migrations.RunSQL(detachment.CREATE, detachment.DROP),
        migrations.RunSQL(ANALYZE, "DROP FUNCTION residents_analyze()"),
        migrations.RunSQL(said.CREATE, said.DROP),
        migrations.RunSQL(moving.ALONG_ALL, moving.DROP_ALONG_ALL),
    ]
