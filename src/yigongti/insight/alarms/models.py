"""Suggestions that an alarm opened, and which computations have been judged."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from yigongti.insight.indicators.definitions import PERIODS
from yigongti.insight.results.models import Measure, Run, Unit
from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.models import Case

from .control import KINDS, Limits


class Cause(models.TextChoices):
    """Why it was opened: by which test, and on which side."""

    BEYOND_LOW = "beyond-low", "低于控制下限"
    BEYOND_HIGH = "beyond-high", "高于控制上限"
    RUN_LOW = "run-low", "连续低于中心线"
    RUN_HIGH = "run-high", "连续高于中心线"
    THRESHOLD_LOW = "threshold-low", "低于界值"
    THRESHOLD_HIGH = "threshold-high", "高于界值"


class Alarm(Case):
    """A suggestion to look at a number: home is who answers for the unit, counterpart who watches over it.

    The limits stand as they were when it was opened: ``centre`` and ``spread`` (one sigma of an XmR chart) for the
    causes of control charts, ``limit`` for a threshold; ``lower`` and ``upper`` at its period. ``recover`` periods
    back inside close it. ``run`` is the computation that was judged.
    """

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="+", verbose_name="指标")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="统计单位")
    title = models.CharField("指标名称", max_length=200)
    place = models.CharField("县区", max_length=6, blank=True)
    type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    cause = models.CharField("原因", max_length=16, choices=Cause.choices)
    rule = models.CharField("规则", max_length=64)
    policy_hash = models.CharField("规则版本", max_length=64)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="由哪次计算")
    value = models.DecimalField("数值", max_digits=28, decimal_places=6)
    numerator = models.DecimalField("分子", max_digits=38, decimal_places=6, null=True)
    denominator = models.DecimalField("分母", max_digits=38, decimal_places=6, null=True)
    measured_in = models.CharField("单位", max_length=32, blank=True)
    decimals = models.PositiveSmallIntegerField("小数位", default=2)
    factor = models.DecimalField("系数", max_digits=18, decimal_places=6, default=1)
    chart = models.CharField("控制图", max_length=4, choices=[*KINDS.items(), ("none", "无")])
    span = models.PositiveSmallIntegerField("基线至多几期", default=24)
    baseline = models.PositiveSmallIntegerField("基线期数", default=0)
    centre = models.DecimalField("中心线", max_digits=28, decimal_places=6, null=True)
    spread = models.DecimalField("标准差", max_digits=28, decimal_places=6, null=True)
    lower = models.DecimalField("下限", max_digits=28, decimal_places=6, null=True)
    upper = models.DecimalField("上限", max_digits=28, decimal_places=6, null=True)
    limit = models.DecimalField("界值", max_digits=28, decimal_places=6, null=True)
    during = models.PositiveSmallIntegerField("连续期数", default=1)
    recover = models.PositiveSmallIntegerField("恢复期数", default=2)
    action = models.TextField("打算怎样办", blank=True)
    planned_on = models.DateField("计划完成", null=True, blank=True)
    reason = models.CharField("不处理的理由", max_length=32, blank=True)
    outcome = models.TextField("结果", blank=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "预警提示"
        triggers = [audited()]
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=["measure", "unit", "cause"], condition=Q(closed_at=None), name="alarm_once_while_open"
            ),
            models.UniqueConstraint(fields=["measure", "unit", "cause", "period"], name="alarm_once_for_a_period"),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(planned_on__isnull=False) & ~Q(action=""),
                name="alarm_acknowledged_with_a_plan",
            ),
            models.CheckConstraint(condition=~Q(state="dismissed") | ~Q(reason=""), name="alarm_dismissed_with_why"),
        ]
        indexes = [*Case.Meta.indexes, models.Index(fields=["-opened_at"], name="alarm_newest")]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("alarms:alarm", args=[self.pk])

    @property
    def explanation(self) -> str:
        """The page that explains the number."""
        where = [*self.measure.code.split("/", 1), self.unit.level, self.unit.key, self.period]
        return reverse("results:explain", args=where)

    @property
    def low(self) -> bool:
        """Whether the value was too low."""
        return self.cause.endswith("-low")

    @property
    def limits(self) -> Limits | None:
        """The control limits as they stood; None where only a threshold was asked."""
        if self.chart == "none" or self.centre is None:
            return None
        return Limits(self.chart, float(self.centre), float(self.factor), float(self.spread or 0))  # type: ignore[arg-type]


class Judgement(models.Model):
    """A computation that has been judged for the periods that end on ``period``, by the policies of ``policy``."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="计算")
    period = models.CharField("最近的月份", max_length=8)
    policy = models.CharField("规则版本", max_length=64)
    at = models.DateTimeField("时间", default=clock.now)
    opened = models.PositiveIntegerField("新的提示", default=0)
    recovered = models.PositiveIntegerField("恢复", default=0)

    objects: ClassVar[models.Manager["Judgement"]]

    class Meta:
        verbose_name = verbose_name_plural = "预警判断"
        constraints = [models.UniqueConstraint(fields=["run", "period", "policy"], name="judged_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.period}"
