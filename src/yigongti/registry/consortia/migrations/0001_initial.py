import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("lead", "牵头单位"),
                            ("branch", "分院"),
                            ("member", "成员单位"),
                            ("partner", "协作单位"),
                        ],
                        max_length=8,
                        verbose_name="角色",
                    ),
                ),
                ("duties", models.TextField(blank=True, verbose_name="职责")),
            ],
            options={
                "verbose_name": "成员",
                "verbose_name_plural": "成员",
                "ordering": ["consortium", "role", "organization"],
            },
        ),
        migrations.CreateModel(
            name="SharedCentre",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("imaging", "影像诊断中心"),
                            ("ecg", "心电诊断中心"),
                            ("laboratory", "医学检验中心"),
                            ("pathology", "病理诊断中心"),
                            ("consultation", "远程会诊中心"),
                            ("sterile-supply", "消毒供应中心"),
                            ("emergency", "急救中心"),
                            ("chest-pain", "胸痛中心"),
                            ("stroke", "卒中中心"),
                            ("trauma", "创伤中心"),
                            ("newborn", "危重新生儿救治中心"),
                            ("maternal", "危重孕产妇救治中心"),
                            ("pharmacy", "中心药房"),
                        ],
                        max_length=16,
                        verbose_name="中心",
                    ),
                ),
            ],
            options={
                "verbose_name": "共享中心",
                "verbose_name_plural": "共享中心",
                "ordering": ["consortium", "kind"],
            },
        ),
        migrations.CreateModel(
            name="Assistance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("speciality", models.CharField(blank=True, max_length=64, verbose_name="专科")),
                ("form", models.CharField(blank=True, max_length=128, verbose_name="帮扶形式")),
                (
                    "helped",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assistance_received",
                        to="organizations.organization",
                        verbose_name="受援机构",
                    ),
                ),
                (
                    "helper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assistance_given",
                        to="organizations.organization",
                        verbose_name="帮扶医院",
                    ),
                ),
            ],
            options={
                "verbose_name": "帮扶关系",
                "verbose_name_plural": "帮扶关系",
            },
        ),
        migrations.CreateModel(
            name="Consortium",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=128, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("urban", "城市医联体（1+X）"),
                            ("urban-group", "城市医疗集团"),
                            ("urban-rural", "城乡医联体"),
                            ("county", "县域医疗卫生共同体"),
                            ("district", "区域紧密型医共体"),
                            ("specialist", "专科联盟"),
                            ("telemedicine", "远程医疗协作网"),
                        ],
                        max_length=16,
                        verbose_name="组建形式",
                    ),
                ),
                (
                    "tightness",
                    models.CharField(
                        choices=[("tight", "紧密型"), ("loose", "松散型")], max_length=8, verbose_name="紧密程度"
                    ),
                ),
                ("area_code", models.CharField(blank=True, max_length=12, verbose_name="行政区划代码")),
                ("speciality", models.CharField(blank=True, max_length=64, verbose_name="专科")),
                ("description", models.TextField(blank=True, verbose_name="简介")),
            ],
            options={
                "verbose_name": "医共体",
                "verbose_name_plural": "医共体",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                        name="consortium_period_in_order",
                        violation_error_message="结束日期应晚于开始日期",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consortium",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="6a8f701371bb6814d23f16d893f76242252adf63",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_54076",
                    table="consortia_consortium",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="consortium",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="memberships",
                to="consortia.consortium",
                verbose_name="医共体",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="organizations.organization",
                verbose_name="机构",
            ),
        ),
        migrations.AddField(
            model_name="sharedcentre",
            name="consortium",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="centres",
                to="consortia.consortium",
                verbose_name="医共体",
            ),
        ),
        migrations.AddField(
            model_name="sharedcentre",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="centres",
                to="organizations.organization",
                verbose_name="承办机构",
            ),
        ),
        migrations.AddConstraint(
            model_name="assistance",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="assistance_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="assistance",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("helper", "="),
                    ("helped", "="),
                    ("speciality", "="),
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
                name="assistance_once_at_a_time",
                violation_error_message="这一时期已有同一专科的帮扶关系",
            ),
        ),
        migrations.AddConstraint(
            model_name="assistance",
            constraint=models.CheckConstraint(
                condition=models.Q(("helper", models.F("helped")), _negated=True),
                name="assistance_not_to_itself",
                violation_error_message="帮扶医院与受援机构不能是同一家",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="assistance",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="06fedea5dc3f3b2ccebe138bbb23fb60d8a9cf9f",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_9971e",
                    table="consortia_assistance",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="membership_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("consortium", "="),
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
                name="membership_once_at_a_time",
                violation_error_message="该机构在这一时期已是成员",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("role", "lead")),
                expressions=[
                    ("consortium", "="),
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
                name="membership_one_lead_at_a_time",
                violation_error_message="这一时期已有牵头单位",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="a9e4a35c37475b8b9018a24d0b771117019db758",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_2f8fc",
                    table="consortia_membership",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedcentre",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="centre_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedcentre",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("consortium", "="),
                    ("kind", "="),
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
                name="centre_once_at_a_time",
                violation_error_message="该机构在这一时期已承办此中心",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sharedcentre",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="c801dc8962915e85acebc6cc883dcf5badce8926",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_04de6",
                    table="consortia_sharedcentre",
                    when="AFTER",
                ),
            ),
        ),
    ]
