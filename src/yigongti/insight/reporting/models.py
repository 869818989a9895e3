"""Reports of indicators: what an organisation says of a period, edition by edition, with its evidence."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import LEVELS, PERIODS
from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import Case


class Report(Case):
    """A set of indicators as one organisation (home) reports it for a unit and a period; the counterpart reviews.

    ``edition`` is the one that is entered, reviewed or in force now; ``accepted_edition`` the one whose values stand in
    the store of results (0: none yet); ``editions`` how many there have been. ``authors`` are the accounts that entered
    values of the edition. ``asked`` and ``filled`` count items. ``correcting`` are the items to be corrected.
    ``policy_hash`` is the set of indicators by which it was submitted.
    """

    plan = models.CharField("填报计划", max_length=64)
    set = models.CharField("指标集", max_length=64)
    title = models.CharField("名称", max_length=128)
    level = models.CharField("层次", max_length=16, choices=list(LEVELS.items()))
    unit = models.CharField("统计单位", max_length=24)
    unit_name = models.CharField("单位名称", max_length=128)
    place = models.CharField("县区", max_length=6, blank=True)
    period_type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    ends_on = models.DateField("时期末日")
    edition = models.PositiveSmallIntegerField("版次", default=1)
    editions = models.PositiveSmallIntegerField("版次数", default=1)
    accepted_edition = models.PositiveSmallIntegerField("已接受的版次", default=0)
    asked = models.PositiveSmallIntegerField("应填", default=0)
    filled = models.PositiveSmallIntegerField("已填", default=0)
    authors = ArrayField(models.BigIntegerField(), default=list, verbose_name="填写的账号")
    correcting = ArrayField(models.CharField(max_length=64), default=list, verbose_name="更正的指标")
    policy_hash = models.CharField("定义版本", max_length=64, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提交人")
    submitted_at = models.DateTimeField("提交时间", null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    accepted_at = models.DateTimeField("接受时间", null=True)
    urged_at = models.DateTimeField("催报时间", null=True)
    answer = models.CharField("审核意见", max_length=500, blank=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "指标填报"
        triggers = [audited()]
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=["home_organization", "set", "level", "unit", "period"],
                condition=~Q(state="excused"),
                name="report_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("submitted_by")),
                name="report_second_person",
                violation_error_message="审核的人不能是填报的人",
            ),
            models.CheckConstraint(
                condition=Q(edition__gte=1) & Q(editions__gte=F("edition")) & Q(accepted_edition__lte=F("edition")),
                name="report_editions_in_order",
            ),
        ]
        indexes = [*Case.Meta.indexes, models.Index(fields=["-ends_on", "set"], name="report_newest")]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("reporting:report", args=[self.pk])

    @property
    def period_title(self) -> str:
        """``2026 年第三季度``."""
        return periods.title(self.period)

    @property
    def is_editable(self) -> bool:
        """Whether values may be entered now."""
        return self.state in EDITABLE


EDITABLE = ("draft", "returned", "correcting")


class Item(models.Model):
    """One indicator in one edition of a report: its value, or what was answered to its criteria, and the verdict.

    ``value`` follows from numerator and denominator where the definition asks for them. ``absent`` says that there is
    nothing to report, and ``note`` why. ``answers`` are ``[{"answer": "yes", "words": "…"}]``, one for each criterion.
    """

    class Verdict(models.TextChoices):
        NONE = "", "未审"
        ACCEPTED = "accepted", "接受"
        RETURNED = "returned", "退回"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="items", verbose_name="填报")
    edition = models.PositiveSmallIntegerField("版次")
    item = models.CharField("指标", max_length=64)
    numerator = models.DecimalField("分子", max_digits=28, decimal_places=6, null=True)
    denominator = models.DecimalField("分母", max_digits=28, decimal_places=6, null=True)
    value = models.DecimalField("数值", max_digits=28, decimal_places=6, null=True)
    absent = models.BooleanField("本期无数据", default=False)
    answers = models.JSONField("评判", default=list)
    note = models.TextField("说明", blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="填写人")
    entered_at = models.DateTimeField("填写时间", default=clock.now)
    verdict = models.CharField("审核", max_length=8, choices=Verdict.choices, blank=True, default="")
    reason = models.CharField("退回原因", max_length=300, blank=True)
    judged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    judged_at = models.DateTimeField("审核时间", null=True)

    objects: ClassVar[models.Manager["Item"]]

    class Meta:
        verbose_name = verbose_name_plural = "填报的指标"
        triggers = [audited()]
        constraints = [
            models.UniqueConstraint(fields=["report", "edition", "item"], name="report_item_once"),
            models.CheckConstraint(
                condition=~Q(absent=True) | Q(value=None, numerator=None, denominator=None),
                name="report_item_absent_has_no_value",
            ),
            models.CheckConstraint(condition=~Q(verdict="returned") | ~Q(reason=""), name="report_item_returned_why"),
        ]

    def __str__(self) -> str:
        return self.item

    @property
    def is_filled(self) -> bool:
        """Whether something complete has been said."""
        return self.absent or self.value is not None

    @property
    def figures(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """Numerator, denominator, value."""
        return self.numerator, self.denominator, self.value


class Evidence(models.Model):
    """A file that an item of a report rests on, encrypted.

    It belongs to the editions from ``edition`` until ``removed_in`` (not included).
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="evidence", verbose_name="填报")
    item = models.CharField("指标", max_length=64)
    edition = models.PositiveSmallIntegerField("加入的版次")
    removed_in = models.PositiveSmallIntegerField("移出的版次", null=True)
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("格式", max_length=80)
    content = models.BinaryField("内容")
    size = models.PositiveIntegerField("大小")
    digest = models.CharField("摘要", max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间", default=clock.now)

    objects: ClassVar[models.Manager["Evidence"]]

    class Meta:
        verbose_name = verbose_name_plural = "填报的佐证材料"
        triggers = [audited(without=["content"])]
        ordering = ["added_at", "pk"]
        indexes = [models.Index(fields=["report", "item"], name="evidence_item")]

    def __str__(self) -> str:
        return self.name

    def sealed_for(self) -> bytes:
        """What the content is bound to when it is encrypted."""
        return f"reporting_evidence:{self.report_id}:{self.item}:{self.digest}".encode()
