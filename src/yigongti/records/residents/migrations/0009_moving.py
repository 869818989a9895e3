from django.db import migrations

from yigongti.records.residents.moving import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("residents", "0008_index_row_security")]
    operations = [migrations.RunSQL(CREATE, DROP)]
