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
            name="Text",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="散列")),
                ("name", models.CharField(max_length=96, verbose_name="规则")),
                ("content", models.TextField(verbose_name="内容")),
            ],
            options={
                "verbose_name": "规则存本",
                "verbose_name_plural": "规则存本",
            },
        ),
        migrations.CreateModel(
            name="Answer",
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
                ("unit", models.CharField(max_length=24, verbose_name="统计单位")),
                ("title", models.CharField(max_length=128, verbose_name="参评单位")),
                (
                    "items_points",
                    models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="项目得分"),
                ),
                ("changed", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="加减分")),
                ("total", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="总分")),
                ("full", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="满分")),
                ("grade", models.CharField(blank=True, max_length=32, verbose_name="等次")),
                ("rank", models.PositiveIntegerField(null=True, verbose_name="名次")),
                ("peers", models.PositiveIntegerField(null=True, verbose_name="参评数")),
                ("before", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="申诉前总分")),
                ("award", models.PositiveBigIntegerField(null=True, verbose_name="奖励（分）")),
                ("alone", models.PositiveBigIntegerField(null=True, verbose_name="不连带时的奖励（分）")),
                ("area", models.CharField(blank=True, max_length=32, verbose_name="片区")),
                ("statement", models.TextField(blank=True, verbose_name="自评说明")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="自评时间")),
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
            ],
            options={
                "verbose_name": "参评",
                "verbose_name_plural": "参评",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=64, verbose_name="项目")),
                ("wanted", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="主张的值")),
                ("reason", models.TextField(verbose_name="理由")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "待答复"), ("upheld", "维持原结果"), ("changed", "已更正")],
                        default="open",
                        max_length=8,
                        verbose_name="结果",
                    ),
                ),
                ("answer_text", models.TextField(blank=True, verbose_name="答复")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                ("value_before", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="原值")),
                (
                    "points_before",
                    models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="原得分"),
                ),
                ("value_after", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="更正值")),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appeals",
                        to="evaluation.answer",
                        verbose_name="参评",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="答复人",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "申诉",
                "verbose_name_plural": "申诉",
                "ordering": ["made_at"],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("adjustment", models.CharField(max_length=64, verbose_name="加减分项")),
                ("points", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="分值")),
                ("at_most", models.DecimalField(decimal_places=2, max_digits=7, null=True, verbose_name="总分上限")),
                ("reason", models.CharField(max_length=500, verbose_name="事实和依据")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="evaluation.answer",
                        verbose_name="参评",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "加减分",
                "verbose_name_plural": "加减分",
                "ordering": ["made_at"],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
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
                ("policy", models.CharField(max_length=96, verbose_name="方案")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="方案版本")),
                ("title", models.CharField(max_length=160, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[("centre", "成员单位（中心含下属站点）"), ("consortium", "医共体")],
                        max_length=16,
                        verbose_name="对象",
                    ),
                ),
                (
                    "period_type",
                    models.CharField(
                        choices=[("quarter", "季度"), ("year", "年度")], max_length=8, verbose_name="时期类型"
                    ),
                ),
                ("period", models.CharField(max_length=8, verbose_name="时期")),
                (
                    "participants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="参评机构"
                    ),
                ),
                ("snapshot", models.CharField(blank=True, max_length=64, verbose_name="快照")),
                ("texts", models.JSONField(default=dict, verbose_name="规则存本")),
                ("taken_at", models.DateTimeField(null=True, verbose_name="取数时间")),
                ("sheet", models.JSONField(default=dict, verbose_name="计分输入")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="计分摘要")),
                ("scored_at", models.DateTimeField(null=True, verbose_name="计分时间")),
                ("pool", models.PositiveBigIntegerField(null=True, verbose_name="奖励资金（分）")),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="第几版")),
                ("conclusion", models.TextField(blank=True, verbose_name="评价结论")),
                (
                    "consortium",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="consortia.consortium",
                        verbose_name="医共体（医共体间的评价为空）",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="evaluation.evaluation",
                        verbose_name="更正哪一次",
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
                        verbose_name="定等人",
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
                        verbose_name="发起人",
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
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发布人",
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
                "verbose_name": "考核评价",
                "verbose_name_plural": "考核评价",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="answer",
            name="evaluation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="evaluation.evaluation",
                verbose_name="考核",
            ),
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(blank=True, max_length=64, verbose_name="项目")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("media_type", models.CharField(max_length=96, verbose_name="格式")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
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
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="evaluation.answer",
                        verbose_name="参评",
                    ),
                ),
            ],
            options={
                "verbose_name": "佐证材料",
                "verbose_name_plural": "佐证材料",
                "ordering": ["added_at"],
            },
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(blank=True, max_length=64, verbose_name="项目")),
                ("text", models.TextField(verbose_name="意见")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                ("reply", models.TextField(blank=True, verbose_name="答复")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="evaluation.answer",
                        verbose_name="参评",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "考核意见",
                "verbose_name_plural": "考核意见",
                "ordering": ["made_at"],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("pdf", "PDF"), ("docx", "Word")], max_length=8, verbose_name="格式"),
                ),
                ("content", models.BinaryField(verbose_name="内容")),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("scores", models.CharField(max_length=64, verbose_name="对应的计分摘要")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="生成时间")),
                ("made_by", models.BigIntegerField(null=True, verbose_name="生成人")),
                (
                    "evaluation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="evaluation.evaluation",
                        verbose_name="考核",
                    ),
                ),
            ],
            options={
                "verbose_name": "考核报告",
                "verbose_name_plural": "考核报告",
                "ordering": ["-made_at", "kind"],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=64, verbose_name="项目")),
                ("order", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("unit", models.CharField(blank=True, max_length=32, verbose_name="单位")),
                ("indicator", models.CharField(blank=True, max_length=96, verbose_name="指标")),
                ("numerator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分子")),
                ("denominator", models.DecimalField(decimal_places=6, max_digits=38, null=True, verbose_name="分母")),
                ("computed", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="计算值")),
                ("reported_months", models.PositiveIntegerField(default=0, verbose_name="报告机构月")),
                ("expected_months", models.PositiveIntegerField(default=0, verbose_name="应报机构月")),
                ("definition", models.CharField(blank=True, max_length=64, verbose_name="算法")),
                ("target", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="目标")),
                ("stated", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="自评值")),
                ("stated_note", models.CharField(blank=True, max_length=500, verbose_name="自评说明")),
                ("judged", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="评审值")),
                ("judged_note", models.CharField(blank=True, max_length=500, verbose_name="评审意见")),
                ("judged_by", models.BigIntegerField(null=True, verbose_name="评审人")),
                ("value", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="计分值")),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("computed", "平台计算"),
                            ("reported", "填报"),
                            ("self", "自评"),
                            ("judged", "评审"),
                            ("appeal", "申诉更正"),
                            ("", "没有值"),
                        ],
                        max_length=8,
                        verbose_name="依据",
                    ),
                ),
                ("flagged", models.BooleanField(default=False, verbose_name="差异超出容差")),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("scored", "已评分"),
                            ("missing", "没有数据"),
                            ("small", "分母太小"),
                            ("untargeted", "没有目标"),
                        ],
                        max_length=12,
                        verbose_name="评分",
                    ),
                ),
                ("rank", models.PositiveIntegerField(null=True, verbose_name="名次")),
                ("peers", models.PositiveIntegerField(null=True, verbose_name="可比数")),
                ("x", models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="横轴")),
                ("percent", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="得分率")),
                ("weight", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="权重")),
                ("points", models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="得分")),
                (
                    "first_value",
                    models.DecimalField(decimal_places=6, max_digits=28, null=True, verbose_name="更正前的值"),
                ),
                (
                    "first_points",
                    models.DecimalField(decimal_places=4, max_digits=9, null=True, verbose_name="更正前得分"),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="evaluation.answer",
                        verbose_name="参评",
                    ),
                ),
            ],
            options={
                "verbose_name": "项目得分",
                "verbose_name_plural": "项目得分",
                "ordering": ["order"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="text",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="a6d8297f75f4f6176d9b84eb65cd607838114ff0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6eec4",
                    table="evaluation_text",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(fields=("answer", "item"), name="appeal_once_an_item"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("outcome", "open")),
                    models.Q(models.Q(("outcome", "open"), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="appeal_answered_or_open",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appeal",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="b0be8d8324ed88c2eb0fc89f2f16ae026e0c9efb",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_b993c",
                    table="evaluation_appeal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="change",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="d4d338ae8a46a0e69453e21dfdea746cd6013fe6",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_41563",
                    table="evaluation_change",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="evaluation_work",
            ),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="evaluation_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(fields=["resident", "-opened_at"], name="evaluation_resident"),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="evaluation_parties"),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(fields=["-opened_at"], name="evaluation_newest"),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
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
                name="evaluation_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by", None),
                    models.Q(("published_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="evaluation_second_person",
                violation_error_message="发布的人不能是定等的人",
            ),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("policy", "period", "home_organization", "consortium", "edition"),
                name="evaluation_once",
                nulls_distinct=False,
                violation_error_message="这一时期已有同一方案的考核",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evaluation",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{sheet}');\n            RETURN NULL;\n        ",
                    hash="65d04175f8fd04bae71df9e4cef52005ac89f739",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_be47c",
                    table="evaluation_evaluation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="answer_work",
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="answer_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=models.Index(fields=["resident", "-opened_at"], name="answer_resident"),
        ),
        migrations.AddIndex(
            model_name="answer",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="answer_parties"),
        ),
        migrations.AddConstraint(
            model_name="answer",
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
                name="answer_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(fields=("evaluation", "unit"), name="answer_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="answer",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="e7c675c9d3330f76a155ac483cefc28f078026d6",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_bc41e",
                    table="evaluation_answer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evidence",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{content}');\n            RETURN NULL;\n        ",
                    hash="65b39473da167aad9c17ea62171801c40d0166c9",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_0b073",
                    table="evaluation_evidence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="remark",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="83f247c01dab5347e32517d1cf2658292c3bbaea",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_de8e1",
                    table="evaluation_remark",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="report",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{content}');\n            RETURN NULL;\n        ",
                    hash="cc5d92ffc6633489ad03062da586f9b45aca10fa",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_c5301",
                    table="evaluation_report",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="score",
            constraint=models.UniqueConstraint(fields=("answer", "item"), name="score_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="score",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="e57ba823d43b1031a8e1dde7f49ae1ded10c3aff",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_077f7",
                    table="evaluation_score",
                    when="AFTER",
                ),
            ),
        ),
    ]
