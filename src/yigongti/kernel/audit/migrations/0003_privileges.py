from django.db import migrations

from yigongti.kernel.audit.privileges import only_append


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_functions")]
    operations = [only_append("audit_entry", "position", "seal_id"), only_append("audit_seal")]
