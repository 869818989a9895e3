from django.db import migrations

from yigongti.records.residents.moving import ALONG_ALL, DROP_ALONG_ALL


class Migration(migrations.Migration):
    dependencies = [("residents", "0016_said_also")]
    operations = [migrations.RunSQL(ALONG_ALL, DROP_ALONG_ALL)]
