"""One formulary (用药目录): its drugs, and which member can supply each, from a day until a day."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

from yigongti.kernel.audit.triggers import audited
from yigongti.registry import pinyin
from yigongti.registry.consortia.models import Consortium
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import Period, in_order, one_at_a_time

from .names import called, separated


class Formulary(models.Model):
    """The unified formulary of a consortium (统一用药目录), or that of an organisation which belongs to none."""

    name = models.CharField("名称", max_length=128)
    consortium = models.OneToOneField(
        Consortium, models.PROTECT, null=True, blank=True, related_name="formulary", verbose_name="医共体"
    )
    organization = models.OneToOneField(
        Organization, models.PROTECT, null=True, blank=True, related_name="formulary", verbose_name="机构"
    )

    class Meta:
        verbose_name = verbose_name_plural = "用药目录"
        triggers = [audited()]
        constraints = [
            models.CheckConstraint(
                condition=Q(consortium__isnull=True) ^ Q(organization__isnull=True),
                name="formulary_of_one",
                violation_error_message="用药目录属于一个医共体，或属于一家机构",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """The code of the consortium or organisation whose formulary this is."""
        owner = self.consortium or self.organization
        return owner.code if owner else ""


class Drug(Period):
    """A drug of a formulary: FHIR Medication. The generic name (通用名) carries the salt and the form as on the pack.

    ``atc`` is the WHO code, ``category`` the pharmacological class in Chinese: drugs of one class may stand for each
    other as a suggestion to the doctor, never by themselves.
    """

    formulary = models.ForeignKey(Formulary, models.PROTECT, related_name="drugs", verbose_name="目录")
    name = models.CharField("通用名", max_length=128)
    aliases = models.CharField("别名", max_length=256, blank=True)
    names = ArrayField(models.CharField(max_length=128), default=list, editable=False, verbose_name="识别名")
    pinyin = models.CharField("拼音", max_length=256, blank=True, editable=False)
    national_code = models.CharField("国家药品编码", max_length=32, blank=True)
    dosage_form = models.CharField("剂型", max_length=32)
    specification = models.CharField("规格", max_length=64)
    atc = models.CharField("ATC 编码", max_length=8, blank=True)
    category = models.CharField("类别", max_length=64, blank=True)
    essential = models.BooleanField("国家基本药物", default=False)
    source = models.CharField("依据", max_length=256, blank=True)
    stopped_because = models.CharField("停用原因", max_length=256, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "目录药品"
        ordering = ["name", "specification"]
        triggers = [audited(without=["names", "pinyin"])]
        constraints = [
            in_order("drug_period_in_order"),
            one_at_a_time(
                "drug_once_at_a_time", "formulary", "name", "specification", message="目录里已有这一品种和规格"
            ),
        ]
        indexes = [GinIndex(fields=["names"], name="drug_names")]

    def __str__(self) -> str:
        return f"{self.name} {self.specification}"

    def save(self, **options: Any) -> None:
        """Keep the keys by which it is found in step with its names."""
        others = separated(self.aliases)
        self.names, self.pinyin = called(self.name, others), pinyin.keys(self.name, *others)
        super().save(**options)

    def get_absolute_url(self) -> str:
        return reverse("catalogue:drug", args=[self.pk])


class Supply(Period):
    """A member can supply a drug and may prescribe it (配备)."""

    drug = models.ForeignKey(Drug, models.PROTECT, related_name="supplies", verbose_name="药品")
    #: hidden from the other side: closing an organisation ends its supplies (:mod:`.events`) instead of being refused
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="配备机构")
    stopped_because = models.CharField("停用原因", max_length=256, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "药品配备"
        triggers = [audited()]
        constraints = [
            in_order("supply_period_in_order"),
            one_at_a_time("supply_once_at_a_time", "drug", "organization", message="该机构在这一时期已配备此药"),
        ]

    def __str__(self) -> str:
        return f"{self.organization}：{self.drug}"
