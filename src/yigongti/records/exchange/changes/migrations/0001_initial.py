import django.contrib.postgres.fields
from django.db import migrations, models

from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("resident_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "居民的修改时间",
                "verbose_name_plural": "居民的修改时间",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("transaction", models.BigIntegerField(verbose_name="事务号")),
                ("position", models.BigIntegerField(null=True, verbose_name="位置")),
                ("kind", models.CharField(max_length=32, verbose_name="资源")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("created", "新增"),
                            ("corrected", "更正后的新版本"),
                            ("replaced", "已被更正取代"),
                            ("voided", "作废"),
                            ("updated", "修改"),
                        ],
                        max_length=16,
                        verbose_name="动作",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "rows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None, verbose_name="行"
                    ),
                ),
                (
                    "residents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None, verbose_name="居民"
                    ),
                ),
                (
                    "versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None, verbose_name="版本"
                    ),
                ),
            ],
            options={
                "verbose_name": "变更",
                "verbose_name_plural": "变更",
                "indexes": [
                    models.Index(
                        condition=models.Q(("position", None)), fields=["transaction", "id"], name="change_unsealed"
                    ),
                    models.Index(fields=["at"], name="change_at"),
                ],
                "constraints": [models.UniqueConstraint(fields=("position",), name="change_position_once")],
            },
        ),
    ]
