from django.db import migrations

from yigongti.kernel.access.row_security import EVERYTHING, protect
from yigongti.records.exchange.changes.triggers import FUNCTIONS, NO_FUNCTIONS, NO_PERSON, PERSON, followed


class Migration(migrations.Migration):
    dependencies = [
        ("changes", "0001_initial"),
        ("health_record", "0002_row_security"),
        ("residents", "0003_functions"),
    ]
    operations = [
        protect("changes_change", EVERYTHING),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *followed(),
        migrations.RunSQL(PERSON, NO_PERSON),
    ]
