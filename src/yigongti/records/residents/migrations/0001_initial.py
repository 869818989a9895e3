import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import yigongti.kernel.cases.keys
import yigongti.kernel.ciphers.fields
import yigongti.kernel.clock
import yigongti.records.residents.normal_forms
from yigongti.kernel.initial import Initial


class Migration(Initial):
    dependencies = [
        ("organizations", "0001_initial"),
        ("places", "0001_initial"),
        ("staff", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("referral", "转诊知情同意"),
                            ("sharing", "医共体内共享健康信息"),
                            ("outside", "向医共体外机构提供健康信息"),
                            ("messages", "接收短信提醒"),
                        ],
                        max_length=16,
                        verbose_name="事项",
                    ),
                ),
                ("granted_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="同意时间")),
                (
                    "evidence",
                    models.CharField(
                        help_text="签字、口头并有见证人、本人在手机上确认…", max_length=64, verbose_name="方式"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
            ],
            options={
                "verbose_name": "知情同意",
                "verbose_name_plural": "知情同意",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, verbose_name="姓名")),
                ("relation", models.CharField(max_length=16, verbose_name="关系")),
                ("phone", yigongti.kernel.ciphers.fields.EncryptedTextField(verbose_name="电话")),
            ],
            options={
                "verbose_name": "联系人",
                "verbose_name_plural": "联系人",
            },
        ),
        migrations.CreateModel(
            name="FormerNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "id_number",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(
                        bound_to="residents_resident.id_number", null=True, verbose_name="曾用证件号码"
                    ),
                ),
                (
                    "id_number_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        db_index=True,
                        label="id_number",
                        normalize=yigongti.records.residents.normal_forms.identity_digits,
                        of="id_number",
                    ),
                ),
                ("until", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="用至")),
            ],
            options={
                "verbose_name": "曾用证件号码",
                "verbose_name_plural": "曾用证件号码",
            },
        ),
        migrations.CreateModel(
            name="MatchDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("auto", "自动归入"),
                            ("created", "新建居民"),
                            ("review", "待核对"),
                            ("manual", "人工确认为同一人"),
                            ("rejected", "人工确认不是同一人"),
                            ("later", "暂缓"),
                        ],
                        max_length=16,
                        verbose_name="结果",
                    ),
                ),
                ("rule", models.CharField(blank=True, max_length=48, verbose_name="规则")),
                ("probability", models.FloatField(null=True, verbose_name="概率")),
                ("match", models.JSONField(null=True, verbose_name="依据")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="规则版本")),
                ("user_id", models.BigIntegerField(null=True, verbose_name="经办人")),
                ("user_name", models.CharField(blank=True, max_length=64, verbose_name="经办人姓名")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="时间")),
            ],
            options={
                "verbose_name": "归入判断",
                "verbose_name_plural": "归入判断",
            },
        ),
        migrations.CreateModel(
            name="MatchWeights",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("policy_hash", models.CharField(max_length=64, verbose_name="规则版本")),
                ("trained", models.TextField(verbose_name="权重")),
                ("rows", models.PositiveIntegerField(verbose_name="训练行数")),
                ("made_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="训练时间")),
            ],
            options={
                "verbose_name": "比对权重",
                "verbose_name_plural": "比对权重",
            },
        ),
        migrations.CreateModel(
            name="MergedRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("table", models.CharField(max_length=63)),
                ("column", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=64)),
                ("stayed", models.BooleanField(default=False)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "verbose_name": "随合并移动的行",
                "verbose_name_plural": "随合并移动的行",
                "db_table": "residents_merged_row",
            },
        ),
        migrations.CreateModel(
            name="MovedRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("table", models.CharField(max_length=63)),
                ("column", models.CharField(max_length=63)),
                ("key", models.CharField(max_length=64)),
                ("stayed", models.BooleanField(default=False)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
            ],
            options={
                "verbose_name": "随改归移动的行",
                "verbose_name_plural": "随改归移动的行",
                "db_table": "residents_moved_row",
            },
        ),
        migrations.CreateModel(
            name="Resident",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="健康档案号")),
                ("name", models.CharField(max_length=64, verbose_name="姓名")),
                ("name_pinyin", models.CharField(blank=True, editable=False, max_length=128, verbose_name="姓名拼音")),
                (
                    "name_initials",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="姓名首字母"),
                ),
                (
                    "other_pinyin",
                    models.CharField(blank=True, editable=False, max_length=128, verbose_name="姓名另一读音"),
                ),
                (
                    "other_initials",
                    models.CharField(blank=True, editable=False, max_length=64, verbose_name="另一读音首字母"),
                ),
                ("given_name", models.CharField(blank=True, editable=False, max_length=64, verbose_name="名")),
                (
                    "sex",
                    models.CharField(
                        choices=[("0", "未知"), ("1", "男"), ("2", "女"), ("9", "未说明")],
                        max_length=1,
                        verbose_name="性别",
                    ),
                ),
                ("birth_date", models.DateField(verbose_name="出生日期")),
                ("birth_estimated", models.BooleanField(default=False, verbose_name="出生日期为估计")),
                (
                    "identity_kind",
                    models.CharField(
                        choices=[
                            ("01", "居民身份证"),
                            ("02", "居民户口簿"),
                            ("03", "护照"),
                            ("04", "军官证"),
                            ("05", "驾驶证"),
                            ("06", "港澳居民来往内地通行证"),
                            ("07", "台湾居民来往内地通行证"),
                            ("90", "新生儿临时身份"),
                            ("91", "无名氏临时身份"),
                            ("92", "外国人永久居留身份证"),
                            ("93", "港澳台居民居住证"),
                            ("94", "出生医学证明"),
                            ("99", "其他法定有效证件"),
                        ],
                        default="01",
                        max_length=2,
                        verbose_name="证件类型",
                    ),
                ),
                (
                    "id_number",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(blank=True, null=True, verbose_name="证件号码"),
                ),
                (
                    "id_number_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        label="id_number",
                        normalize=yigongti.records.residents.normal_forms.identity_digits,
                        of="id_number",
                    ),
                ),
                (
                    "phone",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(blank=True, null=True, verbose_name="电话"),
                ),
                (
                    "phone_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        db_index=True,
                        label="phone",
                        normalize=yigongti.records.residents.normal_forms.phone_digits,
                        of="phone",
                    ),
                ),
                (
                    "address",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(blank=True, null=True, verbose_name="住址"),
                ),
                ("ethnicity", models.CharField(blank=True, max_length=32, verbose_name="民族")),
                ("blood_type", models.CharField(blank=True, max_length=8, verbose_name="血型")),
                ("insurance_kind", models.CharField(blank=True, max_length=32, verbose_name="医保类型")),
                (
                    "features",
                    models.CharField(
                        blank=True, help_text="身份不明者的体貌特征和发现经过", max_length=256, verbose_name="特征"
                    ),
                ),
                ("died_on", models.DateField(blank=True, null=True, verbose_name="死亡日期")),
                ("moved_on", models.DateField(blank=True, null=True, verbose_name="迁出日期")),
                ("registered_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="建档时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "told",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        help_text="字段 → 来源系统和时间；没有的是在平台上填写的",
                        null=True,
                        verbose_name="各项来源",
                    ),
                ),
                ("restated_at", models.DateTimeField(editable=False, null=True, verbose_name="数据移动时间")),
            ],
            options={
                "verbose_name": "居民",
                "verbose_name_plural": "居民",
            },
        ),
        migrations.CreateModel(
            name="ResidentMerge",
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
                ("survivor_name", models.CharField(max_length=64, verbose_name="保留者姓名")),
                ("loser_name", models.CharField(max_length=64, verbose_name="并入者姓名")),
                ("clinical", models.BooleanField(verbose_name="双方都有诊疗数据")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出人")),
                ("merged_at", models.DateTimeField(null=True, verbose_name="合并时间")),
                ("unmerged_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
            ],
            options={
                "verbose_name": "档案合并",
                "verbose_name_plural": "档案合并",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SaidAlso",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("name", "姓名"), ("phone", "电话")], max_length=8, verbose_name="是什么"
                    ),
                ),
                ("value_index", models.BinaryField(db_index=True, verbose_name="盲索引")),
            ],
            options={
                "verbose_name": "来源另说的姓名和电话",
                "verbose_name_plural": "来源另说的姓名和电话",
            },
        ),
        migrations.CreateModel(
            name="SignedCentre",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(default=yigongti.kernel.clock.today, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止（不含）")),
            ],
            options={
                "verbose_name": "签约",
                "verbose_name_plural": "签约",
            },
        ),
        migrations.CreateModel(
            name="SourceIdentity",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source_key", models.CharField(max_length=128, verbose_name="来源主键")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "待匹配"),
                            ("linked", "已归入"),
                            ("review", "待核对"),
                            ("refused", "不予归入"),
                        ],
                        default="new",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=64, verbose_name="姓名")),
                ("name_pinyin", models.CharField(blank=True, editable=False, max_length=128, verbose_name="姓名拼音")),
                ("sex", models.CharField(default="0", max_length=1, verbose_name="性别")),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="出生日期")),
                (
                    "identity_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("01", "居民身份证"),
                            ("02", "居民户口簿"),
                            ("03", "护照"),
                            ("04", "军官证"),
                            ("05", "驾驶证"),
                            ("06", "港澳居民来往内地通行证"),
                            ("07", "台湾居民来往内地通行证"),
                            ("90", "新生儿临时身份"),
                            ("91", "无名氏临时身份"),
                            ("92", "外国人永久居留身份证"),
                            ("93", "港澳台居民居住证"),
                            ("94", "出生医学证明"),
                            ("99", "其他法定有效证件"),
                        ],
                        max_length=2,
                        verbose_name="证件类型",
                    ),
                ),
                (
                    "id_number",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(
                        blank=True, bound_to="residents_resident.id_number", null=True, verbose_name="证件号码"
                    ),
                ),
                (
                    "id_number_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        db_index=True,
                        label="id_number",
                        normalize=yigongti.records.residents.normal_forms.identity_digits,
                        of="id_number",
                    ),
                ),
                (
                    "insurance_number",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(blank=True, null=True, verbose_name="医保号"),
                ),
                (
                    "insurance_number_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        db_index=True,
                        label="insurance_number",
                        normalize=yigongti.records.residents.normal_forms.identity_digits,
                        of="insurance_number",
                    ),
                ),
                ("number_valid", models.BooleanField(editable=False, null=True, verbose_name="证件号码有效")),
                (
                    "phone",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(
                        blank=True, bound_to="residents_resident.phone", null=True, verbose_name="电话"
                    ),
                ),
                (
                    "phone_index",
                    yigongti.kernel.ciphers.fields.BlindIndexField(
                        db_index=True,
                        label="phone",
                        normalize=yigongti.records.residents.normal_forms.phone_digits,
                        of="phone",
                    ),
                ),
                (
                    "address",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(
                        blank=True, bound_to="residents_resident.address", null=True, verbose_name="住址"
                    ),
                ),
                ("household", models.CharField(blank=True, max_length=128, verbose_name="户号")),
                ("mother_key", models.CharField(blank=True, max_length=128, verbose_name="母亲的来源主键")),
                ("died_on", models.DateField(blank=True, null=True, verbose_name="死亡日期")),
                ("extra", models.JSONField(blank=True, null=True, verbose_name="其他内容")),
                (
                    "kept",
                    yigongti.kernel.ciphers.fields.EncryptedTextField(
                        blank=True, editable=False, null=True, verbose_name="原样保留的个人信息"
                    ),
                ),
                ("received_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="收到时间")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, verbose_name="版本")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
            ],
            options={
                "verbose_name": "来源身份",
                "verbose_name_plural": "来源身份",
            },
        ),
        migrations.CreateModel(
            name="SourceIdentityVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("content", yigongti.kernel.ciphers.fields.EncryptedTextField(verbose_name="内容")),
                ("content_hash", models.BinaryField(null=True, verbose_name="内容摘要")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
            ],
            options={
                "verbose_name": "来源身份的旧版本",
                "verbose_name_plural": "来源身份的旧版本",
            },
        ),
        migrations.CreateModel(
            name="SourceSystem",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="标识")),
                ("title", models.CharField(max_length=128, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("his", "医院信息系统"),
                            ("lis", "检验系统"),
                            ("pacs", "影像系统"),
                            ("chss", "基层卫生系统"),
                            ("insurance", "医保"),
                            ("civil", "户籍与民政"),
                            ("device", "设备"),
                            ("cohort", "队列数据"),
                            ("other", "其他"),
                        ],
                        default="his",
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
            ],
            options={
                "verbose_name": "来源系统",
                "verbose_name_plural": "来源系统",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="CareRelation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registered", "建档"),
                            ("signed", "签约"),
                            ("grid", "网格责任"),
                            ("encounter", "就诊"),
                            ("referral", "转诊"),
                            ("emergency", "紧急调阅"),
                            ("shared", "本人授权"),
                        ],
                        max_length=16,
                        verbose_name="关系",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=64, verbose_name="来源")),
                ("since", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="起")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="止")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "服务关系",
                "verbose_name_plural": "服务关系",
            },
        ),
        migrations.CreateModel(
            name="IdentityMove",
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
                ("created", models.BooleanField(default=False, verbose_name="新建档案")),
                ("resident_name", models.CharField(max_length=64, verbose_name="原档案姓名")),
                ("target_name", models.CharField(blank=True, max_length=64, verbose_name="改归者姓名")),
                ("clinical", models.BooleanField(verbose_name="带有诊疗数据")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出人")),
                ("moved_at", models.DateTimeField(null=True, verbose_name="改归时间")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
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
            ],
            options={
                "verbose_name": "来源身份改归",
                "verbose_name_plural": "来源身份改归",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MatchReview",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yigongti.kernel.cases.keys.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待核对"),
                            ("proposed", "等待第二人复核"),
                            ("same", "同一人"),
                            ("different", "不是同一人"),
                        ],
                        default="open",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("probability", models.FloatField(default=0, verbose_name="概率")),
                ("opened_at", models.DateTimeField(default=yigongti.kernel.clock.now, verbose_name="提出时间")),
                ("later_at", models.DateTimeField(null=True, verbose_name="暂缓至")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="residents.matchdecision",
                        verbose_name="判断",
                    ),
                ),
            ],
            options={
                "verbose_name": "身份核对",
                "verbose_name_plural": "身份核对",
            },
        ),
        migrations.AddField(
            model_name="matchdecision",
            name="weights",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.matchweights",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="matchweights",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="1698d514341785dc98ccba6f01289a42cc9b0fbe",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7689f",
                    table="residents_matchweights",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="movedrow",
            name="move",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="residents.identitymove",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="area",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="places.area",
                verbose_name="居住村（社区）",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="losers",
                to="residents.resident",
                verbose_name="已并入",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="mother",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="residents.resident",
                verbose_name="母亲",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="registered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organizations.organization",
                verbose_name="建档机构",
            ),
        ),
        migrations.AddField(
            model_name="matchreview",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.resident",
                verbose_name="可能是",
            ),
        ),
        migrations.AddField(
            model_name="matchreview",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.resident",
                verbose_name="现归入",
            ),
        ),
        migrations.AddField(
            model_name="matchdecision",
            name="resident",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.resident",
                verbose_name="居民",
            ),
        ),
        migrations.AddField(
            model_name="identitymove",
            name="resident",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="residents.resident", verbose_name="居民"
            ),
        ),
        migrations.AddField(
            model_name="identitymove",
            name="target",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="arrivals",
                to="residents.resident",
                verbose_name="改归的档案",
            ),
        ),
        migrations.AddField(
            model_name="formernumber",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="former_numbers", to="residents.resident"
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="residents.resident"
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="residents.resident"
            ),
        ),
        migrations.AddField(
            model_name="carerelation",
            name="resident",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="relations",
                to="residents.resident",
            ),
        ),
        migrations.AddField(
            model_name="residentmerge",
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
            model_name="residentmerge",
            name="home_organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organizations.organization",
                verbose_name="发起机构",
            ),
        ),
        migrations.AddField(
            model_name="residentmerge",
            name="loser",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="residents.resident",
                verbose_name="并入的档案",
            ),
        ),
        migrations.AddField(
            model_name="residentmerge",
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
            model_name="residentmerge",
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
            model_name="residentmerge",
            name="resident",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="residents.resident", verbose_name="居民"
            ),
        ),
        migrations.AddField(
            model_name="residentmerge",
            name="review",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges",
                to="residents.matchreview",
            ),
        ),
        migrations.AddField(
            model_name="residentmerge",
            name="survivor",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges",
                to="residents.resident",
                verbose_name="保留的档案",
            ),
        ),
        migrations.AddField(
            model_name="mergedrow",
            name="merge",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="residents.residentmerge",
            ),
        ),
        migrations.AddField(
            model_name="signedcentre",
            name="doctor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signings",
                to="staff.practitioner",
                verbose_name="家庭医生",
            ),
        ),
        migrations.AddField(
            model_name="signedcentre",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signings",
                to="organizations.organization",
                verbose_name="签约机构",
            ),
        ),
        migrations.AddField(
            model_name="signedcentre",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="signings", to="residents.resident"
            ),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="area",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.area",
                verbose_name="居住地",
            ),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="resident",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="source_identities",
                to="residents.resident",
                verbose_name="居民",
            ),
        ),
        migrations.AddField(
            model_name="saidalso",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="said_also",
                to="residents.sourceidentity",
                verbose_name="来源身份",
            ),
        ),
        migrations.AddField(
            model_name="matchreview",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reviews",
                to="residents.sourceidentity",
                verbose_name="来源身份",
            ),
        ),
        migrations.AddField(
            model_name="matchdecision",
            name="identity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="residents.sourceidentity",
                verbose_name="来源身份",
            ),
        ),
        migrations.AddField(
            model_name="identitymove",
            name="identity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moves",
                to="residents.sourceidentity",
                verbose_name="来源身份",
            ),
        ),
        migrations.AddField(
            model_name="sourceidentityversion",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="residents.sourceidentity",
                verbose_name="来源身份",
            ),
        ),
        migrations.AddField(
            model_name="sourcesystem",
            name="organization",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="source_systems",
                to="organizations.organization",
                verbose_name="所属机构",
            ),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="source",
            field=models.ForeignKey(
                db_column="source",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="residents.sourcesystem",
                verbose_name="来源系统",
            ),
        ),
        migrations.AddConstraint(
            model_name="movedrow",
            constraint=models.UniqueConstraint(fields=("move", "table", "column", "key"), name="moved_row_once"),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="resident_name_trigram", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["id_number_index"], name="resident_identity"),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                fields=["name", "id"], name="resident_name", opclasses=["varchar_pattern_ops", "uuid_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(("given_name", ""), _negated=True),
                fields=["given_name", "id"],
                name="resident_given_name",
                opclasses=["varchar_pattern_ops", "uuid_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                fields=["name_pinyin", "id"], name="resident_name_pinyin", opclasses=["varchar_pattern_ops", "uuid_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                fields=["name_initials", "id"],
                name="resident_name_initials",
                opclasses=["varchar_pattern_ops", "uuid_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(("other_pinyin", ""), _negated=True),
                fields=["other_pinyin", "id"],
                name="resident_other_pinyin",
                opclasses=["varchar_pattern_ops", "uuid_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(("other_initials", ""), _negated=True),
                fields=["other_initials", "id"],
                name="resident_other_initials",
                opclasses=["varchar_pattern_ops", "uuid_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["birth_date"], name="resident_birth_date"),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(("area__isnull", False)),
                fields=["area"],
                name="resident_area",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("id_number_index__isnull", False), models.Q(("identity_kind", "02"), _negated=True)
                ),
                fields=("identity_kind", "id_number_index"),
                name="resident_identity_once",
                violation_error_message="该证件号码已经建档",
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("died_on__isnull", True), ("died_on__gte", models.F("birth_date")), _connector="OR"
                ),
                name="resident_died_after_birth",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="audited_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)\n    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,\n           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> 'id')::uuid,\n           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), coalesce(w.after, w.before)\n\n      FROM (SELECT NULL::jsonb AS before, to_jsonb(one) - '{}'::text[] AS after FROM new_rows one OFFSET 0) w;\n    RETURN NULL;\n",
                    hash="b24a21f281bb46fdec699d227e6dadd6c05d3794",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_audited_insert_b8114",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="residents_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="audited_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)\n    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,\n           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> 'id')::uuid,\n           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), jsonb_build_object('old', c.old, 'new', c.new)\n\n      FROM (SELECT to_jsonb(o) - '{}'::text[] AS before, to_jsonb(n) - '{}'::text[] AS after\n              FROM old_rows o FULL JOIN new_rows n ON n.id = o.id OFFSET 0) w\n     CROSS JOIN LATERAL (\n        SELECT jsonb_object_agg(k.key, w.before -> k.key) AS old, jsonb_object_agg(k.key, w.after -> k.key) AS new\n          FROM jsonb_object_keys(coalesce(w.before, w.after)) k(key)\n         WHERE w.before -> k.key IS DISTINCT FROM w.after -> k.key) c\n     WHERE c.old IS NOT NULL;\n    RETURN NULL;\n",
                    hash="5607a29096dc3c2572380aa9b1396e9209ee258c",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audited_update_915c3",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="residents_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="audited_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)\n    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,\n           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> 'id')::uuid,\n           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), coalesce(w.after, w.before)\n\n      FROM (SELECT to_jsonb(one) - '{}'::text[] AS before, NULL::jsonb AS after FROM old_rows one OFFSET 0) w;\n    RETURN NULL;\n",
                    hash="56115a5e192891b3681395eae90c09d59b2166a2",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audited_delete_53e8b",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="residents_resident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="resident",
            trigger=pgtrigger.compiler.Trigger(
                name="former_number",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.id_number_index IS NOT NULL AND OLD.id_number_index IS DISTINCT FROM NEW.id_number_index)",
                    func="\n            INSERT INTO residents_formernumber (resident_id, id_number, id_number_index, until)\n            VALUES (OLD.id, OLD.id_number, OLD.id_number_index, clock_timestamp()) ON CONFLICT DO NOTHING;\n            RETURN NULL;\n        ",
                    hash="e265d76ceb5ddd96e7512efcdc1553ec87a52dc6",
                    operation='UPDATE OF "id_number_index"',
                    pgid="pgtrigger_former_number_dd820",
                    table="residents_resident",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="formernumber",
            constraint=models.UniqueConstraint(fields=("resident", "id_number_index"), name="former_number_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="01a1346e9d5f3ffbd655387d8c9003d75c6a67af",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_8a894",
                    table="residents_contact",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("resident", "kind"),
                name="consent_once_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="e145f3a9f233149967c82ebed6dbcbff697b6972",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_d5710",
                    table="residents_consent",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="carerelation",
            index=models.Index(fields=["resident", "organization", "until"], name="care_relation_resident"),
        ),
        migrations.AddIndex(
            model_name="carerelation",
            index=models.Index(
                fields=["organization", "resident"], include=("until",), name="care_relation_organization"
            ),
        ),
        migrations.AddConstraint(
            model_name="carerelation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("resident", "organization", "kind", "source"),
                name="care_relation_once_open",
            ),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="residentmerge_work",
            ),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)),
                fields=["next_alarm_at"],
                name="residentmerge_alarm",
            ),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=models.Index(fields=["resident", "-opened_at"], name="residentmerge_resident"),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="residentmerge_parties"),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=models.Index(fields=["survivor"], name="resident_merge_survivor"),
        ),
        migrations.AddIndex(
            model_name="residentmerge",
            index=models.Index(fields=["loser"], name="resident_merge_loser"),
        ),
        migrations.AddConstraint(
            model_name="residentmerge",
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
                name="residentmerge_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="residentmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True), ("state", "merged"), _connector="OR"),
                fields=("loser",),
                name="resident_merge_once",
                violation_error_message="这份档案已经提出合并或已经并入另一份",
            ),
        ),
        migrations.AddConstraint(
            model_name="residentmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("survivor", models.F("loser")), _negated=True), name="resident_merge_of_two"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="residentmerge",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="7422615e2a18c04ff048a1e9b72674e665633a68",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_0f885",
                    table="residents_residentmerge",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="mergedrow",
            constraint=models.UniqueConstraint(fields=("merge", "table", "column", "key"), name="merged_row_once"),
        ),
        migrations.AddIndex(
            model_name="signedcentre",
            index=models.Index(fields=["organization", "resident"], name="signing_organization"),
        ),
        migrations.AddConstraint(
            model_name="signedcentre",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("start")), _connector="OR"),
                name="signing_period_in_order",
                violation_error_message="结束日期应晚于开始日期",
            ),
        ),
        migrations.AddConstraint(
            model_name="signedcentre",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("resident", "="),
                    (
                        models.Func(
                            models.F("start"),
                            models.F("until"),
                            models.Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="signing_once_at_a_time",
                violation_error_message="同一时期已有一条相同的记录，请先结束原来的一条",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signedcentre",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="157275847d0dc658f723b0cf9ee901b638b5fef7",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_e6e47",
                    table="residents_signedcentre",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="saidalso",
            constraint=models.UniqueConstraint(fields=("identity", "kind", "value_index"), name="said_also_once"),
        ),
        migrations.AddIndex(
            model_name="matchreview",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["-probability", "opened_at"],
                name="match_review_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("identity", "candidate"),
                name="match_review_once",
            ),
        ),
        migrations.AddIndex(
            model_name="matchdecision",
            index=models.Index(fields=["identity", "-at"], name="match_decision_identity"),
        ),
        migrations.AddIndex(
            model_name="matchdecision",
            index=models.Index(fields=["resident", "-at"], name="match_decision_resident"),
        ),
        migrations.AddIndex(
            model_name="matchdecision",
            index=models.Index(
                condition=models.Q(("outcome__in", ["manual", "rejected"])),
                fields=["identity", "resident"],
                name="match_decision_of_people",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="matchdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="0a1c166e014ee5f7a9118fa60f0b01259a29c054",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a2803",
                    table="residents_matchdecision",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="identitymove",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["owner_organization", "owner_permission", "due_at"],
                name="identitymove_work",
            ),
        ),
        migrations.AddIndex(
            model_name="identitymove",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)),
                fields=["next_alarm_at"],
                name="identitymove_alarm",
            ),
        ),
        migrations.AddIndex(
            model_name="identitymove",
            index=models.Index(fields=["resident", "-opened_at"], name="identitymove_resident"),
        ),
        migrations.AddIndex(
            model_name="identitymove",
            index=django.contrib.postgres.indexes.GinIndex(fields=["parties"], name="identitymove_parties"),
        ),
        migrations.AddIndex(
            model_name="identitymove",
            index=models.Index(fields=["identity"], name="identity_move_identity"),
        ),
        migrations.AddConstraint(
            model_name="identitymove",
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
                name="identitymove_open_is_owned",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitymove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")),
                fields=("identity",),
                name="identity_move_once",
                violation_error_message="这条来源身份的改归正在等待复核",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitymove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resident", models.F("target")), _negated=True), ("target__isnull", True), _connector="OR"
                ),
                name="identity_move_elsewhere",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="identitymove",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, 'resident_id', '{}');\n            RETURN NULL;\n        ",
                    hash="aedee626db888c665a0c3321e24face0a6ff4dc8",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_73da3",
                    table="residents_identitymove",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceidentityversion",
            constraint=models.UniqueConstraint(fields=("identity", "version"), name="source_identity_version_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourceidentityversion",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'DELETE' OR (to_jsonb(OLD) ) <> (to_jsonb(NEW) ) OR false THEN\n                RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="93fd2ff6faba6ba347d72316faf850ca0eb559ee",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a60f0",
                    table="residents_sourceidentityversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcesystem",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            PERFORM audit_write(TG_TABLE_NAME::text, TG_OP,\n                CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,\n                CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END, '', '{}');\n            RETURN NULL;\n        ",
                    hash="0d2747d2f78a798a4fb3749d5c7adfd726500cdb",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_6e42a",
                    table="residents_sourcesystem",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="sourceidentity",
            index=models.Index(
                condition=models.Q(("state", "linked"), _negated=True),
                fields=["state", "received_at"],
                name="source_identity_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="sourceidentity",
            index=models.Index(fields=["birth_date"], name="source_identity_birth_date"),
        ),
        migrations.AddIndex(
            model_name="sourceidentity",
            index=models.Index(
                condition=models.Q(("area__isnull", False)), fields=["area"], name="source_identity_area"
            ),
        ),
        migrations.AddIndex(
            model_name="sourceidentity",
            index=models.Index(
                condition=models.Q(("mother_key", ""), _negated=True),
                fields=["source", "mother_key"],
                name="source_identity_mother_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceidentity",
            constraint=models.UniqueConstraint(
                fields=("source", "source_key"),
                name="source_identity_once",
                violation_error_message="来源系统的这位病人已经收到过",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceidentity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "linked"), _negated=True), ("resident__isnull", False), _connector="OR"
                ),
                name="source_identity_linked_to_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourceidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="audited_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)\n    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,\n           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> 'resident_id')::uuid,\n           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), jsonb_build_object('old', c.old, 'new', c.new)\n\n      FROM (SELECT to_jsonb(o) - '{content_hash}'::text[] AS before, to_jsonb(n) - '{content_hash}'::text[] AS after\n              FROM old_rows o FULL JOIN new_rows n ON n.id = o.id OFFSET 0) w\n     CROSS JOIN LATERAL (\n        SELECT jsonb_object_agg(k.key, w.before -> k.key) AS old, jsonb_object_agg(k.key, w.after -> k.key) AS new\n          FROM jsonb_object_keys(coalesce(w.before, w.after)) k(key)\n         WHERE w.before -> k.key IS DISTINCT FROM w.after -> k.key) c\n     WHERE c.old IS NOT NULL;\n    RETURN NULL;\n",
                    hash="c11fff5dcbe7d91f639af978f8374e39f626755d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_audited_update_db8c0",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="residents_sourceidentity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourceidentity",
            trigger=pgtrigger.compiler.Trigger(
                name="audited_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)\n    SELECT clock_timestamp(), (SELECT acting_user()), (SELECT acting_organization()), TG_OP, TG_TABLE_NAME,\n           coalesce(w.after ->> 'id', w.before ->> 'id', ''), (coalesce(w.after, w.before) ->> 'resident_id')::uuid,\n           coalesce((SELECT current_setting('yigongti.purpose', true)), ''), coalesce(w.after, w.before)\n\n      FROM (SELECT to_jsonb(one) - '{content_hash}'::text[] AS before, NULL::jsonb AS after FROM old_rows one OFFSET 0) w;\n    RETURN NULL;\n",
                    hash="b9e3bb01836a3d8f02315dbdf55c009c5437ba42",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_audited_delete_bfed3",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="residents_sourceidentity",
                    when="AFTER",
                ),
            ),
        ),
    ]
