from django.db import migrations

#: the oldest relation of an organisation stays, for all its systems; the others end
ONCE = """
UPDATE residents_carerelation r SET until = now() FROM residents_carerelation o
WHERE r.kind = 'registered' AND o.kind = 'registered' AND r.until IS NULL AND o.until IS NULL
  AND o.resident_id = r.resident_id AND o.organization_id = r.organization_id AND o.id < r.id;
UPDATE residents_carerelation SET source = '' WHERE kind = 'registered' AND until IS NULL AND source <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("residents", "0013_kept")]
    operations = [migrations.RunSQL(ONCE, migrations.RunSQL.noop)]
