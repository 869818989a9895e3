from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect
from yigongti.records.residents.detachment import CREATE, DROP
from yigongti.records.residents.visibility import visible


class Migration(migrations.Migration):
    dependencies = [("residents", "0010_identity_moves")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        protect("residents_identitymove", any_of(parties())),
        protect("residents_moved_row", any_of()),
        protect("residents_formernumber", visible("residents_formernumber")),
    ]
