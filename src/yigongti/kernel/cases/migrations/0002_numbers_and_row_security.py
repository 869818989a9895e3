from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect, resident_self
from yigongti.kernel.audit.privileges import only_append


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("access", "0002_functions")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE case_number", "DROP SEQUENCE case_number"),
        protect("cases_caseevent", any_of(parties(), resident_self())),
        only_append("cases_caseevent"),
    ]
