"""People who work here and the positions they hold over time."""

from typing import Any

from django.db import models
from django.urls import reverse

from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.registry import pinyin
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.periods import Period, in_order, one_at_a_time


class Practitioner(models.Model):
    """A doctor, nurse, pharmacist, manager…: FHIR Practitioner."""

    code = models.CharField("工号", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=64)
    pinyin = models.CharField("拼音", max_length=128, blank=True, editable=False)
    sex = models.CharField("性别", max_length=1, choices=[("1", "男"), ("2", "女")])
    licence = models.CharField("执业证号", max_length=32, blank=True)
    title = models.CharField("职称", max_length=32, blank=True)
    scope = models.CharField("执业范围", max_length=64, blank=True)
    phone = models.CharField("工作电话", max_length=32, blank=True)
    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="practitioner", verbose_name="账号"
    )

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["code"]
        triggers = [audited()]

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        """Keep the pinyin key in step with the name."""
        self.pinyin = pinyin.keys(self.name, limit=128)
        super().save(**options)

    def get_absolute_url(self) -> str:
        return reverse("staff:practitioner", args=[self.pk])


class Position(Period):
    """A post held at an organisation: FHIR PractitionerRole."""

    class Kind(models.TextChoices):
        EMPLOYED = "employed", "在编在岗"
        CONTRACT = "contract", "聘用"
        DISPATCHED = "dispatched", "派驻"
        MULTI_SITE = "multi-site", "多点执业"

    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="positions", verbose_name="人员")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="positions", verbose_name="机构")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="positions", verbose_name="科室"
    )
    post = models.CharField("岗位", max_length=32)
    kind = models.CharField("任用方式", max_length=16, choices=Kind.choices, default=Kind.EMPLOYED)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        triggers = [audited()]
        constraints = [
            in_order("position_period_in_order"),
            one_at_a_time(
                "position_once_at_a_time",
                "practitioner",
                "organization",
                "post",
                message="此人在该机构这一时期已任此岗位",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}·{self.post}"
