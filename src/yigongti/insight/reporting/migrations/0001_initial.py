import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="编号")),
                ("workflow", models.CharField(max_length=32, verbose_name="流程")),
                ("state", models.CharField(max_length=32, verbose_name="状态")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("happened", models.PositiveIntegerField(default=0, verbose_name="步骤数")),
                ("last_key", models.UUIDField(null=True, verbose_name="最近请求")),
                (
                    "priority",
                    models.CharField(
                        choices=[("red", "红（危急）"), ("yellow", "黄（优先）"), ("green", "绿（常规）")],
                        default="green",
                        max_length=8,
                        verbose_name="紧急程度",
                    ),
                ),
                (
                    "parties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="可见机构"
                    ),
                ),
                ("owner_permission", models.CharField(blank=True, default="", max_length=32, verbose_name="待办岗位")),
                ("opened_at", models.DateTimeField(verbose_name="发起时间")),
                ("entered_at", models.DateTimeField(verbose_name="进入本状态时间")),
                ("due_at", models.DateTimeField(null=True, verbose_name="时限")),
                ("next_alarm_at", models.DateTimeField(null=True, verbose_name="下次提醒")),
                ("alarms", models.PositiveSmallIntegerField(default=0, verbose_name="已提醒次数")),
                ("clock_left", models.DurationField(null=True, verbose_name="暂停时剩余")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("plan", models.CharField(max_length=64, verbose_name="填报计划")),
                ("set", models.CharField(max_length=64, verbose_name="指标集")),
                ("title", models.CharField(max_length=128, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("organization", "机构"),
                            ("centre", "中心（含下属站点）"),
                            ("consortium", "医共体"),
                            ("county", "县区"),
                            ("all", "全部"),
                        ],
                        max_length=16,
                        verbose_name="层次",
                    ),
                ),
                ("unit", models.CharField(max_length=24, verbose_name="统计单位")),
                ("unit_name", models.CharField(max_length=128, verbose_name="单位名称")),
                ("place", models.CharField(blank=True, max_length=6, verbose_name="县区")),
                (
                    "period_type",
                    models.CharField(
                        choices=[("month", "月"), ("quarter", "季"), ("year", "年")],
                        max_length=8,
                        verbose_name="时期类型",
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                ("ends_on", models.DateField(verbose_name="时期末日")),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="版次")),
                ("editions", models.PositiveSmallIntegerField(default=1, verbose_name="版次数")),
                ("accepted_edition", models.PositiveSmallIntegerField(default=0, verbose_name="已接受的版次")),
                ("asked", models.PositiveSmallIntegerField(default=0, verbose_name="应填")),
                ("filled", models.PositiveSmallIntegerField(default=0, verbose_name="已填")),
                (
                    "authors",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="填写的账号"
                    ),
                ),
                (
                    "correcting",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None, verbose_name="更正的指标"
                    ),
                ),
                ("policy_hash", models.CharField(blank=True, max_length=64, verbose_name="定义版本")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="接受时间")),
                ("urged_at", models.DateTimeField(null=True, verbose_name="催报时间")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="审核意见")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "counterpart_organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="对方机构",
                    ),
                ),
                (
                    "home_organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="发起机构",
                    ),
                ),
                (
                    "owner_organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="待办机构",
                    ),
                ),
                (
                    "owner_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提交人",
                    ),
                ),
            ],
            options={
                "verbose_name": "指标填报",
                "verbose_name_plural": "指标填报",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("edition", models.PositiveSmallIntegerField(verbose_name="版次")),
                ("item", models.CharField(max_length=64, verbose_name="指标")),
                ("numerator", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="分子")),
                ("denominator", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="分母")),
                ("value", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="数值")),
                ("absent", models.BooleanField(default=False, verbose_name="本期无数据")),
                ("answers", models.JSONField(default=list, verbose_name="评判")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("entered_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="填写时间")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "未审"), ("accepted", "接受"), ("returned", "退回")],
                        default="",
                        max_length=8,
                        verbose_name="审核",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="退回原因")),
                ("judged_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
                (
                    "judged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="reporting.report",
                        verbose_name="填报",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报的指标",
                "verbose_name_plural": "填报的指标",
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=64, verbose_name="指标")),
                ("edition", models.PositiveSmallIntegerField(verbose_name="加入的版次")),
                ("removed_in", models.PositiveSmallIntegerField(null=True, verbose_name="移出的版次")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("media_type", models.CharField(max_length=80, verbose_name="格式")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("added_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="上传时间")),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="reporting.report",
                        verbose_name="填报",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报的佐证材料",
                "verbose_name_plural": "填报的佐证材料",
                "ordering": ["added_at", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="report_work",
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="report_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["resident", "-opened_at"], name="report_resident"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="report_parties"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["-ends_on", "set"], name="report_newest"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True),
                        ("owner_organization__isnull", False),
                        models.Q(("owner_permission", ""), _negated=True),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("due_at__isnull", True),
                        ("next_alarm_at__isnull", True),
                        ("owner_organization__isnull", True),
                        ("owner_permission", ""),
                    ),
                    _connector="OR",
                ),
                name="report_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "excused"), _negated=True),
                fields=("home_organization", "set", "level", "unit", "period"),
                name="report_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_by", None),
                    models.Q(("accepted_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="report_second_person",
                violation_error_message="审核的人不能是填报的人",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("edition__gte", 1),
                    ("editions__gte", models.F("edition")),
                    ("accepted_edition__lte", models.F("edition")),
                ),
                name="report_editions_in_order",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="report",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="17953eeaf5ab04dba3b6b9b343e130cfd3aa1233",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_11192",
                    table="reporting_report",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("report", "edition", "item"), name="report_item_once"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("absent", True), _negated=True),
                    models.Q(("denominator", None), ("numerator", None), ("value", None)),
                    _connector="OR",
                ),
                name="report_item_absent_has_no_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict", "returned"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="report_item_returned_why",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="item",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="c2d07986b598337e4b61641531ede1260cd7bf4a",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_08a76",
                    table="reporting_item",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["report", "item"], name="evidence_item"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evidence",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{content}');\n            RETURN NULL;\n        ",
                    hash="9371b80e408266dd18a6f1b872da882456f47ff3",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_67ed4",
                    table="reporting_evidence",
                    when="AFTER",
                ),
            ),
        ),
    ]
