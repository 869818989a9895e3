from django.db import migrations

from yigongti.kernel.access.row_security import any_of, protect
from yigongti.kernel.audit.privileges import only_append
from yigongti.records.residents.visibility import visible

OF_ITS_IDENTITY = """EXISTS (SELECT 1 FROM residents_sourceidentity identity
    WHERE identity.id = residents_sourceidentityversion.identity_id)"""


class Migration(migrations.Migration):
    dependencies = [("residents", "0004_source_identity")]
    operations = [
        protect("residents_sourceidentity", visible("residents_sourceidentity")),
        protect("residents_sourceidentityversion", any_of(OF_ITS_IDENTITY)),
        only_append("residents_sourceidentityversion"),
    ]
