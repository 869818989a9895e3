import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("consortia", "0001_initial"),
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Formulary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=128, verbose_name="名称")),
                (
                    "consortium",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="formulary",
                        to="consortia.consortium",
                        verbose_name="医共体",
                    ),
                ),
                (
                    "organization",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="formulary",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "用药目录",
                "verbose_name_plural": "用药目录",
            },
        ),
        migrations.CreateModel(
            name="Drug",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("name", models.CharField(max_length=128, verbose_name="通用名")),
                ("aliases", models.CharField(blank=True, max_length=256, verbose_name="别名")),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=128),
                        default=list,
                        editable=False,
                        size=None,
                        verbose_name="识别名",
                    ),
                ),
                ("pinyin", models.CharField(blank=True, editable=False, max_length=256, verbose_name="拼音")),
                ("national_code", models.CharField(blank=True, max_length=32, verbose_name="国家药品编码")),
                ("dosage_form", models.CharField(max_length=32, verbose_name="剂型")),
                ("specification", models.CharField(max_length=64, verbose_name="规格")),
                ("atc", models.CharField(blank=True, max_length=8, verbose_name="ATC 编码")),
                ("category", models.CharField(blank=True, max_length=64, verbose_name="类别")),
                ("essential", models.BooleanField(default=False, verbose_name="国家基本药物")),
                ("source", models.CharField(blank=True, max_length=256, verbose_name="依据")),
                ("stopped_because", models.CharField(blank=True, max_length=256, verbose_name="停用原因")),
                (
                    "formulary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drugs",
                        to="catalogue.formulary",
                        verbose_name="目录",
                    ),
                ),
            ],
            options={
                "verbose_name": "目录药品",
                "verbose_name_plural": "目录药品",
                "ordering": ["name", "specification"],
            },
        ),
        migrations.CreateModel(
            name="Supply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("stopped_because", models.CharField(blank=True, max_length=256, verbose_name="停用原因")),
                (
                    "drug",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="catalogue.drug",
                        verbose_name="药品",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="配备机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "药品配备",
                "verbose_name_plural": "药品配备",
            },
        ),
        migrations.AddConstraint(
            model_name="formulary",
            constraint=models.CheckConstraint(
                condition=models.Q(("consortium__isnull", True), ("organization__isnull", True), _connector="XOR"),
                name="formulary_of_one",
                violation_error_message="用药目录属于一个医共体，或属于一家机构",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="formulary",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="9d8a94a513e2fe802d33e7f43f92cd4984a56968",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_0edae",
                    table="catalogue_formulary",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="drug",
            index=django.contrib.postgres.indexes.GinIndex(fields=["names"], name="drug_names"),
        ),
        migrations.AddConstraint(
            model_name="drug",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="drug_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="drug",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("formulary", "="),
                    ("name", "="),
                    ("specification", "="),
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
                name="drug_once_at_a_time",
                violation_error_message="目录里已有这一品种和规格",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drug",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{names,pinyin}');\n            RETURN NULL;\n        ",
                    hash="2ac7073fdb434c0195de57dec0f76012e10dfcf7",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_52cae",
                    table="catalogue_drug",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="supply_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("drug", "="),
                    ("organization", "="),
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
                name="supply_once_at_a_time",
                violation_error_message="该机构在这一时期已配备此药",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supply",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="de595624ef74aa6447406b2cef234275a507e486",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_2e7ba",
                    table="catalogue_supply",
                    when="AFTER",
                ),
            ),
        ),
    ]
