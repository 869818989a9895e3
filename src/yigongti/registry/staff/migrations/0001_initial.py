import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Practitioner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="工号")),
                ("name", models.CharField(max_length=64, verbose_name="姓名")),
                ("pinyin", models.CharField(blank=True, editable=False, max_length=128, verbose_name="拼音")),
                ("sex", models.CharField(choices=[("1", "男"), ("2", "女")], max_length=1, verbose_name="性别")),
                ("licence", models.CharField(blank=True, max_length=32, verbose_name="执业证号")),
                ("title", models.CharField(blank=True, max_length=32, verbose_name="职称")),
                ("scope", models.CharField(blank=True, max_length=64, verbose_name="执业范围")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="工作电话")),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="practitioner",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "人员",
                "verbose_name_plural": "人员",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("post", models.CharField(max_length=32, verbose_name="岗位")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("employed", "在编在岗"),
                            ("contract", "聘用"),
                            ("dispatched", "派驻"),
                            ("multi-site", "多点执业"),
                        ],
                        default="employed",
                        max_length=16,
                        verbose_name="任用方式",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="organizations.department",
                        verbose_name="科室",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="positions",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="positions",
                        to="staff.practitioner",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
                "verbose_name_plural": "任职",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="practitioner",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="ff8ad7c9c00c4e7eaf8c92f651ee4ad0b922a83c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_a4ac7",
                    table="staff_practitioner",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="position_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("practitioner", "="),
                    ("organization", "="),
                    ("post", "="),
                    (
                        models.Func(
                            models.F("start"),
                            models.F("until"),
                            models.Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="position_once_at_a_time",
                violation_error_message="此人在该机构这一时期已任此岗位",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="position",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="dca745ce092026975073b594588e9241f5652fbc",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_a0fce",
                    table="staff_position",
                    when="AFTER",
                ),
            ),
        ),
    ]
