from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect

OF_ITS_EXTRACT = "EXISTS (SELECT 1 FROM extracts_extract e WHERE e.id = extracts_paper.extract_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("extracts", "0001_initial"),
        ("audit", "0002_functions"),
        ("cases", "0002_numbers_and_row_security"),
    ]
    operations = [
        protect("extracts_extract", any_of(parties())),
        protect("extracts_paper", any_of(OF_ITS_EXTRACT)),
    ]
