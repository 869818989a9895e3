from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect

OF_ITS_LOAD = "EXISTS (SELECT 1 FROM exchange_load l WHERE l.id = exchange_rejectedrow.load_id)"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]
    operations = [
        protect("exchange_load", any_of(parties())),
        protect("exchange_rejectedrow", any_of(OF_ITS_LOAD)),
    ]
