"""Which systems tell us about residents, and whom each of them says its patient is.

The resident is the golden record; what a system says is kept apart from it, in the versions in which it came.
"""

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import append_only, audited, audited_together
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ciphers.fields import BlindIndexField, EncryptedTextField
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area

from .documents import DocumentKind
from .normal_forms import identity_digits, phone_digits

UNKNOWN_SEX = "0"


class SourceSystem(models.Model):
    """A system from which data come. ``Entry.source`` holds its code; how far it is trusted is policy, not a column."""

    class Kind(models.TextChoices):
        HIS = "his", "医院信息系统"
        LIS = "lis", "检验系统"
        PACS = "pacs", "影像系统"
        CHSS = "chss", "基层卫生系统"
        INSURANCE = "insurance", "医保"
        CIVIL = "civil", "户籍与民政"
        DEVICE = "device", "设备"
        COHORT = "cohort", "队列数据"
        OTHER = "other", "其他"

    code = models.CharField("标识", max_length=32, primary_key=True)
    title = models.CharField("名称", max_length=128)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="source_systems", verbose_name="所属机构"
    )
    kind = models.CharField("类别", max_length=16, choices=Kind.choices, default=Kind.HIS)
    active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源系统"
        ordering = ["code"]
        triggers = [audited()]

    def __str__(self) -> str:
        return self.title


class SourceIdentity(models.Model):
    """What one system says who its patient is: FHIR Patient as received.

    ``source_key`` is the patient's key there; ``resident`` whom the index tied it to. ``household`` and ``mother_key``
    are keys of the same system. Number, phone and address are sealed as the resident's own are, so that they can be
    handed on without being opened. ``kept`` is what else the system tells of the person, as FHIR Patient elements in
    JSON: further names, numbers, phones, addresses, contacts, languages. ``number_valid``: the index has looked at the
    number (checksum, region, date).
    """

    class State(models.TextChoices):
        NEW = "new", "待匹配"
        LINKED = "linked", "已归入"
        REVIEW = "review", "待核对"
        REFUSED = "refused", "不予归入"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(
        SourceSystem, models.PROTECT, db_column="source", db_index=False, related_name="+", verbose_name="来源系统"
    )
    source_key = models.CharField("来源主键", max_length=128)
    resident = models.ForeignKey(
        "residents.Resident",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="source_identities",
        verbose_name="居民",
    )
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.NEW)
    name = models.CharField("姓名", max_length=64, blank=True)
    name_pinyin = models.CharField("姓名拼音", max_length=128, blank=True, editable=False)
    sex = models.CharField("性别", max_length=1, default=UNKNOWN_SEX)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    identity_kind = models.CharField("证件类型", max_length=2, choices=DocumentKind.choices, blank=True)
    id_number = EncryptedTextField("证件号码", null=True, blank=True, bound_to="residents_resident.id_number")
    id_number_index = BlindIndexField(of="id_number", normalize=identity_digits, db_index=True)
    insurance_number = EncryptedTextField("医保号", null=True, blank=True)
    insurance_number_index = BlindIndexField(of="insurance_number", normalize=identity_digits, db_index=True)
    number_valid = models.BooleanField("证件号码有效", null=True, editable=False)
    phone = EncryptedTextField("电话", null=True, blank=True, bound_to="residents_resident.phone")
    phone_index = BlindIndexField(of="phone", normalize=phone_digits, db_index=True)
    address = EncryptedTextField("住址", null=True, blank=True, bound_to="residents_resident.address")
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="居住地", db_index=False
    )
    household = models.CharField("户号", max_length=128, blank=True)
    mother_key = models.CharField("母亲的来源主键", max_length=128, blank=True)
    died_on = models.DateField("死亡日期", null=True, blank=True)
    extra = models.JSONField("其他内容", null=True, blank=True)
    kept = EncryptedTextField("原样保留的个人信息", null=True, blank=True, editable=False)
    received_at = models.DateTimeField("收到时间", default=clock.now)
    version = models.PositiveIntegerField("版本", default=1, db_default=1)
    content_hash = models.BinaryField("内容摘要", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "来源身份"
        triggers = audited_together(resident="resident_id", without=["content_hash"], inserts=False)
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"],
                name="source_identity_once",
                violation_error_message="来源系统的这位病人已经收到过",
            ),
            models.CheckConstraint(
                condition=~Q(state="linked") | Q(resident__isnull=False), name="source_identity_linked_to_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "received_at"], condition=~Q(state="linked"), name="source_identity_waiting"),
            models.Index(fields=["birth_date"], name="source_identity_birth_date"),
            models.Index(fields=["area"], condition=Q(area__isnull=False), name="source_identity_area"),
            models.Index(
                fields=["source", "mother_key"], condition=~Q(mother_key=""), name="source_identity_mother_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.source_key}"


class SourceIdentityVersion(models.Model):
    """An earlier version of a source identity; ``content`` is what the system said then, as JSON, encrypted."""

    identity = models.ForeignKey(SourceIdentity, models.PROTECT, related_name="versions", verbose_name="来源身份")
    version = models.PositiveIntegerField("版本")
    content = EncryptedTextField("内容")
    content_hash = models.BinaryField("内容摘要", null=True, editable=False)
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = verbose_name_plural = "来源身份的旧版本"
        triggers = [append_only()]
        constraints = [
            models.UniqueConstraint(fields=["identity", "version"], name="source_identity_version_once"),
        ]
