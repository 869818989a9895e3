from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect
from yigongti.kernel.audit.privileges import only_append
from yigongti.records.residents.visibility import visible


class Migration(migrations.Migration):
    dependencies = [("residents", "0007_index")]
    operations = [
        protect("residents_matchdecision", visible("residents_matchdecision")),
        protect("residents_matchreview", visible("residents_matchreview")),
        protect("residents_residentmerge", any_of(parties())),
        protect("residents_merged_row", any_of()),
        only_append("residents_matchdecision"),
        only_append("residents_matchweights"),
    ]
