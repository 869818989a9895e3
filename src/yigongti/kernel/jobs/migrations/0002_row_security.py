from django.db import migrations

from yigongti.kernel.access.row_security import any_of, protect


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("access", "0002_functions")]
    operations = [protect("jobs_job", any_of("user_id = (SELECT acting_user())"))]
