import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.clock
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        ("residents", "0001_initial"),
        ("staff", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Encounter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outpatient", "门诊"),
                            ("emergency", "急诊"),
                            ("inpatient", "住院"),
                            ("observation", "留观"),
                            ("home", "上门"),
                            ("follow-up", "随访"),
                            ("examination", "体检"),
                        ],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "预约"),
                            ("arrived", "已到"),
                            ("in-progress", "进行中"),
                            ("finished", "已结束"),
                            ("cancelled", "已取消"),
                        ],
                        db_default="finished",
                        default="finished",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="就诊号"),
                ),
                (
                    "department_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的科室"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="开始")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束")),
                ("complaint", models.TextField(blank=True, db_default="", default="", verbose_name="主诉")),
                ("findings", models.JSONField(blank=True, db_default={}, default=dict, verbose_name="所见")),
                ("assessment", models.TextField(blank=True, db_default="", default="", verbose_name="诊断意见")),
                ("advice", models.TextField(blank=True, db_default="", default="", verbose_name="处理")),
                (
                    "discharge",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="离院方式"),
                ),
                ("next_due", models.DateField(blank=True, null=True, verbose_name="下次随访")),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.department",
                        verbose_name="科室",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.encounter",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "就诊",
                "verbose_name_plural": "就诊",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DocumentReference",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("title", models.CharField(max_length=256, verbose_name="标题")),
                ("kind", models.CharField(max_length=32, verbose_name="类别")),
                ("media_type", models.CharField(max_length=64, verbose_name="格式")),
                ("content", models.BinaryField(db_default=b"", default=b"", verbose_name="内容")),
                ("size", models.PositiveIntegerField(db_default=0, default=0, verbose_name="字节数")),
                (
                    "location",
                    models.CharField(blank=True, db_default="", default="", max_length=512, verbose_name="存放处"),
                ),
                ("dated_at", models.DateTimeField(blank=True, null=True, verbose_name="文档时间")),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.documentreference",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
            ],
            options={
                "verbose_name": "文档",
                "verbose_name_plural": "文档",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DiagnosticReport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("laboratory", "检验"),
                            ("imaging", "影像"),
                            ("ecg", "心电"),
                            ("pathology", "病理"),
                            ("endoscopy", "内镜"),
                            ("other", "其他"),
                        ],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=256, verbose_name="报告名称")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "初步"),
                            ("final", "最终"),
                            ("amended", "已修改"),
                            ("cancelled", "已取消"),
                        ],
                        db_default="final",
                        default="final",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "number",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="报告号"),
                ),
                ("effective_at", models.DateTimeField(verbose_name="检查时间")),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="报告时间")),
                (
                    "specimen",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="标本"),
                ),
                (
                    "body_site",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="部位"),
                ),
                ("findings", models.TextField(blank=True, db_default="", default="", verbose_name="所见")),
                ("conclusion", models.TextField(blank=True, db_default="", default="", verbose_name="诊断意见")),
                (
                    "study",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=128, verbose_name="影像检查标识"
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.diagnosticreport",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查检验报告",
                "verbose_name_plural": "检查检验报告",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="ICD-10")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="诊断")),
                (
                    "category",
                    models.CharField(
                        choices=[("problem-list-item", "问题列表"), ("encounter-diagnosis", "就诊诊断")],
                        db_default="problem-list-item",
                        default="problem-list-item",
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="诊断次序")),
                (
                    "register",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="专病登记"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "现患"), ("remission", "缓解"), ("resolved", "痊愈")],
                        db_default="active",
                        default="active",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("confirmed", "确诊"),
                            ("provisional", "疑似"),
                            ("differential", "鉴别"),
                            ("refuted", "排除"),
                        ],
                        db_default="confirmed",
                        default="confirmed",
                        max_length=16,
                        verbose_name="确认",
                    ),
                ),
                (
                    "severity",
                    models.CharField(blank=True, db_default="", default="", max_length=16, verbose_name="严重程度"),
                ),
                ("onset_on", models.DateField(blank=True, null=True, verbose_name="发病日期")),
                ("abated_on", models.DateField(blank=True, null=True, verbose_name="痊愈日期")),
                ("note", models.TextField(blank=True, db_default="", default="", verbose_name="说明")),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.condition",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
            ],
            options={
                "verbose_name": "诊断",
                "verbose_name_plural": "诊断",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CarePlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                (
                    "category",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="类别"),
                ),
                ("title", models.CharField(max_length=256, verbose_name="计划")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草拟"),
                            ("active", "执行中"),
                            ("on-hold", "暂停"),
                            ("revoked", "已撤销"),
                            ("completed", "已完成"),
                        ],
                        db_default="active",
                        default="active",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("start", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                ("description", models.TextField(blank=True, db_default="", default="", verbose_name="内容")),
                ("activities", models.JSONField(blank=True, db_default=[], default=list, verbose_name="活动")),
                ("goals", models.JSONField(blank=True, db_default=[], default=list, verbose_name="目标")),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.careplan",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
            ],
            options={
                "verbose_name": "照护计划",
                "verbose_name_plural": "照护计划",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FamilyMemberHistory",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("relationship", models.CharField(max_length=32, verbose_name="亲属")),
                (
                    "member_name",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="亲属姓名"),
                ),
                (
                    "member_sex",
                    models.CharField(blank=True, db_default="", default="", max_length=1, verbose_name="亲属性别"),
                ),
                ("deceased", models.BooleanField(blank=True, null=True, verbose_name="已故")),
                ("name", models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="疾病")),
                ("onset_age", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="发病年龄")),
                ("told_on", models.DateField(blank=True, null=True, verbose_name="了解日期")),
                ("note", models.TextField(blank=True, db_default="", default="", verbose_name="说明")),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.familymemberhistory",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "家族史",
                "verbose_name_plural": "家族史",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Immunization",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="疫苗")),
                (
                    "status",
                    models.CharField(
                        choices=[("completed", "已接种"), ("not-done", "未接种")],
                        db_default="completed",
                        default="completed",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("occurred_at", models.DateTimeField(verbose_name="接种时间")),
                ("dose_number", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="剂次")),
                (
                    "manufacturer",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="生产企业"),
                ),
                ("batch", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="批号")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="有效期至")),
                (
                    "body_site",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="部位"),
                ),
                ("route", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="途径")),
                ("dose", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="剂量")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="未接种原因"),
                ),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.immunization",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "预防接种",
                "verbose_name_plural": "预防接种",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MedicationRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="药品")),
                ("dose", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="用量")),
                ("route", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="途径")),
                (
                    "frequency",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="频次"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "有效"),
                            ("on-hold", "暂停"),
                            ("completed", "已完成"),
                            ("stopped", "已停止"),
                            ("cancelled", "已取消"),
                            ("draft", "草拟"),
                        ],
                        db_default="active",
                        default="active",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("intent", models.CharField(db_default="order", default="order", max_length=16, verbose_name="性质")),
                (
                    "prescription",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="处方号"),
                ),
                ("authored_at", models.DateTimeField(verbose_name="开立时间")),
                (
                    "quantity",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="数量"),
                ),
                (
                    "quantity_unit",
                    models.CharField(blank=True, db_default="", default="", max_length=16, verbose_name="数量单位"),
                ),
                ("days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="疗程天数")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="原因"),
                ),
                ("note", models.TextField(blank=True, db_default="", default="", verbose_name="医嘱")),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.medicationrequest",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "处方",
                "verbose_name_plural": "处方",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MedicationDispense",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="药品")),
                ("dose", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="用量")),
                ("route", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="途径")),
                (
                    "frequency",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="频次"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preparation", "调配中"),
                            ("completed", "已发药"),
                            ("cancelled", "已取消"),
                            ("declined", "未发药"),
                        ],
                        db_default="completed",
                        default="completed",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("dispensed_at", models.DateTimeField(verbose_name="发药时间")),
                (
                    "quantity",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="数量"),
                ),
                (
                    "quantity_unit",
                    models.CharField(blank=True, db_default="", default="", max_length=16, verbose_name="数量单位"),
                ),
                ("days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="可用天数")),
                ("batch", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="批号")),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.medicationdispense",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispenses",
                        to="health_record.medicationrequest",
                        verbose_name="处方",
                    ),
                ),
            ],
            options={
                "verbose_name": "发药",
                "verbose_name_plural": "发药",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MedicationStatement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="药品")),
                ("dose", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="用量")),
                ("route", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="途径")),
                (
                    "frequency",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="频次"),
                ),
                ("start", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="原因"),
                ),
                ("note", models.TextField(blank=True, db_default="", default="", verbose_name="说明")),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.medicationstatement",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "用药",
                "verbose_name_plural": "用药",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(max_length=64, verbose_name="项目")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("vital-signs", "生命体征"),
                            ("laboratory", "检验"),
                            ("imaging", "影像"),
                            ("exam", "体格检查"),
                            ("survey", "量表"),
                            ("social-history", "生活史"),
                            ("procedure", "操作"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "初步"),
                            ("final", "最终"),
                            ("amended", "已修改"),
                            ("cancelled", "已取消"),
                        ],
                        db_default="final",
                        default="final",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("value", models.DecimalField(decimal_places=6, max_digits=18, null=True, verbose_name="数值")),
                ("unit", models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="单位")),
                (
                    "text",
                    models.CharField(blank=True, db_default="", default="", max_length=512, verbose_name="文字结果"),
                ),
                (
                    "value_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="结果编码"),
                ),
                (
                    "reference_low",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="参考下限"
                    ),
                ),
                (
                    "reference_high",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=18, null=True, verbose_name="参考上限"
                    ),
                ),
                (
                    "reference_text",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="参考范围"),
                ),
                (
                    "interpretation",
                    models.CharField(blank=True, db_default="", default="", max_length=8, verbose_name="判断"),
                ),
                (
                    "specimen",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="标本"),
                ),
                ("effective_at", models.DateTimeField(verbose_name="测量时间")),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organizations.organization",
                        verbose_name="机构",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.observation",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="observations",
                        to="health_record.diagnosticreport",
                        verbose_name="报告",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "测量",
                "verbose_name_plural": "测量",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Procedure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("name", models.CharField(max_length=256, verbose_name="手术操作")),
                (
                    "category",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="类别"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preparation", "准备中"),
                            ("in-progress", "进行中"),
                            ("completed", "已完成"),
                            ("not-done", "未做"),
                            ("stopped", "中止"),
                        ],
                        db_default="completed",
                        default="completed",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="手术次序")),
                ("performed_at", models.DateTimeField(verbose_name="开始")),
                ("performed_until", models.DateTimeField(blank=True, null=True, verbose_name="结束")),
                (
                    "body_site",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="部位"),
                ),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="原因"),
                ),
                (
                    "outcome",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="结果"),
                ),
                ("note", models.TextField(blank=True, db_default="", default="", verbose_name="说明")),
                (
                    "encounter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="health_record.encounter",
                        verbose_name="就诊",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.procedure",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "手术操作",
                "verbose_name_plural": "手术操作",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AllergyIntolerance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "practitioner_name",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=64, verbose_name="来源系统中的医生"
                    ),
                ),
                (
                    "source",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="来源系统"),
                ),
                (
                    "source_key",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="来源主键"),
                ),
                (
                    "local_system",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码系统"),
                ),
                (
                    "local_code",
                    models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="本地代码"),
                ),
                (
                    "local_name",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="本地名称"),
                ),
                ("extra", models.JSONField(blank=True, editable=False, null=True, verbose_name="其他内容")),
                ("recorded_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="记录时间")),
                ("recorded_by", models.BigIntegerField(blank=True, editable=False, null=True, verbose_name="记录账号")),
                ("received_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="收到时间")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                ("replaced_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="更正时间")),
                (
                    "voided_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=128, verbose_name="作废原因"),
                ),
                ("voided_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="作废时间")),
                (
                    "sensitivity",
                    models.CharField(
                        blank=True, db_default="", default="", editable=False, max_length=32, verbose_name="保护类别"
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="编码")),
                (
                    "code_system",
                    models.CharField(blank=True, db_default="", default="", max_length=32, verbose_name="编码系统"),
                ),
                ("substance", models.CharField(max_length=256, verbose_name="过敏原")),
                (
                    "reaction",
                    models.CharField(blank=True, db_default="", default="", max_length=256, verbose_name="反应"),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("medication", "药物"),
                            ("food", "食物"),
                            ("environment", "环境"),
                            ("biologic", "生物制品"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                (
                    "criticality",
                    models.CharField(
                        blank=True,
                        choices=[("low", "低"), ("high", "高"), ("unable-to-assess", "不能判断")],
                        db_default="",
                        default="",
                        max_length=16,
                        verbose_name="危险程度",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "有效"), ("inactive", "不再出现"), ("resolved", "已解除")],
                        db_default="active",
                        default="active",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("confirmed", "确诊"),
                            ("provisional", "疑似"),
                            ("differential", "鉴别"),
                            ("refuted", "排除"),
                        ],
                        db_default="confirmed",
                        default="confirmed",
                        max_length=16,
                        verbose_name="确认",
                    ),
                ),
                ("onset_on", models.DateField(blank=True, null=True, verbose_name="首次发生")),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.sourceidentity",
                        verbose_name="来源身份",
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
                    "practitioner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="staff.practitioner",
                        verbose_name="医生",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaces",
                        to="health_record.allergyintolerance",
                        verbose_name="更正为",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="residents.resident",
                        verbose_name="居民",
                    ),
                ),
            ],
            options={
                "verbose_name": "过敏",
                "verbose_name_plural": "过敏",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("identity__isnull", False)),
                        fields=["identity"],
                        name="allergyintolerance_identity",
                    ),
                    models.Index(
                        condition=models.Q(("replaced_by__isnull", False)),
                        fields=["replaced_by"],
                        name="allergyintolerance_replaced",
                    ),
                    models.Index(
                        condition=models.Q(("sensitivity", ""), _negated=True),
                        fields=["resident"],
                        name="allergyintolerance_protected",
                    ),
                    models.Index(fields=["resident"], name="allergy_resident"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                        fields=("source", "source_key"),
                        name="allergyintolerance_source_once",
                        violation_error_message="来源系统的这一条已经收到过",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("voided_at", None), ("voided_reason", "")),
                            models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="allergyintolerance_void_has_time",
                        violation_error_message="作废要有原因和时间",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("replaced_at", None), ("replaced_by", None)),
                            models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="allergyintolerance_replaced_has_time",
                        violation_error_message="更正要有新的一条和时间",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="allergyintolerance",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="7d2374f881c54277c23f895b543e3b32ea6d7bf4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_31a3d",
                    table="health_record_allergyintolerance",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="encounter_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="encounter_replaced"
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True), fields=["resident"], name="encounter_protected"
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(fields=["resident", "-started_at"], name="encounter_resident"),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(fields=["organization", "-started_at"], name="encounter_organization"),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(("next_due__isnull", False)),
                fields=["organization", "next_due"],
                name="encounter_due",
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(("department__isnull", False)), fields=["department"], name="encounter_department"
            ),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by__isnull", False)),
                fields=["source", "source_key"],
                name="encounter_source_before",
            ),
        ),
        migrations.AddConstraint(
            model_name="encounter",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="encounter_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="encounter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="encounter_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="encounter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="encounter_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="encounter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"
                ),
                name="encounter_ends_after_start",
                violation_error_message="结束时间不能早于开始时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="encounter",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="33f0f7ac3bd35375c9c2542c00dfcd2260d41e4c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_75a8f",
                    table="health_record_encounter",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="documentreference",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="documentreference_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="documentreference",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="documentreference_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="documentreference",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="documentreference_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="documentreference",
            index=models.Index(fields=["resident", "-recorded_at"], name="document_resident"),
        ),
        migrations.AddConstraint(
            model_name="documentreference",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="documentreference_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentreference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="documentreference_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="documentreference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="documentreference_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="documentreference",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="5a05234c3c91ecf5f434b6134aee812bb9a7d22b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_f008d",
                    table="health_record_documentreference",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="diagnosticreport",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="diagnosticreport_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="diagnosticreport",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="diagnosticreport_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="diagnosticreport",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="diagnosticreport_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="diagnosticreport",
            index=models.Index(fields=["resident", "-effective_at"], name="diagnosticreport_resident"),
        ),
        migrations.AddConstraint(
            model_name="diagnosticreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="diagnosticreport_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosticreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="diagnosticreport_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosticreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="diagnosticreport_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="diagnosticreport",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="6f963b091a1a5c7e2c6e0429c3c820bb0f98b705",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_fa951",
                    table="health_record_diagnosticreport",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="condition",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="condition_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="condition",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="condition_replaced"
            ),
        ),
        migrations.AddIndex(
            model_name="condition",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True), fields=["resident"], name="condition_protected"
            ),
        ),
        migrations.AddIndex(
            model_name="condition",
            index=models.Index(fields=["resident", "-onset_on"], name="condition_resident"),
        ),
        migrations.AddIndex(
            model_name="condition",
            index=models.Index(fields=["organization", "register"], name="condition_register"),
        ),
        migrations.AddConstraint(
            model_name="condition",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="condition_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="condition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="condition_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="condition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="condition_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="condition",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="daf56f4f427346e2d0e91f63b6adde180452b7d6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_1894a",
                    table="health_record_condition",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="careplan",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="careplan_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="careplan",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="careplan_replaced"
            ),
        ),
        migrations.AddIndex(
            model_name="careplan",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True), fields=["resident"], name="careplan_protected"
            ),
        ),
        migrations.AddIndex(
            model_name="careplan",
            index=models.Index(fields=["resident", "-start"], name="careplan_resident"),
        ),
        migrations.AddConstraint(
            model_name="careplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="careplan_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="careplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="careplan_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="careplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="careplan_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="careplan",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="ce89b3f2aba11e5e03de0508ecbf7947db36d0a5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_2a131",
                    table="health_record_careplan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="familymemberhistory",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)),
                fields=["identity"],
                name="familymemberhistory_identity",
            ),
        ),
        migrations.AddIndex(
            model_name="familymemberhistory",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="familymemberhistory_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="familymemberhistory",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="familymemberhistory_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="familymemberhistory",
            index=models.Index(fields=["resident"], name="family_history_resident"),
        ),
        migrations.AddConstraint(
            model_name="familymemberhistory",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="familymemberhistory_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="familymemberhistory",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="familymemberhistory_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="familymemberhistory",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="familymemberhistory_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="familymemberhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="23a5503f90343ce065f68bf55cdb31e93bbd41d9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_65d8f",
                    table="health_record_familymemberhistory",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="immunization",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="immunization_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="immunization",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="immunization_replaced"
            ),
        ),
        migrations.AddIndex(
            model_name="immunization",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="immunization_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="immunization",
            index=models.Index(fields=["resident", "-occurred_at"], name="immunization_resident"),
        ),
        migrations.AddConstraint(
            model_name="immunization",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="immunization_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="immunization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="immunization_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="immunization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="immunization_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="immunization",
            constraint=models.CheckConstraint(
                condition=models.Q(("dose_number", None), ("dose_number__gt", 0), _connector="OR"),
                name="immunization_dose_counts_from_one",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="immunization",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="0d451acfb4dbb3e5c270b8d95b87e60b951831dd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_abcaa",
                    table="health_record_immunization",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="medicationrequest",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="medicationrequest_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="medicationrequest",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="medicationrequest_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationrequest",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="medicationrequest_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationrequest",
            index=models.Index(fields=["resident", "-authored_at"], name="medicationrequest_resident"),
        ),
        migrations.AddConstraint(
            model_name="medicationrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="medicationrequest_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="medicationrequest_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="medicationrequest_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medicationrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="37090d3af0160b766d0d0b203ac7f5dbfa148804",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_62e34",
                    table="health_record_medicationrequest",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="medicationdispense",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="medicationdispense_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="medicationdispense",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="medicationdispense_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationdispense",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="medicationdispense_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationdispense",
            index=models.Index(fields=["resident", "-dispensed_at"], name="medicationdispense_resident"),
        ),
        migrations.AddConstraint(
            model_name="medicationdispense",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="medicationdispense_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationdispense",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="medicationdispense_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationdispense",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="medicationdispense_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medicationdispense",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="36422504ecd18fc25b41473c728739e9cd9c46c4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_e2411",
                    table="health_record_medicationdispense",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="medicationstatement",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)),
                fields=["identity"],
                name="medicationstatement_identity",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationstatement",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)),
                fields=["replaced_by"],
                name="medicationstatement_replaced",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationstatement",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="medicationstatement_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="medicationstatement",
            index=models.Index(fields=["resident", "-start"], name="medication_resident"),
        ),
        migrations.AddConstraint(
            model_name="medicationstatement",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="medicationstatement_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="medicationstatement_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="medicationstatement_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medicationstatement",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="e899f2c3bd301a622b791db5bb231485b5a25f67",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_dc3b1",
                    table="health_record_medicationstatement",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True),
                fields=["resident"],
                name="observation_protected",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(fields=["resident", "code", "-effective_at"], name="observation_resident_code"),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("encounter__isnull", False)), fields=["encounter"], name="observation_encounter"
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("report__isnull", False)), fields=["report"], name="observation_report"
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                condition=models.Q(("practitioner__isnull", False)),
                fields=["practitioner"],
                name="observation_practitioner",
            ),
        ),
        migrations.AddIndex(
            model_name="observation",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["organization"], name="observation_organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key", "effective_at"),
                name="observation_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="observation_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="observation_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observation",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write('health_record_observation'::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="cfb5da97648583d63c59d44aa48003756ae91a91",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_b7b67",
                    table="health_record_observation",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="procedure",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="procedure_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="procedure",
            index=models.Index(
                condition=models.Q(("replaced_by__isnull", False)), fields=["replaced_by"], name="procedure_replaced"
            ),
        ),
        migrations.AddIndex(
            model_name="procedure",
            index=models.Index(
                condition=models.Q(("sensitivity", ""), _negated=True), fields=["resident"], name="procedure_protected"
            ),
        ),
        migrations.AddIndex(
            model_name="procedure",
            index=models.Index(fields=["resident", "-performed_at"], name="procedure_resident"),
        ),
        migrations.AddConstraint(
            model_name="procedure",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("source_key", ""), _negated=True), ("replaced_by", None)),
                fields=("source", "source_key"),
                name="procedure_source_once",
                violation_error_message="来源系统的这一条已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="procedure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("voided_at", None), ("voided_reason", "")),
                    models.Q(models.Q(("voided_reason", ""), _negated=True), ("voided_at__isnull", False)),
                    _connector="OR",
                ),
                name="procedure_void_has_time",
                violation_error_message="作废要有原因和时间",
            ),
        ),
        migrations.AddConstraint(
            model_name="procedure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaced_at", None), ("replaced_by", None)),
                    models.Q(("replaced_at__isnull", False), ("replaced_by__isnull", False)),
                    _connector="OR",
                ),
                name="procedure_replaced_has_time",
                violation_error_message="更正要有新的一条和时间",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedure",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{content,content_hash}');\n            RETURN NULL;\n        ",
                    hash="dfb6877e64623c93ada149231b4acb370d3992b7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_audited_feb44",
                    table="health_record_procedure",
                    when="AFTER",
                ),
            ),
        ),
    ]
