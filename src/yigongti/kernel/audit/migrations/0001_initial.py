import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("first_position", models.BigIntegerField(verbose_name="首位")),
                ("last_position", models.BigIntegerField(verbose_name="末位")),
                ("rows_digest", models.BinaryField(verbose_name="内容摘要")),
                ("previous", models.BinaryField(verbose_name="上一批摘要")),
                ("digest", models.BinaryField(verbose_name="摘要")),
                ("key_id", models.CharField(max_length=16, verbose_name="密钥")),
                ("sealed_at", models.DateTimeField(verbose_name="封存时间")),
            ],
            options={
                "verbose_name": "审计封存",
                "verbose_name_plural": "审计封存",
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_at", models.DateTimeField(verbose_name="发起时间")),
                ("requested_by", models.BigIntegerField(null=True, verbose_name="发起人")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                ("last_seal", models.BigIntegerField(default=0, verbose_name="已核对到批次")),
                ("last_position", models.BigIntegerField(default=0, verbose_name="已核对到位置")),
                ("head", models.BinaryField(default=bytes, verbose_name="链头摘要")),
                ("until_seal", models.BigIntegerField(default=0, verbose_name="核对到批次")),
                ("unsealed", models.BigIntegerField(default=0, verbose_name="待封存")),
                ("problems", models.JSONField(default=list, verbose_name="问题")),
            ],
            options={
                "verbose_name": "审计链核对",
                "verbose_name_plural": "审计链核对",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("user_id", models.BigIntegerField(null=True, verbose_name="账号")),
                ("organization_id", models.BigIntegerField(null=True, verbose_name="机构")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("INSERT", "新增"),
                            ("UPDATE", "修改"),
                            ("DELETE", "删除"),
                            ("READ", "查看"),
                            ("EMERGENCY", "紧急调阅"),
                            ("EXPORT", "导出"),
                            ("LOGIN", "登录"),
                            ("REFUSED", "被拒"),
                        ],
                        max_length=16,
                        verbose_name="动作",
                    ),
                ),
                ("subject", models.CharField(max_length=63, verbose_name="对象")),
                ("subject_id", models.CharField(max_length=64, verbose_name="对象编号")),
                ("resident_id", models.UUIDField(null=True, verbose_name="居民")),
                ("purpose", models.CharField(max_length=64, verbose_name="目的")),
                ("data", models.JSONField(default=dict, verbose_name="内容")),
                ("position", models.BigIntegerField(null=True, verbose_name="链上位置")),
                ("seal_id", models.BigIntegerField(null=True, verbose_name="封存批次")),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "indexes": [
                    models.Index(fields=["resident_id", "-at"], name="audit_entry_resident"),
                    models.Index(fields=["user_id", "-at"], name="audit_entry_user"),
                    models.Index(fields=["subject", "subject_id"], name="audit_entry_subject"),
                    models.Index(fields=["organization_id", "-at"], name="audit_entry_organization"),
                    models.Index(fields=["-at"], name="audit_entry_at"),
                    models.Index(
                        condition=models.Q(("action__in", ["DELETE", "EMERGENCY", "EXPORT", "LOGIN", "REFUSED"])),
                        fields=["action", "-at"],
                        name="audit_entry_rare",
                    ),
                    models.Index(
                        condition=models.Q(("seal_id__isnull", True)), fields=["id"], name="audit_entry_unsealed"
                    ),
                    models.Index(fields=["seal_id", "position"], name="audit_entry_sealed"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="entry",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'position' - 'seal_id') <> (to_jsonb(NEW) - 'position' - 'seal_id') OR OLD.position IS NOT NULL OR OLD.seal_id IS NOT NULL THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="7260d20ee2c53d1842c44f599dbd8c7f6370fe1b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a6b88",
                    table="audit_entry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seal",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="64b302ff00f21234fb4a279af47bcf438976e81d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4de12",
                    table="audit_seal",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(fields=["-requested_at"], name="audit_verification_newest"),
        ),
    ]
