from django.db import migrations

from yigongti.kernel.access.row_security import protect
from yigongti.records.health_record.months import AHEAD, BACK, FUNCTIONS, MOVE, PARTITION
from yigongti.records.residents.visibility import visible

NEW = (
    "observation",
    "diagnosticreport",
    "procedure",
    "medicationrequest",
    "medicationdispense",
    "immunization",
    "careplan",
    "familymemberhistory",
)


class Migration(migrations.Migration):
    dependencies = [("health_record", "0005_kinds_of_fhir")]
    operations = [
        migrations.RunSQL(PARTITION + FUNCTIONS),
        migrations.RunSQL(MOVE.format(back=BACK, ahead=AHEAD)),
        *(protect(f"health_record_{table}", visible(f"health_record_{table}")) for table in NEW),
    ]
