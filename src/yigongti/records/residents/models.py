"""Who the resident is: identity, names, where they live, who cares for them, what they consented to."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited, audited_together
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ciphers.fields import BlindIndexField, EncryptedTextField
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import Period, in_order, one_at_a_time
from yigongti.registry.places.models import Area
from yigongti.registry.staff.models import Practitioner

from .documents import DocumentKind
from .former import FormerNumber, remembered
from .functions import SEARCHED
from .names import given_name, search_keys
from .normal_forms import identity_digits, phone_digits

#: columns searched from their beginning that nobody is without
ALWAYS = ("name", "name_pinyin", "name_initials")


class Resident(models.Model):
    """A person: FHIR Patient. Identity number, phone and address are encrypted; names stay searchable.

    ``number`` is our own lasting number of the person (健康档案号); it says nothing about them. ``told`` says which
    system told each field; ``merged_into`` is the record that this one became part of; ``restated_at`` when rows last
    moved to or from the person (what reads facts by watermark reads theirs again).
    """

    class Sex(models.TextChoices):
        """GB/T 2261.1."""

        UNKNOWN = "0", "未知"
        MALE = "1", "男"
        FEMALE = "2", "女"
        UNSPECIFIED = "9", "未说明"

    Identity = DocumentKind
    #: how a search found them, if not by what they are called and have today
    known_as: str = ""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField("健康档案号", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=64)
    name_pinyin = models.CharField("姓名拼音", max_length=128, blank=True, editable=False)
    name_initials = models.CharField("姓名首字母", max_length=64, blank=True, editable=False)
    other_pinyin = models.CharField("姓名另一读音", max_length=128, blank=True, editable=False)
    other_initials = models.CharField("另一读音首字母", max_length=64, blank=True, editable=False)
    given_name = models.CharField("名", max_length=64, blank=True, editable=False)
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    birth_date = models.DateField("出生日期")
    birth_estimated = models.BooleanField("出生日期为估计", default=False)
    identity_kind = models.CharField("证件类型", max_length=2, choices=Identity.choices, default=Identity.ID_CARD)
    id_number = EncryptedTextField("证件号码", null=True, blank=True)
    id_number_index = BlindIndexField(of="id_number", normalize=identity_digits)
    phone = EncryptedTextField("电话", null=True, blank=True)
    phone_index = BlindIndexField(of="phone", normalize=phone_digits, db_index=True)
    address = EncryptedTextField("住址", null=True, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, verbose_name="居住村（社区）", db_index=False)
    ethnicity = models.CharField("民族", max_length=32, blank=True)
    blood_type = models.CharField("血型", max_length=8, blank=True)
    insurance_kind = models.CharField("医保类型", max_length=32, blank=True)
    mother = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name="母亲"
    )
    features = models.CharField("特征", max_length=256, blank=True, help_text="身份不明者的体貌特征和发现经过")
    died_on = models.DateField("死亡日期", null=True, blank=True)
    moved_on = models.DateField("迁出日期", null=True, blank=True)
    registered_at = models.DateTimeField("建档时间", default=clock.now)
    registered_by = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="建档机构")
    version = models.PositiveIntegerField("版本", default=1)
    told = models.JSONField(
        "各项来源",
        default=dict,
        null=True,
        blank=True,
        editable=False,
        help_text="字段 → 来源系统和时间；没有的是在平台上填写的",
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="losers", editable=False, verbose_name="已并入"
    )
    restated_at = models.DateTimeField("数据移动时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "居民"
        triggers = [*audited_together(resident="id"), remembered()]
        constraints = [
            models.UniqueConstraint(
                fields=["identity_kind", "id_number_index"],
                condition=Q(id_number_index__isnull=False) & ~Q(identity_kind=DocumentKind.HOUSEHOLD),
                name="resident_identity_once",
                violation_error_message="该证件号码已经建档",
            ),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(died_on__gte=models.F("birth_date")),
                name="resident_died_after_birth",
            ),
        ]
        indexes = [
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="resident_name_trigram"),
            models.Index(fields=["id_number_index"], name="resident_identity"),
            *(
                models.Index(
                    fields=[column, "id"],
                    opclasses=["varchar_pattern_ops", "uuid_ops"],
                    condition=None if column in ALWAYS else ~Q(**{column: ""}),
                    name=f"resident_{column}",
                )
                for column in SEARCHED
            ),
            models.Index(fields=["birth_date"], name="resident_birth_date"),
            models.Index(
                fields=["area"],
                opclasses=["varchar_pattern_ops"],
                condition=Q(area__isnull=False),
                name="resident_area",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def call(self, name: str) -> None:
        """Give the person a name, with all that it is searched by."""
        keys = search_keys(name)
        self.name, self.name_pinyin, self.name_initials = keys.name, keys.pinyin, keys.initials
        self.other_pinyin, self.other_initials = keys.alternatives[0] if keys.alternatives else ("", "")
        self.given_name = given_name(keys.name)


class Contact(models.Model):
    """Someone to call: FHIR Patient.contact."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="contacts")
    name = models.CharField("姓名", max_length=64)
    relation = models.CharField("关系", max_length=16)
    phone = EncryptedTextField("电话")

    class Meta:
        verbose_name = verbose_name_plural = "联系人"
        triggers = [audited(resident="resident_id")]


