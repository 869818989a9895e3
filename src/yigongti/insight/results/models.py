"""Stored results, the runs that made them, and the log of published numbers that moved."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yigongti.insight.indicators.definitions import LEVELS, PERIODS
from yigongti.kernel import clock
from yigongti.registry.consortia.models import Consortium
from yigongti.registry.organizations.models import Organization


class Unit(models.Model):
    """What is counted for: an organisation, a centre with its stations, a consortium, a county, everything.

    ``key`` is how the warehouse names it: the number of the organisation or consortium, the code of the county,
    ``all``. ``county`` is the county in which it lies (empty: everything).
    """

    level = models.CharField("层次", max_length=16, choices=list(LEVELS.items()))
    key = models.CharField("标识", max_length=24)
    title = models.CharField("名称", max_length=120)
    county = models.CharField("县区", max_length=6, blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="机构"
    )
    consortium = models.ForeignKey(
        Consortium, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="医共体"
    )

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "统计单位"
        constraints = [models.UniqueConstraint(fields=["level", "key"], name="unit_key")]

    def __str__(self) -> str:
        return self.title


class Measure(models.Model):
    """An indicator by its code (``monitoring-2024/3.1``), with the edition by which its stored results were computed.

    What it means stands in the policy; ``definition`` is the hash of the parts that decide the number.
    """

    code = models.CharField("编号", max_length=96, unique=True)
    set = models.CharField("指标集", max_length=64)
    title = models.CharField("名称", max_length=200)
    edition = models.CharField("定义版本", max_length=64, help_text="指标集内容的散列")
    definition = models.CharField("算法", max_length=64, help_text="决定数值的部分的散列")
    retired_on = models.DateField("停用", null=True, blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "指标"

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Run(models.Model):
    """One computation: from which snapshot, what had changed since the one before, how many numbers moved.

    ``causes`` is ``{"facts": {fact: {month: [added, removed, altered]}}, "definitions": [code], "units": bool}``.
    ``digest`` is over every numerator and denominator computed in this run, ``years`` are those it computed.
    """

    snapshot = models.CharField("快照", max_length=64)
    before = models.CharField("上一快照", max_length=64, blank=True)
    at = models.DateTimeField("计算时间", default=clock.now)
    seconds = models.DecimalField("用时（秒）", max_digits=9, decimal_places=2, default=0)
    years = models.JSONField("重算的年份", default=list)
    digest = models.CharField("摘要", max_length=64, blank=True)
    results = models.PositiveBigIntegerField("结果数", default=0)
    moved = models.PositiveBigIntegerField("变动数", default=0)
    restated = models.PositiveBigIntegerField("重述数", default=0)
    causes = models.JSONField("原因", default=dict)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "指标计算"
        indexes = [models.Index(fields=["-at"], name="run_at")]


class Figures(models.Model):
    """Numerator, denominator and value: exact, as they were computed."""

    numerator = models.DecimalField("分子", max_digits=38, decimal_places=6, null=True)
    denominator = models.DecimalField("分母", max_digits=38, decimal_places=6, null=True)
    value = models.DecimalField("数值", max_digits=28, decimal_places=6, null=True)

    class Meta:
        abstract = True


class Result(Figures):
    """One number that stands: an indicator of a unit in a period, whole (``stratum`` empty) or of a part.

    ``reported`` of ``expected`` is how many months of its organisations had rows. ``run`` is the one that last moved
    it; empty where a person reported it. ``guarded``: not for readers outside the care and management of the unit,
    because its counts are small or would give away small ones (:mod:`.guarding`).
    """

    pk = models.CompositePrimaryKey("measure_id", "unit_id", "period", "stratum", "part")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="+", db_index=False, verbose_name="指标")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, verbose_name="统计单位")
    type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    stratum = models.CharField("分组", max_length=48, blank=True)
    part = models.CharField("组", max_length=64, blank=True)
    reported = models.PositiveIntegerField("报告机构月", default=0)
    expected = models.PositiveIntegerField("应报机构月", default=0)
    run = models.ForeignKey(
        Run, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="由哪次计算变动"
    )
    guarded = models.BooleanField("不对外显示", default=False)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "指标结果"
        indexes = [
            models.Index(fields=["unit", "period"], condition=Q(stratum=""), name="result_unit_period"),
            models.Index(fields=["measure", "period"], condition=Q(stratum=""), name="result_measure_period"),
        ]


class Restatement(Figures):
    """A number of a period that was over and moved: what it was before. ``numerator`` and so on are the new ones."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="+", db_index=False, verbose_name="哪次计算")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="+", verbose_name="指标")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="统计单位")
    type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    numerator_before = models.DecimalField("原分子", max_digits=38, decimal_places=6, null=True)
    denominator_before = models.DecimalField("原分母", max_digits=38, decimal_places=6, null=True)
    value_before = models.DecimalField("原数值", max_digits=28, decimal_places=6, null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "指标重述"
        indexes = [models.Index(fields=["-run", "measure", "unit"], name="restatement_run")]
