from django.db import migrations

from yigongti.kernel.access.row_security import protect
from yigongti.records.residents.visibility import visible

TABLES = ("encounter", "observation", "condition", "medication", "allergy", "document")


class Migration(migrations.Migration):
    dependencies = [("health_record", "0001_initial"), ("residents", "0002_row_security")]
    operations = [protect(f"health_record_{table}", visible(f"health_record_{table}")) for table in TABLES]
