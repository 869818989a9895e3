import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.clock
import yigongti.registry.sheets.models
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Load",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.registry.sheets.models.new_key,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sheet", models.CharField(max_length=32, verbose_name="表")),
                ("filename", models.CharField(max_length=255, verbose_name="文件")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("organization_id", models.BigIntegerField(blank=True, null=True, verbose_name="经办机构")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "待预检"),
                            ("checked", "已预检"),
                            ("applied", "已导入"),
                            ("discarded", "已放弃"),
                        ],
                        default="checked",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("read", models.PositiveIntegerField(default=0, verbose_name="读入")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="新增")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="更新")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="未变")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="退回")),
                ("rejections", models.JSONField(blank=True, default=list, verbose_name="退回原因")),
                ("ignored", models.JSONField(blank=True, default=list, verbose_name="未识别的列")),
                ("report", models.BinaryField(null=True, verbose_name="退回的行")),
                ("checked_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="预检时间")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="导入时间")),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="后台任务",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "批量导入",
                "verbose_name_plural": "批量导入",
                "ordering": ["-checked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "read",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("added"), "+", models.F("changed")
                                        ),
                                        "+",
                                        models.F("unchanged"),
                                    ),
                                    "+",
                                    models.F("rejected"),
                                ),
                            )
                        ),
                        name="load_every_line_accounted_for",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="load",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{content,rejections,report}');\n            RETURN NULL;\n        ",
                    hash="76b06c84475b3e4d9e9432bbfd43059f031671c7",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_b1e05",
                    table="sheets_load",
                    when="AFTER",
                ),
            ),
        ),
    ]
