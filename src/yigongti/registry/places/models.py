"""Areas (GB/T 2260), grids and who is responsible for the people who live there."""

from django.db import models
from django.urls import reverse

from yigongti.kernel.audit.triggers import audited
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import Period, in_order, one_at_a_time


class Area(models.Model):
    """An administrative area; ``code`` has 2, 4, 6, 9 or 12 digits: province, city, county, town, village."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县（区）"
        TOWN = "town", "乡镇（街道）"
        VILLAGE = "village", "村（社区）"

    code = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=64)
    level = models.CharField("级别", max_length=8, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    retired_on = models.DateField("撤销日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("places:area", args=[self.pk])


class Grid(Period):
    """A grid (网格): an area, or a part of it, for which one centre, and one doctor, is responsible."""

    code = models.CharField("网格代码", max_length=16)
    name = models.CharField("名称", max_length=64)
    area = models.ForeignKey(Area, models.PROTECT, related_name="grids", verbose_name="区域")
    centre = models.ForeignKey(Organization, models.PROTECT, related_name="grids", verbose_name="责任机构")
    station = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="station_grids", verbose_name="村卫生室（站）"
    )

    class Meta:
        verbose_name = verbose_name_plural = "网格"
        ordering = ["code"]
        triggers = [audited()]
        constraints = [
            in_order("grid_period_in_order"),
            one_at_a_time("grid_once_at_a_time", "code", message="这一时期已有同一代码的网格"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("places:grid", args=[self.code])


class ServedPopulation(models.Model):
    """How many people live in an area in a year (persons); where ``grid`` names one, in that part of the area."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="populations", verbose_name="区域")
    grid = models.CharField("网格代码", max_length=16, blank=True)
    year = models.PositiveSmallIntegerField("年份")
    residents = models.PositiveIntegerField("常住人口")
    registered = models.PositiveIntegerField("户籍人口", null=True, blank=True)
    source = models.CharField("来源", max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = "服务人口"
        triggers = [audited()]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "grid", "year"],
                name="population_once_a_year",
                violation_error_message="这里这一年的服务人口已有记录",
            )
        ]

    def __str__(self) -> str:
        return f"{self.area}{' ' + self.grid if self.grid else ''} {self.year}"
