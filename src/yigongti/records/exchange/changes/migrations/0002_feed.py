from django.db import migrations

from yigongti.kernel.access.row_security import EVERYTHING, protect
from yigongti.records.exchange.changes.triggers import FUNCTIONS, NO_FUNCTIONS, followed


class Migration(migrations.Migration):
    dependencies = [
        ("changes", "0001_initial"),
        ("health_record", "0007_received"),
        ("residents", "0005_source_identity_row_security"),
    ]
    operations = [
        protect("changes_change", EVERYTHING),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *followed(),
    ]
