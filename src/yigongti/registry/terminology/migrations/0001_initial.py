import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CodeSystem",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="标识")),
                ("name", models.CharField(max_length=128, verbose_name="名称")),
                ("version", models.CharField(blank=True, max_length=32, verbose_name="版本")),
                ("source", models.CharField(blank=True, max_length=256, verbose_name="来源")),
            ],
            options={
                "verbose_name": "代码系统",
                "verbose_name_plural": "代码系统",
            },
        ),
        migrations.CreateModel(
            name="Concept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, verbose_name="代码")),
                ("name", models.CharField(max_length=256, verbose_name="名称")),
                ("initials", models.CharField(blank=True, editable=False, max_length=256, verbose_name="拼音首字母")),
                ("parent_code", models.CharField(blank=True, max_length=32, verbose_name="上级代码")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="concepts",
                        to="terminology.codesystem",
                        verbose_name="代码系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "概念",
                "verbose_name_plural": "概念",
                "ordering": ["code"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name"], name="concept_name_trigram", opclasses=["gin_trgm_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["initials"], name="concept_initials_trigram", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(
                        models.F("system"),
                        django.contrib.postgres.indexes.OpClass("initials", name="varchar_pattern_ops"),
                        name="concept_initials",
                    ),
                    models.Index(
                        models.F("system"),
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("code"), name="text_pattern_ops"
                        ),
                        name="concept_code_prefix",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system", "code"),
                        name="concept_code_once",
                        violation_error_message="该代码系统中已有此代码",
                    )
                ],
            },
        ),
    ]
