"""What stands behind every point: the items of a participant, and what changed its sum."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited

from ..scoring import STATUS
from .cases import Answer

BASES = {
    "computed": "平台计算",
    "reported": "填报",
    "self": "自评",
    "judged": "评审",
    "appeal": "申诉更正",
    "": "没有值",
}


class Score(models.Model):
    """An item of a participant: the computed value, what was said and judged of it, the value that counts, its points.

    ``basis`` says whose value counts. ``first_value`` and ``first_points`` stay what they were before an appeal or a
    correction changed them.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="scores", verbose_name="参评")
    item = models.CharField("项目", max_length=64)
    order = models.PositiveSmallIntegerField("次序")
    title = models.CharField("名称", max_length=200)
    unit = models.CharField("单位", max_length=32, blank=True)
    indicator = models.CharField("指标", max_length=96, blank=True)
    numerator = models.DecimalField("分子", max_digits=38, decimal_places=6, null=True)
    denominator = models.DecimalField("分母", max_digits=38, decimal_places=6, null=True)
    computed = models.DecimalField("计算值", max_digits=28, decimal_places=6, null=True)
    reported_months = models.PositiveIntegerField("报告机构月", default=0)
    expected_months = models.PositiveIntegerField("应报机构月", default=0)
    definition = models.CharField("算法", max_length=64, blank=True)
    target = models.DecimalField("目标", max_digits=28, decimal_places=6, null=True)
    stated = models.DecimalField("自评值", max_digits=28, decimal_places=6, null=True)
    stated_note = models.CharField("自评说明", max_length=500, blank=True)
    judged = models.DecimalField("评审值", max_digits=28, decimal_places=6, null=True)
    judged_note = models.CharField("评审意见", max_length=500, blank=True)
    judged_by = models.BigIntegerField("评审人", null=True)
    value = models.DecimalField("计分值", max_digits=28, decimal_places=6, null=True)
    basis = models.CharField("依据", max_length=8, choices=list(BASES.items()), blank=True)
    flagged = models.BooleanField("差异超出容差", default=False)
    status = models.CharField("评分", max_length=12, choices=list(STATUS.items()), blank=True)
    rank = models.PositiveIntegerField("名次", null=True)
    peers = models.PositiveIntegerField("可比数", null=True)
    x = models.DecimalField("横轴", max_digits=28, decimal_places=6, null=True)
    percent = models.DecimalField("得分率", max_digits=9, decimal_places=4, null=True)
    weight = models.DecimalField("权重", max_digits=9, decimal_places=4, null=True)
    points = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    first_value = models.DecimalField("更正前的值", max_digits=28, decimal_places=6, null=True)
    first_points = models.DecimalField("更正前得分", max_digits=9, decimal_places=4, null=True)

    objects: ClassVar[models.Manager[Any]]
    #: what an appeal made of the value; set where scores are read to be scored anew
    corrected: Decimal | None = None

    class Meta:
        verbose_name = verbose_name_plural = "项目得分"
        ordering = ["order"]
        triggers = [audited(inserts=False)]
        constraints = [models.UniqueConstraint(fields=["answer", "item"], name="score_once")]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.item}"

    @property
    def difference(self) -> Decimal | None:
        """Self-reported minus computed."""
        if self.stated is None or self.computed is None:
            return None
        return self.stated - self.computed


class Change(models.Model):
    """A veto, deduction or bonus of the policy, applied to a participant by somebody for a reason."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="changes", verbose_name="参评")
    adjustment = models.CharField("加减分项", max_length=64)
    points = models.DecimalField("分值", max_digits=7, decimal_places=2)
    at_most = models.DecimalField("总分上限", max_digits=7, decimal_places=2, null=True)
    reason = models.CharField("事实和依据", max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("时间", default=clock.now)
    revoked_at = models.DateTimeField("撤销时间", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "加减分"
        triggers = [audited()]
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.adjustment} {self.points}"
