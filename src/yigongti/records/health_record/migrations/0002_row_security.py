from django.db import migrations

from yigongti.kernel.access.row_security import protect
from yigongti.records.health_record import months, pointing
from yigongti.records.residents.visibility import visible

TABLES = (
    "allergyintolerance",
    "careplan",
    "condition",
    "diagnosticreport",
    "documentreference",
    "encounter",
    "familymemberhistory",
    "immunization",
    "medicationdispense",
    "medicationrequest",
    "medicationstatement",
    "observation",
    "procedure",
)


class Migration(migrations.Migration):
    dependencies = [("health_record", "0001_initial"), ("residents", "0002_row_security")]
    operations = [
        migrations.RunSQL(months.PARTITION + months.FUNCTIONS),
        migrations.RunSQL(months.FIRST.format(back=months.BACK, ahead=months.AHEAD)),
        migrations.RunSQL(pointing.create(), pointing.drop()),
        *(protect(f"health_record_{table}", visible(f"health_record_{table}")) for table in TABLES),
    ]
