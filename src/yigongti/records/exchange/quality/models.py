"""What a source's data of a month were worth, as it was published; the lines that came; what is to be counted again."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.records.exchange.models import Load
from yigongti.records.residents.models import SourceSystem


class QualityMonth(models.Model):
    """One publication: what the rows of one source for one month were worth, and by which edition of the policy.

    ``month`` is that of the events (its first day). ``counts`` is ``{measure: {target: [good, looked at]}}``,
    ``dimensions`` the score of each dimension, ``score`` that of all (0–100, empty: nothing could be measured).
    A late or corrected delivery makes the next ``revision``; the earlier one stays and says when it was replaced.
    """

    class Why(models.TextChoices):
        LOAD = "load", "数据接收"
        NIGHT = "night", "夜间核对"
        COMMAND = "command", "重新统计"

    source = models.ForeignKey(SourceSystem, models.PROTECT, db_column="source", related_name="+", verbose_name="来源")
    month = models.DateField("月份")
    revision = models.PositiveIntegerField("第几次公布")
    rows = models.PositiveBigIntegerField("行数")
    counts = models.JSONField("计数")
    dimensions = models.JSONField("各维度得分")
    score = models.DecimalField("总分", max_digits=5, decimal_places=2, null=True)
    policy = models.CharField("政策版本", max_length=32)
    policy_hash = models.CharField("政策指纹", max_length=64)
    why = models.CharField("原因", max_length=16, choices=Why.choices)
    load = models.ForeignKey(
        Load, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="数据接收"
    )
    published_at = models.DateTimeField("公布时间", default=clock.now)
    replaced_at = models.DateTimeField("重算时间", null=True, blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "数据质量"
        constraints = [
            models.UniqueConstraint(fields=["source", "month", "revision"], name="qualitymonth_revision"),
            models.UniqueConstraint(
                fields=["source", "month"], condition=Q(replaced_at=None), name="qualitymonth_in_force"
            ),
        ]
        indexes = [models.Index(fields=["month"], condition=Q(replaced_at=None), name="qualitymonth_month")]


class DeliveredRows(models.Model):
    """How many rows of a delivery were for a month, and what became of them: the ledger of rejected and repeated rows.

    ``outcome`` is ``taken`` (new or corrected), ``known`` (received before, the same), ``repeated`` (twice in the
    delivery), ``line`` (refused with another part of its line) or the rule by which the row was refused: the first one
    in the order of :data:`.delivered.RULES`. Rows whose time cannot be read count for the month in which they came;
    ``target`` is empty for lines that could not be read at all.
    """

    load = models.ForeignKey(Load, models.PROTECT, related_name="+", db_index=False, verbose_name="数据接收")
    source = models.ForeignKey(
        SourceSystem, models.PROTECT, db_column="source", db_index=False, related_name="+", verbose_name="来源"
    )
    month = models.DateField("月份")
    target = models.CharField("目标", max_length=40, blank=True)
    outcome = models.CharField("结果", max_length=32)
    rows = models.PositiveBigIntegerField("行数")

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "接收台账"
        indexes = [models.Index(fields=["source", "month"], name="deliveredrows_month")]
        constraints = [
            models.UniqueConstraint(fields=["load", "month", "target", "outcome"], name="deliveredrows_once")
        ]


class DueMonth(models.Model):
    """A month of a source that is to be counted again, and the load on whose account."""

    source = models.ForeignKey(
        SourceSystem, models.PROTECT, db_column="source", db_index=False, related_name="+", verbose_name="来源"
    )
    month = models.DateField("月份")
    load = models.ForeignKey(Load, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="数据接收")
    since = models.DateTimeField("起", default=clock.now)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "待重算的月份"
        constraints = [models.UniqueConstraint(fields=["source", "month"], name="duemonth_once")]


class NumberCheck(models.Model):
    """Whether the identity number of a source identity agrees with the birth date and the sex that stand beside it.

    Numbers are sealed, so they are opened once for each version of an identity; ``content_hash`` is of that version.
    Empty: nothing to compare (no valid 18-digit number, or no birth date or sex).
    """

    identity_id = models.UUIDField(primary_key=True)
    content_hash = models.BinaryField(null=True)
    birth_agrees = models.BooleanField("与出生日期一致", null=True)
    sex_agrees = models.BooleanField("与性别一致", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "证件号码核对"
