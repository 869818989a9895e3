from django.db import migrations

from yigongti.kernel.access.row_security import any_of, protect

SEEN = any_of("organization_id = ANY ((SELECT acting_organizations())::bigint[])", "organization_id IS NULL")


class Migration(migrations.Migration):
    dependencies = [("mllp", "0001_initial")]
    operations = [protect("mllp_inboundmessage", SEEN)]
