from django.db import migrations, models
from django.db.models import Q

TABLES = ("encounter", "observation", "condition", "medication", "allergy", "document")
FILL = "UPDATE health_record_{0} SET voided_at = now() WHERE voided_reason <> ''"


class Migration(migrations.Migration):
    dependencies = [("health_record", "0002_row_security")]
    operations = [
        *(
            migrations.AddField(
                model_name=table,
                name="voided_at",
                field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间"),
            )
            for table in TABLES
        ),
        *(migrations.RunSQL(FILL.format(table), migrations.RunSQL.noop) for table in TABLES),
        *(
            migrations.AddConstraint(
                model_name=table,
                constraint=models.CheckConstraint(
                    condition=Q(voided_reason="", voided_at=None) | (~Q(voided_reason="") & Q(voided_at__isnull=False)),
                    name=f"{table}_void_has_time",
                    violation_error_message="作废要有原因和时间",
                ),
            )
            for table in TABLES
        ),
    ]
