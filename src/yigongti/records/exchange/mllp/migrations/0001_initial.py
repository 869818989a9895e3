import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.ciphers.fields
import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="InboundMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("application", models.CharField(blank=True, max_length=180, verbose_name="发送应用")),
                ("facility", models.CharField(blank=True, max_length=180, verbose_name="发送机构")),
                ("peer", models.CharField(blank=True, max_length=64, verbose_name="网络地址")),
                ("control_id", models.CharField(blank=True, max_length=199, verbose_name="控制号")),
                ("event", models.CharField(blank=True, max_length=32, verbose_name="事件")),
                ("content", yigongti.kernel.ciphers.fields.EncryptedTextField(verbose_name="原文")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("digest", models.BinaryField(verbose_name="摘要")),
                ("received_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="收到时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("stored", "待处理"), ("done", "已处理"), ("failed", "处理失败"), ("refused", "拒收")],
                        default="stored",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=2, verbose_name="应答")),
                ("ack", models.TextField(blank=True, verbose_name="应答原文")),
                ("error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                ("hint", models.CharField(blank=True, max_length=500, verbose_name="怎么办")),
                ("load", models.UUIDField(null=True, verbose_name="数据接收")),
                ("repeats", models.PositiveIntegerField(default=0, verbose_name="重复收到")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="处理次数")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="原文清除时间")),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_column="source",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourcesystem",
                        verbose_name="来源系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "收到的消息",
                "verbose_name_plural": "收到的消息",
                "indexes": [
                    models.Index(fields=["organization", "-received_at"], name="inbound_organization"),
                    models.Index(condition=models.Q(("state", "stored")), fields=["received_at"], name="inbound_left"),
                    models.Index(fields=["-received_at"], name="inbound_newest"),
                    models.Index(
                        condition=models.Q(("removed_at", None)), fields=["received_at"], name="inbound_whole"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "facility", "control_id", "digest"), name="inbound_message_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageSender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("application", models.CharField(max_length=180, verbose_name="发送应用 MSH-3")),
                ("facility", models.CharField(blank=True, max_length=180, verbose_name="发送机构 MSH-4")),
                ("addresses", models.CharField(blank=True, max_length=500, verbose_name="允许的网络地址")),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "source",
                    models.ForeignKey(
                        db_column="source",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourcesystem",
                        verbose_name="来源系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "HL7 发送方",
                "verbose_name_plural": "HL7 发送方",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "facility"),
                        name="message_sender_once",
                        violation_error_message="这个发送应用和机构已经登记",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="messagesender",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="d2571ae55233459da53a1d3040d474c135360999",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_f8853",
                    table="mllp_messagesender",
                    when="AFTER",
                ),
            ),
        ),
    ]
