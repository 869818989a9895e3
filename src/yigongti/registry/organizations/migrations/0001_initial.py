import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.clock
import yigongti.registry.terminology.shipped
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="机构代码")),
                ("credit_code", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
                ("name", models.CharField(max_length=128, verbose_name="名称")),
                ("short_name", models.CharField(blank=True, max_length=32, verbose_name="简称")),
                ("pinyin", models.CharField(blank=True, editable=False, max_length=256, verbose_name="拼音")),
                (
                    "institution_class",
                    models.CharField(
                        blank=True,
                        choices=yigongti.registry.terminology.shipped.institution_classes,
                        max_length=8,
                        verbose_name="机构类别（WS 218）",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=yigongti.registry.terminology.shipped.hospital_levels,
                        max_length=8,
                        verbose_name="医院等级",
                    ),
                ),
                (
                    "management_type",
                    models.CharField(
                        blank=True,
                        choices=yigongti.registry.terminology.shipped.management_types,
                        max_length=8,
                        verbose_name="分类管理",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("village", "村（站）级"),
                            ("township", "乡镇（社区）级"),
                            ("county", "县区级"),
                            ("city", "市级及以上"),
                            ("support", "支撑机构"),
                            ("authority", "行政管理部门"),
                        ],
                        max_length=16,
                        verbose_name="层级",
                    ),
                ),
                ("area_code", models.CharField(blank=True, max_length=12, verbose_name="行政区划代码")),
                ("address", models.CharField(blank=True, max_length=256, verbose_name="地址")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="电话")),
                (
                    "longitude",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="经度"),
                ),
                (
                    "latitude",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=8, null=True, verbose_name="纬度"),
                ),
                ("beds", models.PositiveIntegerField(default=0, verbose_name="编制床位")),
                ("on_platform", models.BooleanField(default=True, verbose_name="使用本平台")),
                ("opened_on", models.DateField(default=yigongti.kernel.clock.today, verbose_name="设立日期")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                (
                    "part_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="organizations.organization",
                        verbose_name="上级机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构",
                "verbose_name_plural": "机构",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=16, verbose_name="诊疗科目代码")),
                ("name", models.CharField(max_length=64, verbose_name="名称")),
                ("accepts_referrals", models.BooleanField(default=True, verbose_name="接收转诊")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="电话")),
                ("opened_on", models.DateField(default=yigongti.kernel.clock.today, verbose_name="开设日期")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="停办日期")),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departments",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "科室",
                "verbose_name_plural": "科室",
                "ordering": ["organization", "code"],
            },
        ),
        migrations.CreateModel(
            name="CareFunction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("village", "村（站）级"),
                            ("township", "乡镇（社区）级"),
                            ("county", "县区级"),
                            ("city", "市级及以上"),
                            ("support", "支撑机构"),
                            ("authority", "行政管理部门"),
                        ],
                        max_length=16,
                        verbose_name="层级",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("disease", "病种"), ("service", "服务")], max_length=8, verbose_name="类别"
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=16, verbose_name="代码")),
                ("name", models.CharField(max_length=64, verbose_name="病种或服务")),
                (
                    "extent",
                    models.CharField(
                        choices=[
                            ("treat", "本级诊治"),
                            ("continue", "接续治疗和康复"),
                            ("first-aid", "初步处置后转诊"),
                            ("refer", "直接转诊"),
                        ],
                        max_length=16,
                        verbose_name="职责",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=256, verbose_name="依据")),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="functions",
                        to="organizations.organization",
                        verbose_name="机构（空：整个层级）",
                    ),
                ),
            ],
            options={
                "verbose_name": "功能定位",
                "verbose_name_plural": "功能定位",
                "ordering": ["tier", "kind", "name"],
            },
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_on__isnull", True), ("closed_on__gt", models.F("opened_on")), _connector="OR"
                ),
                name="organization_closed_after_opened",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("part_of", models.F("id")), _negated=True),
                name="organization_not_part_of_itself",
                violation_error_message="机构不能是自己的上级",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="477fa1f156b72499946bd8945d9f72cec158c75d",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_6db63",
                    table="organizations_organization",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_on__isnull", True), ("closed_on__gt", models.F("opened_on")), _connector="OR"
                ),
                name="department_closed_after_opened",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("organization", "="),
                    ("name", "="),
                    (
                        models.Func(
                            models.F("opened_on"),
                            models.F("closed_on"),
                            models.Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="department_name_once_at_a_time",
                violation_error_message="本机构同一时期已有同名科室",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="department",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="41d7c0a72a143f256833dbf2fb30ccbd22e8057a",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_f69e0",
                    table="organizations_department",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="carefunction",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="function_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="carefunction",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("tier", "="),
                    ("kind", "="),
                    ("code", "="),
                    ("name", "="),
                    (django.db.models.functions.comparison.Coalesce(models.F("organization"), models.Value(0)), "="),
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
                name="function_once_at_a_time",
                violation_error_message="同一层级（或机构）在这一时期对此病种或服务已有定位",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="carefunction",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="efbf1cb6070f1c299d1c86d7bc0f7ae72a50a9c1",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_46965",
                    table="organizations_carefunction",
                    when="AFTER",
                ),
            ),
        ),
    ]
