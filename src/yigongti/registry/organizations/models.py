"""Organisations that give care or steer it, their departments, and what each is there to do (功能定位)."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.registry import pinyin
from yigongti.registry.periods import Period, holding, in_order, one_at_a_time
from yigongti.registry.terminology import shipped


class OpenQuerySet(models.QuerySet):
    """Rows with ``opened_on`` and ``closed_on``."""

    def on(self, day: date | None = None) -> Self:
        """Those open on a day (default: today)."""
        return self.filter(holding(day, start="opened_on", until="closed_on"))


class Organization(models.Model):
    """An institution (卫生机构): FHIR Organization. ``code`` is the national 卫生机构代码 or, without one, our own."""

    class Tier(models.TextChoices):
        """Where an organisation stands in tiered care."""

        VILLAGE = "village", "村（站）级"
        TOWNSHIP = "township", "乡镇（社区）级"
        COUNTY = "county", "县区级"
        CITY = "city", "市级及以上"
        SUPPORT = "support", "支撑机构"
        AUTHORITY = "authority", "行政管理部门"

    #: tiers that count as primary care (基层)
    PRIMARY = (Tier.VILLAGE, Tier.TOWNSHIP)

    code = models.CharField("机构代码", max_length=32, unique=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    name = models.CharField("名称", max_length=128)
    short_name = models.CharField("简称", max_length=32, blank=True)
    pinyin = models.CharField("拼音", max_length=256, blank=True, editable=False)
    institution_class = models.CharField(
        "机构类别（WS 218）", max_length=8, choices=shipped.institution_classes, blank=True
    )
    level = models.CharField("医院等级", max_length=8, choices=shipped.hospital_levels, blank=True)
    management_type = models.CharField("分类管理", max_length=8, choices=shipped.management_types, blank=True)
    tier = models.CharField("层级", max_length=16, choices=Tier.choices)
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级机构"
    )
    area_code = models.CharField("行政区划代码", max_length=12, blank=True)
    address = models.CharField("地址", max_length=256, blank=True)
    phone = models.CharField("电话", max_length=32, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True, blank=True)
    beds = models.PositiveIntegerField("编制床位", default=0)
    on_platform = models.BooleanField("使用本平台", default=True)
    opened_on = models.DateField("设立日期", default=clock.today)
    closed_on = models.DateField("撤销日期", null=True, blank=True)

    objects = OpenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        ordering = ["code"]
        triggers = [audited()]
        constraints = [
            in_order("organization_closed_after_opened", start="opened_on", until="closed_on"),
            models.CheckConstraint(
                condition=~Q(part_of=F("id")),
                name="organization_not_part_of_itself",
                violation_error_message="机构不能是自己的上级",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, **options: Any) -> None:
        """Keep the pinyin key in step with the names."""
        self.pinyin = pinyin.keys(self.name, self.short_name)
        super().save(**options)

    def get_absolute_url(self) -> str:
        return reverse("organizations:organization", args=[self.pk])

    @property
    def is_primary(self) -> bool:
        return self.tier in self.PRIMARY


class Department(models.Model):
    """A department (科室) of an organisation; ``code`` is the national 诊疗科目 code."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="departments", verbose_name="机构")
    code = models.CharField("诊疗科目代码", max_length=16)
    name = models.CharField("名称", max_length=64)
    accepts_referrals = models.BooleanField("接收转诊", default=True)
    phone = models.CharField("电话", max_length=32, blank=True)
    opened_on = models.DateField("开设日期", default=clock.today)
    closed_on = models.DateField("停办日期", null=True, blank=True)

    objects = OpenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "科室"
        ordering = ["organization", "code"]
        triggers = [audited()]
        constraints = [
            in_order("department_closed_after_opened", start="opened_on", until="closed_on"),
            one_at_a_time(
                "department_name_once_at_a_time",
                "organization",
                "name",
                start="opened_on",
                until="closed_on",
                message="本机构同一时期已有同名科室",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CareFunction(Period):
    """Functional positioning (功能定位): which diseases and services a level, or one organisation, is there for."""

    class Kind(models.TextChoices):
        DISEASE = "disease", "病种"
        SERVICE = "service", "服务"

    class Extent(models.TextChoices):
        TREAT = "treat", "本级诊治"
        CONTINUE = "continue", "接续治疗和康复"
        FIRST_AID = "first-aid", "初步处置后转诊"
        REFER = "refer", "直接转诊"

    tier = models.CharField("层级", max_length=16, choices=Organization.Tier.choices)
    organization = models.ForeignKey(
        Organization,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="functions",
        verbose_name="机构（空：整个层级）",
    )
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    code = models.CharField("代码", max_length=16, blank=True)
    name = models.CharField("病种或服务", max_length=64)
    extent = models.CharField("职责", max_length=16, choices=Extent.choices)
    source = models.CharField("依据", max_length=256, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "功能定位"
        ordering = ["tier", "kind", "name"]
        triggers = [audited()]
        constraints = [
            in_order("function_period_in_order"),
            one_at_a_time(
                "function_once_at_a_time",
                "tier",
                "kind",
                "code",
                "name",
                absent=("organization",),
                message="同一层级（或机构）在这一时期对此病种或服务已有定位",
            ),
        ]
