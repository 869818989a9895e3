from django.db import migrations

from yigongti.kernel.access.functions import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
