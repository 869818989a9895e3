from django.db import migrations

from yigongti.registry.consortia.reach import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("consortia", "0001_initial"), ("organizations", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
