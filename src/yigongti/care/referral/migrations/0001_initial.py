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
        ("health_record", "0001_initial"),
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
        ("staff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Referral",
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
                ("resident_name", models.CharField(max_length=64, verbose_name="姓名")),
                ("resident_sex", models.CharField(max_length=1, verbose_name="性别")),
                ("resident_birth_date", models.DateField(verbose_name="出生日期")),
                (
                    "direction",
                    models.CharField(choices=[("up", "上转"), ("down", "下转")], max_length=4, verbose_name="方向"),
                ),
                ("episode", models.UUIDField(default=yigongti.kernel.cases.keys.new_id, verbose_name="诊疗过程")),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None, verbose_name="规则适用地"
                    ),
                ),
                ("disease", models.CharField(max_length=32, verbose_name="病种")),
                ("diagnosis_code", models.CharField(blank=True, max_length=16, verbose_name="ICD-10")),
                ("diagnosis", models.CharField(blank=True, max_length=128, verbose_name="初步诊断")),
                (
                    "reason_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="转诊原因",
                    ),
                ),
                ("reason_text", models.TextField(blank=True, verbose_name="原因说明")),
                ("summary", models.TextField(blank=True, verbose_name="主要病情")),
                ("history", models.TextField(blank=True, verbose_name="既往史")),
                ("treatment", models.TextField(blank=True, verbose_name="治疗经过")),
                ("follow_up_on", models.DateField(blank=True, null=True, verbose_name="计划随访日")),
                ("proposal", models.JSONField(blank=True, default=dict, verbose_name="建议依据")),
                ("package", models.JSONField(blank=True, default=dict, verbose_name="档案摘要")),
                ("consented", models.BooleanField(default=False, verbose_name="患者知情同意")),
                (
                    "privileges",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="优先",
                    ),
                ),
                ("checklist", models.JSONField(blank=True, default=list, verbose_name="入院前准备")),
                ("appointment_at", models.DateTimeField(blank=True, null=True, verbose_name="预约时间")),
                ("appointment_place", models.CharField(blank=True, max_length=128, verbose_name="就诊地点")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="首次提交时间")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="首次答复时间")),
                ("answered_in_time", models.BooleanField(blank=True, null=True, verbose_name="按时答复")),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="首次接收时间")),
                ("arrived_at", models.DateTimeField(blank=True, null=True, verbose_name="到诊时间")),
                (
                    "care_kind",
                    models.CharField(
                        blank=True,
                        choices=[("outpatient", "门诊"), ("observation", "留观"), ("inpatient", "住院")],
                        max_length=16,
                        verbose_name="接诊方式",
                    ),
                ),
                ("reply", models.JSONField(blank=True, default=dict, verbose_name="回复函")),
                ("plan", models.JSONField(blank=True, default=dict, verbose_name="下转方案")),
                ("destination_reason", models.CharField(blank=True, max_length=256, verbose_name="去向依据")),
                ("outcome_code", models.CharField(blank=True, max_length=32, verbose_name="结局")),
                (
                    "attending_doctor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="接诊医生",
                    ),
                ),
                (
                    "basis",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sequels",
                        to="referral.referral",
                        verbose_name="由来",
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
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.department",
                        verbose_name="转入科室",
                    ),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "handler_organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="代办机构",
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
                    "referring_doctor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="转出医生",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="residents.resident", verbose_name="居民"
                    ),
                ),
                (
                    "signed_organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="签约机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "转诊",
                "verbose_name_plural": "转诊",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Readiness",
            fields=[
                (
                    "referral",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="readiness",
                        serialize=False,
                        to="referral.referral",
                        verbose_name="转诊",
                    ),
                ),
                (
                    "criteria",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=96), default=list, size=None, verbose_name="成立的标准"
                    ),
                ),
                ("proposals", models.JSONField(default=list, verbose_name="建议")),
                ("assessed_at", models.DateTimeField(null=True, verbose_name="最近评估")),
                ("found_at", models.DateTimeField(verbose_name="首次成立")),
                ("scanned_at", models.DateTimeField(verbose_name="最近核对")),
                (
                    "dismissed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=96),
                        default=list,
                        size=None,
                        verbose_name="已不采纳的标准",
                    ),
                ),
                ("dismissed_at", models.DateTimeField(null=True, verbose_name="不采纳时间")),
                ("quiet", models.BooleanField(default=False, verbose_name="暂不提示")),
            ],
            options={
                "verbose_name": "下转建议",
                "verbose_name_plural": "下转建议",
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("criterion", models.CharField(max_length=96, verbose_name="标准")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="规则版本")),
                ("proposed", models.JSONField(verbose_name="建议")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("accepted", "采纳"), ("changed", "修改后采纳"), ("dismissed", "不采纳")],
                        max_length=16,
                        verbose_name="处理",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=32, verbose_name="理由")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("user_id", models.BigIntegerField(null=True, verbose_name="医生")),
                ("at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
                (
                    "encounter",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
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
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="referral.referral",
                        verbose_name="转诊",
                    ),
                ),
            ],
            options={
                "verbose_name": "建议处理",
                "verbose_name_plural": "建议处理",
            },
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="referral_work",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="referral_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["resident", "-opened_at"], name="referral_resident"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="referral_parties"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["home_organization", "-opened_at"], name="referral_home"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["counterpart_organization", "-opened_at"], name="referral_counterpart"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["-opened_at"], name="referral_opened"),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["home_organization"], name="referral_open_home"
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["counterpart_organization"], name="referral_open_there"
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
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
                name="referral_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("resident", "disease", "direction"),
                name="referral_one_open_per_episode",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(("home_organization", models.F("counterpart_organization")), _negated=True),
                name="referral_between_two",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="referral",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="ec8ba3f1e9efd4c835dbe3f4d8acf5525fa20de2",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_74618",
                    table="referral_referral",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["resident", "criterion", "-at"], name="decision_resident"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="decision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="d88f3e67136330cc42e34569dda57a6986434c6d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a6fdc",
                    table="referral_decision",
                    when="BEFORE",
                ),
            ),
        ),
    ]
