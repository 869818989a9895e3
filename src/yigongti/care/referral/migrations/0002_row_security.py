from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect, resident_self


class Migration(migrations.Migration):
    dependencies = [("referral", "0001_initial"), ("access", "0002_functions")]
    operations = [protect("referral_referral", any_of(parties(), resident_self()))]
