from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect


class Migration(migrations.Migration):
    dependencies = [
        ("alarms", "0001_initial"),
        ("audit", "0002_functions"),
        ("cases", "0002_numbers_and_row_security"),
    ]
    operations = [
        protect("alarms_alarm", any_of(parties())),
    ]
