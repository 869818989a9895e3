from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect, resident_self
from yigongti.records.residents.visibility import visible

#: whoever sees the referral sees what the criteria say of it
SEEN = any_of("EXISTS (SELECT 1 FROM referral_referral r WHERE r.id = referral_readiness.referral_id)")


class Migration(migrations.Migration):
    dependencies = [("referral", "0001_initial"), ("residents", "0002_row_security")]
    operations = [
        protect("referral_referral", any_of(parties(), resident_self())),
        protect("referral_decision", visible("referral_decision")),
        protect("referral_readiness", SEEN),
    ]
