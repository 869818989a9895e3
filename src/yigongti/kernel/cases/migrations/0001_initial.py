import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.cases.keys
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workflow", models.CharField(max_length=32, verbose_name="流程")),
                ("case_id", models.UUIDField(verbose_name="事项")),
                ("sequence", models.PositiveIntegerField(verbose_name="序号")),
                ("step", models.CharField(max_length=32, verbose_name="步骤")),
                ("from_state", models.CharField(blank=True, max_length=32, verbose_name="原状态")),
                ("to_state", models.CharField(max_length=32, verbose_name="新状态")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="经办人")),
                ("actor_name", models.CharField(max_length=64, verbose_name="经办人姓名")),
                ("organization_id", models.BigIntegerField(null=True, verbose_name="经办机构")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("due_at", models.DateTimeField(null=True, verbose_name="此后的时限")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="记录时间")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("data", models.JSONField(default=dict, verbose_name="内容")),
                ("key", models.UUIDField(null=True, unique=True, verbose_name="请求标识")),
                (
                    "parties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("resident_id", models.UUIDField(null=True, verbose_name="居民")),
            ],
            options={
                "verbose_name": "事项步骤",
                "verbose_name_plural": "事项步骤",
                "indexes": [models.Index(fields=["workflow", "step", "-at"], name="caseevent_step")],
                "constraints": [models.UniqueConstraint(fields=("case_id", "sequence"), name="caseevent_sequence")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="da13e5dfda84cbaf1f738081c75e97baa73b00a6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_320b9",
                    table="cases_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="outbox",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    INSERT INTO events_outbox (name, payload, at, consumer, attempts, next_at, error)\n                    VALUES (NEW.workflow || '.' || NEW.step,\n                            jsonb_build_object('event', NEW.id, 'case', NEW.case_id, 'workflow', NEW.workflow,\n                                               'resident', NEW.resident_id),\n                            NEW.at, '', 0, clock_timestamp(), '');\n                    RETURN NULL;\n                ",
                    hash="9084cbc1f848e049b5136e10c90645b4d64508d9",
                    operation="INSERT",
                    pgid="pgtrigger_outbox_e834c",
                    table="cases_caseevent",
                    when="AFTER",
                ),
            ),
        ),
    ]
