from django.db import migrations

from yigongti.kernel.access.row_security import any_of, parties, protect


def of_its_report(table: str) -> str:
    """Rows of a report that is seen."""
    return f"EXISTS (SELECT 1 FROM reporting_report r WHERE r.id = {table}.report_id)"  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0001_initial"),
        ("audit", "0002_functions"),
        ("cases", "0002_numbers_and_row_security"),
    ]
    operations = [
        protect("reporting_report", any_of(parties())),
        protect("reporting_item", any_of(of_its_report("reporting_item"))),
        protect("reporting_evidence", any_of(of_its_report("reporting_evidence"))),
    ]
