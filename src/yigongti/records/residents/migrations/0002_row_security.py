from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect
from yigongti.kernel.audit.privileges import only_append
from yigongti.records.residents.visibility import visible

OF_ITS_IDENTITY = """EXISTS (SELECT 1 FROM residents_sourceidentity identity
    WHERE identity.id = residents_sourceidentityversion.identity_id)"""
OF_A_RESIDENT = ("contact", "consent", "signedcentre", "sourceidentity", "matchdecision", "matchreview", "formernumber")
CASES = ("residentmerge", "identitymove")
#: only the machine reads them: what moved with a person, and blind indexes
OF_NOBODY = ("merged_row", "moved_row", "saidalso")
KEPT = ("sourceidentityversion", "matchdecision", "matchweights")


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial"), ("access", "0002_functions")]
    operations = [
        protect("residents_resident", visible("residents_resident", "id")),
        protect("residents_sourceidentityversion", any_of(OF_ITS_IDENTITY)),
        *(protect(f"residents_{table}", visible(f"residents_{table}")) for table in OF_A_RESIDENT),
        *(protect(f"residents_{table}", any_of(parties())) for table in CASES),
        *(protect(f"residents_{table}", any_of()) for table in OF_NOBODY),
        *(only_append(f"residents_{table}") for table in KEPT),
    ]
