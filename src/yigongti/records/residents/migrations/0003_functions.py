from django.db import migrations

from yigongti.records.residents.functions import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("residents", "0002_row_security"), ("audit", "0002_functions")]
    operations = [migrations.RunSQL(CREATE, DROP)]
