from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect, resident_self
from yigongti.records.privacy import marking, sight


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial"), ("health_record", "0002_row_security"), ("audit", "0002_functions")]
    operations = [
        migrations.RunSQL(marking.create()),
        migrations.RunSQL(sight.create()),
        protect("privacy_hiding", any_of(resident_self())),
        protect(
            "privacy_share",
            any_of(resident_self(), "organization_id = ANY ((SELECT acting_organizations())::bigint[])"),
        ),
        protect("privacy_objection", any_of(parties(), resident_self())),
    ]
