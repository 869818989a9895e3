import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.ciphers.fields
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
            name="Extract",
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
                ("policy", models.CharField(max_length=64, verbose_name="数据")),
                ("policy_hash", models.CharField(blank=True, max_length=64, verbose_name="规则版本")),
                ("title", models.CharField(max_length=128, verbose_name="名称")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("planning", "卫生规划与资源配置"),
                            ("evaluation", "工作考核与评价"),
                            ("surveillance", "疾病监测与防控"),
                            ("research", "医学科学研究"),
                        ],
                        max_length=16,
                        verbose_name="用途",
                    ),
                ),
                ("reason", models.TextField(verbose_name="用来做什么")),
                ("used_by", models.CharField(max_length=128, verbose_name="使用单位和人")),
                ("ethics", models.CharField(blank=True, max_length=64, verbose_name="伦理审查批件号")),
                ("area", models.CharField(blank=True, max_length=12, verbose_name="居住地")),
                ("area_name", models.CharField(blank=True, max_length=64, verbose_name="居住地名称")),
                ("first", models.DateField(verbose_name="起")),
                ("last", models.DateField(verbose_name="止")),
                ("condition", models.CharField(blank=True, max_length=32, verbose_name="专病")),
                ("k", models.PositiveSmallIntegerField(verbose_name="k")),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        default=list,
                        size=None,
                        verbose_name="开放的保护类别",
                    ),
                ),
                (
                    "reach",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="批准人负责的机构"
                    ),
                ),
                ("secret", yigongti.kernel.ciphers.fields.EncryptedTextField(null=True, verbose_name="假名密钥")),
                ("report", models.JSONField(default=dict, verbose_name="检查报告")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="内容摘要")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="文件大小")),
                ("rows", models.PositiveBigIntegerField(default=0, verbose_name="行数")),
                ("made", models.PositiveSmallIntegerField(default=0, verbose_name="生成次数")),
                ("made_at", models.DateTimeField(null=True, verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="保存到")),
                ("downloads", models.PositiveIntegerField(default=0, verbose_name="下载次数")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="答复")),
                ("job", models.UUIDField(null=True, verbose_name="后台任务")),
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
                    "prepared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="准备人",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="领取人",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
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
                "verbose_name": "去标识化数据",
                "verbose_name_plural": "去标识化数据",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("media_type", models.CharField(max_length=64, verbose_name="格式")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                ("added_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="上传时间")),
                ("added_by", models.BigIntegerField(null=True, verbose_name="上传账号")),
                (
                    "extract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to="extracts.extract",
                        verbose_name="申请",
                    ),
                ),
            ],
            options={
                "verbose_name": "伦理审查批件",
                "verbose_name_plural": "伦理审查批件",
                "ordering": ["added_at"],
            },
        ),
        migrations.AddIndex(
            model_name="extract",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="extract_work",
            ),
        ),
        migrations.AddIndex(
            model_name="extract",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="extract_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="extract",
            index=models.Index(fields=["resident", "-opened_at"], name="extract_resident"),
        ),
        migrations.AddIndex(
            model_name="extract",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="extract_parties"),
        ),
        migrations.AddIndex(
            model_name="extract",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["expires_at"], name="extract_expires"),
        ),
        migrations.AddIndex(
            model_name="extract",
            index=models.Index(fields=["-opened_at"], name="extract_newest"),
        ),
        migrations.AddConstraint(
            model_name="extract",
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
                name="extract_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="extract",
            constraint=models.CheckConstraint(
                condition=models.Q(("last__gte", models.F("first"))), name="extract_period_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="extract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(
                        ("approved_by", models.F("requested_by")),
                        ("approved_by", models.F("prepared_by")),
                        ("approved_by", models.F("recipient")),
                        _connector="OR",
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="extract_second_person",
                violation_error_message="批准的人不能是申请、准备或领取的人",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="extract",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{secret,report}');\n            RETURN NULL;\n        ",
                    hash="24a422dae42485a5965a4dd88fdc0d36e8fb9aea",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_04733",
                    table="extracts_extract",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paper",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{content}');\n            RETURN NULL;\n        ",
                    hash="2c67f36a12c764f356a8f88d3ed0f0933a4424ac",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_8fe4f",
                    table="extracts_paper",
                    when="AFTER",
                ),
            ),
        ),
    ]
