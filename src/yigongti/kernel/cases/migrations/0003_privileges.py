from django.db import migrations

from yigongti.kernel.audit.privileges import only_append


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_numbers_and_row_security")]
    operations = [only_append("cases_caseevent")]
