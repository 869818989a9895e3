"""A place's own editions of policies: proposed by one person, approved by another, never changed afterwards."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited

CONTENT = (
    "name",
    "kind",
    "place",
    "version",
    "effective_from",
    "effective_to",
    "content",
    "text",
    "hash",
    "organization",
    "proposed_by",
    "proposed_at",
)


class PolicyVersion(models.Model):
    """An override of a policy at a place (a consortium's code), with who proposed, approved and ended it, and why."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "待批准"
        APPROVED = "approved", "已批准"
        REJECTED = "rejected", "已驳回"
        RETIRED = "retired", "已停用"

    name = models.CharField("政策", max_length=128)
    kind = models.CharField("种类", max_length=32)
    place = models.CharField("适用地", max_length=32)
    version = models.CharField("版本", max_length=16)
    effective_from = models.DateField("生效")
    effective_to = models.DateField("失效", null=True, blank=True)
    content = models.JSONField("内容")
    text = models.TextField("原文")
    hash = models.CharField("内容指纹", max_length=64)
    status = models.CharField("状态", max_length=8, choices=Status.choices, default=Status.PROPOSED)
    organization = models.ForeignKey("organizations.Organization", models.PROTECT, verbose_name="负责机构")
    reason = models.TextField("修订理由")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="结束人"
    )
    closed_at = models.DateTimeField("驳回或停用时间", null=True, blank=True)
    closing_reason = models.TextField("驳回或停用理由", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则修订"
        ordering = ["name", "place", "-effective_from", "-proposed_at"]
        indexes = [models.Index(fields=["status", "approved_at"], name="policy_version_in_force")]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="policy_version_two_persons",
                violation_error_message="提出人不能批准自己的修订",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "retired"], approved_by__isnull=False, approved_at__isnull=False)
                | Q(status__in=["proposed", "rejected"], approved_by__isnull=True, approved_at__isnull=True),
                name="policy_version_approval_complete",
                violation_error_message="批准的修订须有批准人和批准时间",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["rejected", "retired"], closed_by__isnull=False, closed_at__isnull=False)
                | Q(status__in=["proposed", "approved"], closed_by__isnull=True, closed_at__isnull=True),
                name="policy_version_closing_complete",
                violation_error_message="驳回或停用须有经办人和时间",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="policy_version_effect_in_order",
                violation_error_message="失效日期不能早于生效日期",
            ),
            models.UniqueConstraint(
                fields=["name", "place", "effective_from"],
                condition=Q(status="approved"),
                name="policy_version_one_a_day",
                violation_error_message="同地同日已有批准的修订，请先停用",
            ),
            models.UniqueConstraint(
                fields=["name", "place", "version"],
                condition=~Q(status="rejected"),
                name="policy_version_number_once",
                violation_error_message="这个版本号已用过",
            ),
        ]
        triggers = [
            audited(),
            pgtrigger.ReadOnly(name="content_frozen", fields=list(CONTENT)),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.FSM(
                name="status_steps",
                field="status",
                transitions=[("proposed", "approved"), ("proposed", "rejected"), ("approved", "retired")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}（{self.place}）"

    def get_absolute_url(self) -> str:
        return reverse("policy:revision", args=[self.pk])
