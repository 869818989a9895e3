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
        ("results", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=8, verbose_name="最近的月份")),
                ("policy", models.CharField(max_length=64, verbose_name="规则版本")),
                ("at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                ("opened", models.PositiveIntegerField(default=0, verbose_name="新的提示")),
                ("recovered", models.PositiveIntegerField(default=0, verbose_name="恢复")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.run",
                        verbose_name="计算",
                    ),
                ),
            ],
            options={
                "verbose_name": "预警判断",
                "verbose_name_plural": "预警判断",
            },
        ),
        migrations.CreateModel(
            name="Alarm",
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
                ("title", models.CharField(max_length=200, verbose_name="指标名称")),
                ("place", models.CharField(blank=True, max_length=6, verbose_name="县区")),
                (
                    "type",
                    models.CharField(
                        choices=[("month", "月"), ("quarter", "季"), ("year", "年")],
                        max_length=8,
                        verbose_name="时期类型",
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("beyond-low", "低于控制下限"),
                            ("beyond-high", "高于控制上限"),
                            ("run-low", "连续低于中心线"),
                            ("run-high", "连续高于中心线"),
                            ("threshold-low", "低于界值"),
                            ("threshold-high", "高于界值"),
                        ],
                        max_length=16,
                        verbose_name="原因",
                    ),
                ),
                ("rule", models.CharField(max_length=64, verbose_name="规则")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="规则版本")),
                ("value", models.DecimalField(decimal_places=6, max_digits=28, verbose_name="数值")),
                ("numerator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分子")),
                ("denominator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分母")),
                ("measured_in", models.CharField(blank=True, max_length=32, verbose_name="单位")),
                ("decimals", models.PositiveSmallIntegerField(default=2, verbose_name="小数位")),
                ("factor", models.DecimalField(decimal_places=6, default=1, max_digits=18, verbose_name="系数")),
                (
                    "chart",
                    models.CharField(
                        choices=[
                            ("p", "p 控制图（率）"),
                            ("u", "u 控制图（每单位次数）"),
                            ("xmr", "XmR 控制图（单值）"),
                            ("none", "无"),
                        ],
                        max_length=4,
                        verbose_name="控制图",
                    ),
                ),
                ("span", models.PositiveSmallIntegerField(default=24, verbose_name="基线至多几期")),
                ("baseline", models.PositiveSmallIntegerField(default=0, verbose_name="基线期数")),
                ("centre", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="中心线")),
                ("spread", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="标准差")),
                ("lower", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="下限")),
                ("upper", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="上限")),
                ("limit", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="界值")),
                ("during", models.PositiveSmallIntegerField(default=1, verbose_name="连续期数")),
                ("recover", models.PositiveSmallIntegerField(default=2, verbose_name="恢复期数")),
                ("action", models.TextField(blank=True, verbose_name="打算怎样办")),
                ("planned_on", models.DateField(blank=True, null=True, verbose_name="计划完成")),
                ("reason", models.CharField(blank=True, max_length=32, verbose_name="不处理的理由")),
                ("outcome", models.TextField(blank=True, verbose_name="结果")),
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
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.measure",
                        verbose_name="指标",
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
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.run",
                        verbose_name="由哪次计算",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="results.unit",
                        verbose_name="统计单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "预警提示",
                "verbose_name_plural": "预警提示",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["owner_organization", "owner_permission", "due_at"],
                        name="alarm_work",
                    ),
                    models.Index(
                        condition=models.Q(("next_alarm_at__isnull", False)),
                        fields=["next_alarm_at"],
                        name="alarm_alarm",
                    ),
                    models.Index(fields=["resident", "-opened_at"], name="alarm_resident"),
                    django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="alarm_parties"),
                    models.Index(fields=["-opened_at"], name="alarm_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
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
                        name="alarm_open_is_owned",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("measure", "unit", "cause"),
                        name="alarm_once_while_open",
                    ),
                    models.UniqueConstraint(
                        fields=("measure", "unit", "cause", "period"), name="alarm_once_for_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "acknowledged"), _negated=True),
                            models.Q(("planned_on__isnull", False), models.Q(("action", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="alarm_acknowledged_with_a_plan",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "dismissed"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="alarm_dismissed_with_why",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alarm",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="bacafe74c3902d495e2df2ba41bec6a032fc1ec4",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_08903",
                    table="alarms_alarm",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(fields=("run", "period", "policy"), name="judged_once"),
        ),
    ]
