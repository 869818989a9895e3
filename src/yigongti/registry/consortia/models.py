"""Consortia (医联体、医共体): five kinds and the medical group, lead and members with dates and duties."""

from django.db import models
from django.urls import reverse

from yigongti.kernel.audit.triggers import audited
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import Period, in_order, one_at_a_time


class Consortium(Period):
    """A consortium. The kinds are those of the Chizhou plan (seed 002) and of seeds 000 and 001.

    Its lead is the member whose role is lead, so that the lead has dates too.
    """

    class Kind(models.TextChoices):
        URBAN = "urban", "城市医联体（1+X）"
        URBAN_GROUP = "urban-group", "城市医疗集团"
        URBAN_RURAL = "urban-rural", "城乡医联体"
        COUNTY = "county", "县域医疗卫生共同体"
        DISTRICT = "district", "区域紧密型医共体"
        SPECIALIST = "specialist", "专科联盟"
        TELEMEDICINE = "telemedicine", "远程医疗协作网"

    class Tightness(models.TextChoices):
        TIGHT = "tight", "紧密型"
        LOOSE = "loose", "松散型"

    code = models.CharField("代码", max_length=32, unique=True)
    name = models.CharField("名称", max_length=128)
    kind = models.CharField("组建形式", max_length=16, choices=Kind.choices)
    tightness = models.CharField("紧密程度", max_length=8, choices=Tightness.choices)
    area_code = models.CharField("行政区划代码", max_length=12, blank=True)
    speciality = models.CharField("专科", max_length=64, blank=True)
    description = models.TextField("简介", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "医共体"
        ordering = ["code"]
        triggers = [audited()]
        constraints = [in_order("consortium_period_in_order")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("consortia:consortium", args=[self.pk])


class Membership(Period):
    """An organisation in a consortium, with dates and duties. The lead is a member too."""

    class Role(models.TextChoices):
        LEAD = "lead", "牵头单位"
        BRANCH = "branch", "分院"
        MEMBER = "member", "成员单位"
        PARTNER = "partner", "协作单位"

    consortium = models.ForeignKey(Consortium, models.CASCADE, related_name="memberships", verbose_name="医共体")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships", verbose_name="机构")
    role = models.CharField("角色", max_length=8, choices=Role.choices)
    duties = models.TextField("职责", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "成员"
        ordering = ["consortium", "role", "organization"]
        triggers = [audited()]
        constraints = [
            in_order("membership_period_in_order"),
            one_at_a_time(
                "membership_once_at_a_time",
                "consortium",
                "organization",
                message="该机构在这一时期已是成员",
            ),
            one_at_a_time(
                "membership_one_lead_at_a_time",
                "consortium",
                message="这一时期已有牵头单位",
                condition=models.Q(role="lead"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consortium}·{self.organization}"


class SharedCentre(Period):
    """A shared centre of the consortium (1+N 中心), run by one organisation for all members."""

    class Kind(models.TextChoices):
        IMAGING = "imaging", "影像诊断中心"
        ECG = "ecg", "心电诊断中心"
        LABORATORY = "laboratory", "医学检验中心"
        PATHOLOGY = "pathology", "病理诊断中心"
        CONSULTATION = "consultation", "远程会诊中心"
        STERILE_SUPPLY = "sterile-supply", "消毒供应中心"
        EMERGENCY = "emergency", "急救中心"
        CHEST_PAIN = "chest-pain", "胸痛中心"
        STROKE = "stroke", "卒中中心"
        TRAUMA = "trauma", "创伤中心"
        NEWBORN = "newborn", "危重新生儿救治中心"
        MATERNAL = "maternal", "危重孕产妇救治中心"
        PHARMACY = "pharmacy", "中心药房"

    consortium = models.ForeignKey(Consortium, models.CASCADE, related_name="centres", verbose_name="医共体")
    kind = models.CharField("中心", max_length=16, choices=Kind.choices)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="centres", verbose_name="承办机构")

    class Meta:
        verbose_name = verbose_name_plural = "共享中心"
        ordering = ["consortium", "kind"]
        triggers = [audited()]
        constraints = [
            in_order("centre_period_in_order"),
            one_at_a_time(
                "centre_once_at_a_time",
                "consortium",
                "kind",
                "organization",
                message="该机构在这一时期已承办此中心",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Assistance(Period):
    """A city hospital helps a member (市级医院帮扶): speciality, form, dates."""

    helper = models.ForeignKey(Organization, models.PROTECT, related_name="assistance_given", verbose_name="帮扶医院")
    helped = models.ForeignKey(
        Organization, models.PROTECT, related_name="assistance_received", verbose_name="受援机构"
    )
    speciality = models.CharField("专科", max_length=64, blank=True)
    form = models.CharField("帮扶形式", max_length=128, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "帮扶关系"
        triggers = [audited()]
        constraints = [
            in_order("assistance_period_in_order"),
            one_at_a_time(
                "assistance_once_at_a_time", "helper", "helped", "speciality", message="这一时期已有同一专科的帮扶关系"
            ),
            models.CheckConstraint(
                condition=~models.Q(helper=models.F("helped")),
                name="assistance_not_to_itself",
                violation_error_message="帮扶医院与受援机构不能是同一家",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.helper}→{self.helped}"
