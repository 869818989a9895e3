import django.contrib.postgres.fields
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("url", models.CharField(max_length=500, verbose_name="接收地址")),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), size=None, verbose_name="事件"
                    ),
                ),
                ("secret", yigongti.kernel.ciphers.fields.EncryptedTextField(verbose_name="签名密钥")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                ("created_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="建立时间")),
                ("created_by", models.BigIntegerField(null=True, verbose_name="建立人")),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="接入系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送订阅",
                "verbose_name_plural": "推送订阅",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event", models.CharField(max_length=64, verbose_name="事件")),
                ("body", models.JSONField(verbose_name="内容")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待送达"), ("done", "已送达"), ("dead", "已放弃")],
                        default="waiting",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="次数")),
                ("log", models.JSONField(default=list, verbose_name="各次发送")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="应答")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                ("created_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="产生时间")),
                ("since", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="开始发送")),
                ("next_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="下次发送")),
                ("leased_until", models.DateTimeField(null=True, verbose_name="发送中")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="webhooks.subscription",
                        verbose_name="订阅",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送记录",
                "verbose_name_plural": "推送记录",
            },
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["organization", "-created_at"], name="subscription_organization"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="subscription",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{secret}');\n            RETURN NULL;\n        ",
                    hash="bee56065fd334235f1270becee54068f5f391ba2",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_38dbe",
                    table="webhooks_subscription",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="delivery_waiting"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["subscription", "-created_at"], name="delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "done"), _negated=True),
                fields=["subscription", "state"],
                name="delivery_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="delivery_ended_has_time",
            ),
        ),
    ]
