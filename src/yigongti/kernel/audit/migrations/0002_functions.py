from django.db import migrations

from yigongti.kernel.audit.functions import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
