import pgtrigger.migrations
from django.db import migrations

NAMES = {"medication": "MedicationStatement", "allergy": "AllergyIntolerance", "document": "DocumentReference"}


class Migration(migrations.Migration):
    dependencies = [("health_record", "0003_void_time")]
    operations = [
        operation
        for old, new in NAMES.items()
        for operation in (
            pgtrigger.migrations.RemoveTrigger(model_name=old, name="audited"),
            migrations.RenameModel(old.capitalize(), new),
        )
    ]
