import django.db.models.deletion
from django.db import migrations, models

from yigongti.kernel.access.row_security import any_of, protect
from yigongti.records.residents.said import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("residents", "0015_identities_audited_together")]
    operations = [
        migrations.CreateModel(
            name="SaidAlso",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("name", "姓名"), ("phone", "电话")], max_length=8, verbose_name="是什么"
                    ),
                ),
                ("value_index", models.BinaryField(db_index=True, verbose_name="盲索引")),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="said_also",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
                    ),
                ),
            ],
            options={
                "verbose_name": "来源另说的姓名和电话",
                "verbose_name_plural": "来源另说的姓名和电话",
                "constraints": [
                    models.UniqueConstraint(fields=["identity", "kind", "value_index"], name="said_also_once")
                ],
            },
        ),
        protect("residents_saidalso", any_of()),
        migrations.RunSQL(CREATE, DROP),
    ]
