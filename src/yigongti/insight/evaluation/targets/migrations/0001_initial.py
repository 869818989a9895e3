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
        ("consortia", "0001_initial"),
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Plan",
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
                ("policy", models.CharField(max_length=96, verbose_name="规则")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="规则版本")),
                ("texts", models.JSONField(default=dict, verbose_name="规则存本")),
                ("title", models.CharField(max_length=160, verbose_name="名称")),
                (
                    "period_type",
                    models.CharField(
                        choices=[("quarter", "季度"), ("year", "年度")], max_length=8, verbose_name="时期类型"
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                ("base", models.CharField(max_length=8, verbose_name="人数取自")),
                (
                    "participants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="机构"
                    ),
                ),
                ("totals", models.JSONField(default=dict, verbose_name="总量")),
                ("snapshot", models.CharField(blank=True, max_length=64, verbose_name="快照")),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "consortium",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consortia.consortium",
                        verbose_name="医共体",
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
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="定稿人",
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
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="拟定人",
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
            ],
            options={
                "verbose_name": "服务目标",
                "verbose_name_plural": "服务目标",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit", models.CharField(max_length=24, verbose_name="统计单位")),
                ("item", models.CharField(max_length=64, verbose_name="项目")),
                ("factors", models.JSONField(default=dict, verbose_name="因素")),
                ("share", models.DecimalField(decimal_places=10, default=0, max_digits=12, verbose_name="份额")),
                ("proposed", models.PositiveIntegerField(verbose_name="建议")),
                ("revised", models.PositiveIntegerField(null=True, verbose_name="修改后")),
                ("decided", models.PositiveIntegerField(null=True, verbose_name="定稿")),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="targets.plan",
                        verbose_name="计划",
                    ),
                ),
            ],
            options={
                "verbose_name": "中心目标",
                "verbose_name_plural": "中心目标",
                "ordering": ["unit", "item"],
            },
        ),
        migrations.CreateModel(
            name="TargetRemark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "round",
                    models.PositiveSmallIntegerField(choices=[(1, "第一轮"), (2, "第二轮")], verbose_name="轮次"),
                ),
                ("item", models.CharField(blank=True, max_length=64, verbose_name="项目")),
                ("wanted", models.PositiveIntegerField(null=True, verbose_name="建议值")),
                ("text", models.TextField(blank=True, verbose_name="意见")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                ("reply", models.TextField(blank=True, verbose_name="答复")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="targets.plan",
                        verbose_name="计划",
                    ),
                ),
            ],
            options={
                "verbose_name": "目标意见",
                "verbose_name_plural": "目标意见",
                "ordering": ["made_at"],
            },
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="plan_work",
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="plan_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["resident", "-opened_at"], name="plan_resident"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="plan_parties"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["-opened_at"], name="plan_newest"),
        ),
        migrations.AddConstraint(
            model_name="plan",
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
                name="plan_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(("approved_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="plan_second_person",
                violation_error_message="批准的人不能是定稿的人",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("policy", "period", "consortium"),
                name="plan_once",
                violation_error_message="这一时期已有同一规则的目标",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plan",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="f2e0ad614e7c6aebb203286ea914959fb1f217c8",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_030b8",
                    table="targets_plan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.UniqueConstraint(fields=("plan", "unit", "item"), name="target_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="target",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="8ce15b8e94122c8393790d96515f8a0c9b465d98",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_75129",
                    table="targets_target",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="targetremark",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="f787e2d6785b5a4d79f10b5cb1d2c20ab0878b9c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_6c676",
                    table="targets_targetremark",
                    when="AFTER",
                ),
            ),
        ),
    ]
