from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect


def of_plan(table: str) -> str:
    """Rows of a plan that may be seen."""
    return f"EXISTS (SELECT 1 FROM targets_plan p WHERE p.id = {table}.plan_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("targets", "0001_initial"),
        ("audit", "0002_functions"),
        ("cases", "0002_numbers_and_row_security"),
    ]
    operations = [
        protect("targets_plan", any_of(parties())),
        protect("targets_target", any_of(of_plan("targets_target"))),
        protect("targets_targetremark", any_of(of_plan("targets_targetremark"))),
    ]
