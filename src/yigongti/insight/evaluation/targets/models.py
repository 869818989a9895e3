"""Plans of targets, what each centre shall do, and what was said of it in the two rounds."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.models import Case
from yigongti.registry.consortia.models import Consortium
from yigongti.registry.organizations.models import Organization

from ..definitions import PERIODS


class Plan(Case):
    """Targets of the centres of a consortium for a period, from the counts of ``base``, the period before.

    ``totals`` are how much of each item is done altogether; each item's targets add up to it. ``texts`` are the
    hashes of what it was computed by.
    """

    policy = models.CharField("规则", max_length=96)
    policy_hash = models.CharField("规则版本", max_length=64)
    texts = models.JSONField("规则存本", default=dict)
    title = models.CharField("名称", max_length=160)
    period_type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    base = models.CharField("人数取自", max_length=8)
    consortium = models.ForeignKey(Consortium, models.PROTECT, related_name="+", verbose_name="医共体")
    participants = ArrayField(models.BigIntegerField(), default=list, verbose_name="机构")
    totals = models.JSONField("总量", default=dict)
    snapshot = models.CharField("快照", max_length=64, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="拟定人")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="定稿人")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="批准人")

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "服务目标"
        triggers = [audited()]
        constraints = [
            *Case.Meta.constraints,
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("decided_by")),
                name="plan_second_person",
                violation_error_message="批准的人不能是定稿的人",
            ),
            models.UniqueConstraint(
                fields=["policy", "period", "consortium"],
                condition=~Q(state="cancelled"),
                name="plan_once",
                violation_error_message="这一时期已有同一规则的目标",
            ),
        ]
        indexes = [*Case.Meta.indexes, models.Index(fields=["-opened_at"], name="plan_newest")]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("targets:case", args=[self.pk])

    def concerned(self) -> list[int]:
        """The conductor, and the centres from the first round on."""
        inside = self.state not in ("drafting", "")
        sides = {self.home_organization_id, *(self.participants if inside else ())}
        return sorted(side for side in sides if side)


class Target(models.Model):
    """What a centre shall do of an item. ``factors`` are the counts its ``share`` (0–1) was computed from."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets", verbose_name="计划")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    unit = models.CharField("统计单位", max_length=24)
    item = models.CharField("项目", max_length=64)
    factors = models.JSONField("因素", default=dict)
    share = models.DecimalField("份额", max_digits=12, decimal_places=10, default=0)
    proposed = models.PositiveIntegerField("建议")
    revised = models.PositiveIntegerField("修改后", null=True)
    decided = models.PositiveIntegerField("定稿", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "中心目标"
        triggers = [audited(inserts=False)]
        ordering = ["unit", "item"]
        constraints = [models.UniqueConstraint(fields=["plan", "unit", "item"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.item}"

    @property
    def standing(self) -> int:
        """The number that stands now."""
        return next(v for v in (self.decided, self.revised, self.proposed) if v is not None)


class TargetRemark(models.Model):
    """What a centre says in a round; without a text it agrees."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="remarks", verbose_name="计划")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    round = models.PositiveSmallIntegerField("轮次", choices=[(1, "第一轮"), (2, "第二轮")])
    item = models.CharField("项目", max_length=64, blank=True)
    wanted = models.PositiveIntegerField("建议值", null=True)
    text = models.TextField("意见", blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提出人")
    made_at = models.DateTimeField("时间", default=clock.now)
    reply = models.TextField("答复", blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "目标意见"
        triggers = [audited()]
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.text[:40] or "同意"
