import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.ciphers.fields
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        db_column="source",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="agreement",
                        serialize=False,
                        to="residents.sourcesystem",
                        verbose_name="来源系统",
                    ),
                ),
                ("contact", models.CharField(blank=True, max_length=64, verbose_name="联系人")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="联系电话")),
                ("every_hours", models.PositiveIntegerField(blank=True, null=True, verbose_name="最长间隔（小时）")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
            ],
            options={
                "verbose_name": "接入约定",
                "verbose_name_plural": "接入约定",
            },
        ),
        migrations.CreateModel(
            name="Load",
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
                ("mapping", models.CharField(max_length=64, verbose_name="映射")),
                ("mapping_hash", models.CharField(blank=True, max_length=64, verbose_name="映射版本")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("command", "命令行"),
                            ("page", "网页"),
                            ("api", "接口"),
                            ("folder", "收件文件夹"),
                            ("fhir", "FHIR"),
                            ("hl7", "HL7"),
                        ],
                        default="page",
                        max_length=16,
                        verbose_name="渠道",
                    ),
                ),
                ("files", models.JSONField(default=list, verbose_name="文件")),
                ("paths", models.JSONField(default=list, verbose_name="存放处")),
                ("kept", models.BooleanField(default=False, verbose_name="由平台保存")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="内容摘要")),
                ("report", models.JSONField(default=dict, verbose_name="报告")),
                ("lines_read", models.PositiveBigIntegerField(default=0, verbose_name="读取")),
                ("lines_accepted", models.PositiveBigIntegerField(default=0, verbose_name="接收")),
                ("lines_duplicate", models.PositiveBigIntegerField(default=0, verbose_name="重复")),
                ("lines_rejected", models.PositiveBigIntegerField(default=0, verbose_name="拒收")),
                ("lines_reference", models.PositiveBigIntegerField(default=0, verbose_name="参照")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="第几次")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                ("hint", models.CharField(blank=True, max_length=500, verbose_name="怎么办")),
                ("job", models.UUIDField(blank=True, null=True, verbose_name="后台任务")),
            ],
            options={
                "verbose_name": "数据接收",
                "verbose_name_plural": "数据接收",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReceivedKey",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("row", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("digest", models.UUIDField()),
            ],
            options={
                "verbose_name": "收到过的主键",
                "verbose_name_plural": "收到过的主键",
            },
        ),
        migrations.CreateModel(
            name="RejectedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read", models.CharField(max_length=40, verbose_name="表")),
                ("file", models.CharField(max_length=255, verbose_name="文件")),
                ("line", models.BigIntegerField(verbose_name="行")),
                ("target", models.CharField(blank=True, max_length=40, verbose_name="目标")),
                ("column", models.CharField(blank=True, max_length=64, verbose_name="列")),
                ("value", yigongti.kernel.ciphers.fields.EncryptedTextField(null=True, verbose_name="值")),
                ("rule", models.CharField(max_length=32, verbose_name="规则")),
                ("reason", models.CharField(max_length=500, verbose_name="原因")),
                ("remedy", models.CharField(blank=True, max_length=500, verbose_name="怎么办")),
                ("content", yigongti.kernel.ciphers.fields.EncryptedTextField(null=True, verbose_name="整行")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待更正"), ("corrected", "已更正"), ("left", "不收")],
                        default="open",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
            ],
            options={
                "verbose_name": "拒收行",
                "verbose_name_plural": "拒收行",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="agreement",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="342b7d21bfd60c17c66f6522df4f6b307a376dab",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_66794",
                    table="exchange_agreement",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="corrects",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="exchange.load",
                verbose_name="更正",
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="counterpart_organization",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organizations.organization",
                verbose_name="对方机构",
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="home_organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organizations.organization",
                verbose_name="发起机构",
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="owner_organization",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organizations.organization",
                verbose_name="待办机构",
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="owner_user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="resident",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="residents.resident", verbose_name="居民"
            ),
        ),
        migrations.AddField(
            model_name="load",
            name="source",
            field=models.ForeignKey(
                db_column="source",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loads",
                to="residents.sourcesystem",
                verbose_name="来源系统",
            ),
        ),
        migrations.AddField(
            model_name="rejectedrow",
            name="corrected_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="exchange.load",
                verbose_name="更正于",
            ),
        ),
        migrations.AddField(
            model_name="rejectedrow",
            name="load",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rejected",
                to="exchange.load",
                verbose_name="数据接收",
            ),
        ),
        migrations.AddIndex(
            model_name="load",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="load_work",
            ),
        ),
        migrations.AddIndex(
            model_name="load",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="load_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="load",
            index=models.Index(fields=["resident", "-opened_at"], name="load_resident"),
        ),
        migrations.AddIndex(
            model_name="load",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="load_parties"),
        ),
        migrations.AddIndex(
            model_name="load",
            index=models.Index(fields=["source", "-opened_at"], name="load_source"),
        ),
        migrations.AddIndex(
            model_name="load",
            index=models.Index(
                condition=models.Q(("digest", ""), _negated=True), fields=["source", "digest"], name="load_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="load",
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
                name="load_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="load",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "lines_read",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("lines_accepted"), "+", models.F("lines_duplicate")
                                ),
                                "+",
                                models.F("lines_rejected"),
                            ),
                            "+",
                            models.F("lines_reference"),
                        ),
                    )
                ),
                name="load_counts_every_line",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="load",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="0577c80ebc0aace143541a7930988d1f70a20f56",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_19ee5",
                    table="exchange_load",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="rejectedrow",
            index=models.Index(fields=["load", "id"], name="rejectedrow_load"),
        ),
    ]