class Consent(models.Model):
    """What a resident agreed to, and since when no longer. A withdrawal is news for the house."""

    class Kind(models.TextChoices):
        REFERRAL = "referral", "转诊知情同意"
        SHARING = "sharing", "医共体内共享健康信息"
        OUTSIDE = "outside", "向医共体外机构提供健康信息"
        MESSAGES = "messages", "接收短信提醒"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resident = models.ForeignKey(Resident, models.CASCADE, related_name="consents")
    kind = models.CharField("事项", max_length=16, choices=Kind.choices)
    granted_at = models.DateTimeField("同意时间", default=clock.now)
    evidence = models.CharField("方式", max_length=64, help_text="签字、口头并有见证人、本人在手机上确认…")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "知情同意"
        triggers = [audited(resident="resident_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "kind"], condition=Q(withdrawn_at__isnull=True), name="consent_once_at_a_time"
            )
        ]


class SignedCentre(Period):
    """The centre, and the family doctor, with whom the resident is signed (签约)."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="signings")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="signings", verbose_name="签约机构")
    doctor = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="signings", verbose_name="家庭医生"
    )

    class Meta:
        verbose_name = verbose_name_plural = "签约"
        triggers = [audited(resident="resident_id")]
        constraints = [in_order("signing_period_in_order"), one_at_a_time("signing_once_at_a_time", "resident")]
        indexes = [models.Index(fields=["organization", "resident"], name="signing_organization")]


class CareRelationQuerySet(models.QuerySet["CareRelation"]):
    """Relations by time."""

    def in_force(self) -> "CareRelationQuerySet":
        """Those that open the record now. Compared with the database's clock, as row-level security does."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=Now()))


class CareRelation(models.Model):
    """Why an organisation may open a resident's record: row-level security of all personal tables reads this.

    ``source`` is the key of what made the relation (a referral, a grid); ``until`` ends it (empty: open).
    """

    class Kind(models.TextChoices):
        REGISTERED = "registered", "建档"
        SIGNED = "signed", "签约"
        GRID = "grid", "网格责任"
        ENCOUNTER = "encounter", "就诊"
        REFERRAL = "referral", "转诊"
        EMERGENCY = "emergency", "紧急调阅"
        SHARED = "shared", "本人授权"

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="relations", db_index=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField("关系", max_length=16, choices=Kind.choices)
    source = models.CharField("来源", max_length=64, blank=True)
    since = models.DateTimeField("起", default=clock.now)
    until = models.DateTimeField("止", null=True, blank=True)

    objects = CareRelationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务关系"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "organization", "kind", "source"],
                condition=Q(until__isnull=True),
                name="care_relation_once_open",
            )
        ]
        indexes = [
            models.Index(fields=["resident", "organization", "until"], name="care_relation_resident"),
            models.Index(fields=["organization", "resident"], include=["until"], name="care_relation_organization"),
        ]


from .decisions import MatchDecision, MatchReview, MatchWeights  # noqa: E402 they name the resident
from .merges import MergedRow, ResidentMerge  # noqa: E402
from .moves import IdentityMove, MovedRow  # noqa: E402
from .said import SaidAlso  # noqa: E402
from .sources import SourceIdentity, SourceIdentityVersion, SourceSystem  # noqa: E402

__all__ = [
    "CareRelation",
    "Consent",
    "Contact",
    "FormerNumber",
    "IdentityMove",
    "MatchDecision",
    "MatchReview",
    "MatchWeights",
    "MergedRow",
    "MovedRow",
    "Resident",
    "ResidentMerge",
    "SaidAlso",
    "SignedCentre",
    "SourceIdentity",
    "SourceIdentityVersion",
    "SourceSystem",
]
