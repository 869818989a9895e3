from django.db import migrations

from yigongti.kernel.audit.functions import CREATE, DROP
from yigongti.kernel.audit.privileges import only_append


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        only_append("audit_entry", "position", "seal_id"),
        only_append("audit_seal"),
    ]
