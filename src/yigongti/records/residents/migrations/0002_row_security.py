from django.db import migrations

from yigongti.kernel.access.row_security import protect
from yigongti.records.residents.visibility import visible


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial"), ("access", "0002_functions")]
    operations = [
        protect("residents_resident", visible("residents_resident", "id")),
        *[
            protect(table, visible(table))
            for table in ("residents_contact", "residents_consent", "residents_signedcentre")
        ],
    ]
