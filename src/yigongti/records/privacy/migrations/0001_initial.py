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
            name="Category",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("rank", models.PositiveSmallIntegerField()),
                ("whole_visit", models.BooleanField(default=False)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "保护类别",
                "verbose_name_plural": "保护类别",
            },
        ),
        migrations.CreateModel(
            name="Objection",
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
                ("kind", models.CharField(max_length=32, verbose_name="记录种类")),
                ("entry_id", models.UUIDField(verbose_name="记录")),
                ("entry_title", models.CharField(max_length=256, verbose_name="记录内容")),
                ("text", models.TextField(verbose_name="居民的说法")),
                ("wanted", models.TextField(blank=True, verbose_name="希望怎样更正")),
                ("answer", models.TextField(blank=True, verbose_name="机构的答复")),
                ("reviews", models.PositiveSmallIntegerField(default=0, verbose_name="复核次数")),
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
                "verbose_name": "档案异议",
                "verbose_name_plural": "档案异议",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=32)),
                ("viewer", models.CharField(max_length=16)),
                ("anyone", models.BooleanField(default=False)),
                ("always", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "保护类别的可见范围",
                "verbose_name_plural": "保护类别的可见范围",
                "constraints": [models.UniqueConstraint(fields=("category", "viewer"), name="privacy_opening_once")],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code_index", models.BinaryField(verbose_name="授权码摘要")),
                ("hours", models.PositiveIntegerField(verbose_name="可查看小时数")),
                ("whole", models.BooleanField(default=False, verbose_name="包括受保护的记录")),
                ("created_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(verbose_name="授权码有效至")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用时间")),
                ("used_by", models.BigIntegerField(blank=True, null=True, verbose_name="使用账号")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="可查看至")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="收回时间")),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="被授权机构",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "本人授权",
                "verbose_name_plural": "本人授权",
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16)),
                ("system", models.CharField(blank=True, max_length=32)),
                ("value", models.CharField(max_length=64)),
                ("category", models.CharField(blank=True, max_length=32)),
                ("rank", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "保护类别的识别",
                "verbose_name_plural": "保护类别的识别",
                "indexes": [models.Index(fields=["kind", "system", "value"], name="privacy_term_value")],
            },
        ),
        migrations.CreateModel(
            name="Hiding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=32, verbose_name="类别")),
                ("since", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="隐藏时间")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="恢复时间")),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hidings",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "居民隐藏的类别",
                "verbose_name_plural": "居民隐藏的类别",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("resident", "category"),
                        name="privacy_hiding_once",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hiding",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="f138d3a60822e64e6f9dc2ccfe460ca7d355a85b",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_1ddd8",
                    table="privacy_hiding",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="objection_work",
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="objection_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(fields=["resident", "-opened_at"], name="objection_resident"),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="objection_parties"),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["entry_id"], name="privacy_objection_entry"
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
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
                name="objection_open_is_owned",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="objection",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="7982a46e9f3d5673a4e931bb87e288b2faa40e87",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_1fcc0",
                    table="privacy_objection",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="share",
            index=models.Index(fields=["code_index"], name="privacy_share_code"),
        ),
        migrations.AddIndex(
            model_name="share",
            index=models.Index(fields=["resident", "-created_at"], name="privacy_share_resident"),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("organization", None), ("until", None), ("used_at", None)),
                    models.Q(("organization__isnull", False), ("until__isnull", False), ("used_at__isnull", False)),
                    _connector="OR",
                ),
                name="privacy_share_used_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="share",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{code_index}');\n            RETURN NULL;\n        ",
                    hash="9d821dcf5faed3009cf3d52d070392c4e07581ef",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_4f827",
                    table="privacy_share",
                    when="AFTER",
                ),
            ),
        ),
    ]
