import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=128, verbose_name="政策")),
                ("kind", models.CharField(max_length=32, verbose_name="种类")),
                ("place", models.CharField(max_length=32, verbose_name="适用地")),
                ("version", models.CharField(max_length=16, verbose_name="版本")),
                ("effective_from", models.DateField(verbose_name="生效")),
                ("effective_to", models.DateField(blank=True, null=True, verbose_name="失效")),
                ("content", models.JSONField(verbose_name="内容")),
                ("text", models.TextField(verbose_name="原文")),
                ("hash", models.CharField(max_length=64, verbose_name="内容指纹")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "待批准"),
                            ("approved", "已批准"),
                            ("rejected", "已驳回"),
                            ("retired", "已停用"),
                        ],
                        default="proposed",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(verbose_name="修订理由")),
                ("proposed_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="提出时间")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="批准时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="驳回或停用时间")),
                ("closing_reason", models.TextField(blank=True, verbose_name="驳回或停用理由")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="结束人",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organizations.organization",
                        verbose_name="负责机构",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
            ],
            options={
                "verbose_name": "规则修订",
                "verbose_name_plural": "规则修订",
                "ordering": ["name", "place", "-effective_from", "-proposed_at"],
                "indexes": [models.Index(fields=["status", "approved_at"], name="policy_version_in_force")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="policy_version_two_persons",
                        violation_error_message="提出人不能批准自己的修订",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                ("status__in", ["approved", "retired"]),
                            ),
                            models.Q(
                                ("approved_at__isnull", True),
                                ("approved_by__isnull", True),
                                ("status__in", ["proposed", "rejected"]),
                            ),
                            _connector="OR",
                        ),
                        name="policy_version_approval_complete",
                        violation_error_message="批准的修订须有批准人和批准时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("status__in", ["rejected", "retired"]),
                            ),
                            models.Q(
                                ("closed_at__isnull", True),
                                ("closed_by__isnull", True),
                                ("status__in", ["proposed", "approved"]),
                            ),
                            _connector="OR",
                        ),
                        name="policy_version_closing_complete",
                        violation_error_message="驳回或停用须有经办人和时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("effective_to__isnull", True),
                            ("effective_to__gte", models.F("effective_from")),
                            _connector="OR",
                        ),
                        name="policy_version_effect_in_order",
                        violation_error_message="失效日期不能早于生效日期",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "approved")),
                        fields=("name", "place", "effective_from"),
                        name="policy_version_one_a_day",
                        violation_error_message="同地同日已有批准的修订，请先停用",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "rejected"), _negated=True),
                        fields=("name", "place", "version"),
                        name="policy_version_number_once",
                        violation_error_message="这个版本号已用过",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyversion",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="2a7daa6eb1d0c6ca3921131a57ed4964a0674afe",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_34511",
                    table="policy_policyversion",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyversion",
            trigger=pgtrigger.compiler.Trigger(
                name="content_frozen",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."place" IS DISTINCT FROM (NEW."place") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."effective_from" IS DISTINCT FROM (NEW."effective_from") OR OLD."effective_to" IS DISTINCT FROM (NEW."effective_to") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."hash" IS DISTINCT FROM (NEW."hash") OR OLD."organization_id" IS DISTINCT FROM (NEW."organization_id") OR OLD."proposed_by_id" IS DISTINCT FROM (NEW."proposed_by_id") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="6cdc764fb1e79c76cc76f544a76be7249ba0f87d",
                    operation="UPDATE",
                    pgid="pgtrigger_content_frozen_34b09",
                    table="policy_policyversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyversion",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="9753322504be2d66b8a09ef575c5fd0e8a2c8e98",
                    operation="DELETE",
                    pgid="pgtrigger_kept_bf3a6",
                    table="policy_policyversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policyversion",
            trigger=pgtrigger.compiler.Trigger(
                name="status_steps",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{proposed:approved,proposed:rejected,approved:retired}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="deffa72719ae67b60aa141884a497cf0053835d9",
                    operation="UPDATE",
                    pgid="pgtrigger_status_steps_e9d7a",
                    table="policy_policyversion",
                    when="BEFORE",
                ),
            ),
        ),
    ]
