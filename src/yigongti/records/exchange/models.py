"""Deliveries (loads) with their reports, the rows that could not be taken, and what has been received before."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.models import Case
from yigongti.kernel.ciphers.fields import EncryptedTextField
from yigongti.records.residents.models import SourceSystem


class Load(Case):
    """One delivery of one system: its files, the mapping by which it is read, and what became of its rows.

    ``report`` tells for each file of the mapping: read = accepted + duplicate + rejected + reference (lines that the
    mapping only looks things up in), the files that it does not read, and for each target how many rows are new,
    corrected, duplicate. ``mapping_hash`` is the edition by which it was read. ``paths`` are the files
    where they lie until it is loaded (``kept``: sealed in a folder of ours, which goes then); ``digest`` is that of all
    names and contents. ``corrects`` is the load whose rejected rows this one sends again.
    """

    class Channel(models.TextChoices):
        COMMAND = "command", "命令行"
        PAGE = "page", "网页"
        API = "api", "接口"
        FOLDER = "folder", "收件文件夹"
        FHIR = "fhir", "FHIR"
        HL7 = "hl7", "HL7"

    source = models.ForeignKey(
        SourceSystem, models.PROTECT, db_column="source", related_name="loads", verbose_name="来源系统"
    )
    mapping = models.CharField("映射", max_length=64)
    mapping_hash = models.CharField("映射版本", max_length=64, blank=True)
    channel = models.CharField("渠道", max_length=16, choices=Channel.choices, default=Channel.PAGE)
    files = models.JSONField("文件", default=list)
    paths = models.JSONField("存放处", default=list)
    kept = models.BooleanField("由平台保存", default=False)
    digest = models.CharField("内容摘要", max_length=64, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正"
    )
    report = models.JSONField("报告", default=dict)
    lines_read = models.PositiveBigIntegerField("读取", default=0)
    lines_accepted = models.PositiveBigIntegerField("接收", default=0)
    lines_duplicate = models.PositiveBigIntegerField("重复", default=0)
    lines_rejected = models.PositiveBigIntegerField("拒收", default=0)
    lines_reference = models.PositiveBigIntegerField("参照", default=0)
    attempts = models.PositiveSmallIntegerField("第几次", default=0)
    reason = models.CharField("原因", max_length=500, blank=True)
    hint = models.CharField("怎么办", max_length=500, blank=True)
    job = models.UUIDField("后台任务", null=True, blank=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "数据接收"
        constraints = [
            *Case.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    lines_read=models.F("lines_accepted")
                    + models.F("lines_duplicate")
                    + models.F("lines_rejected")
                    + models.F("lines_reference")
                ),
                name="load_counts_every_line",
            ),
        ]
        indexes = [
            *Case.Meta.indexes,
            models.Index(fields=["source", "-opened_at"], name="load_source"),
            models.Index(fields=["source", "digest"], condition=~Q(digest=""), name="load_digest"),
        ]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("exchange:load", args=[self.pk])

    @property
    def rest_in_words(self) -> str:
        """What of the lines read was not new; reference lines only where there are any."""
        reference = f"，参照 {self.lines_reference}" if self.lines_reference else ""
        return f"重复 {self.lines_duplicate}，拒收 {self.lines_rejected}{reference}"


class Agreement(models.Model):
    """What the data office has agreed with a source system: whom to call, and how often it delivers.

    ``every_hours`` without a delivery the system counts as silent; without it, three times its usual interval does.
    """

    source = models.OneToOneField(
        SourceSystem,
        models.PROTECT,
        primary_key=True,
        db_column="source",
        related_name="agreement",
        verbose_name="来源系统",
    )
    contact = models.CharField("联系人", max_length=64, blank=True)
    phone = models.CharField("联系电话", max_length=32, blank=True)
    every_hours = models.PositiveIntegerField("最长间隔（小时）", null=True, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "接入约定"
        triggers = [audited()]


class RejectedRow(models.Model):
    """One thing that is wrong with one line of a delivery: column, value, rule, reason and the way out.

    ``line`` counts as a spreadsheet counts; ``read`` names the file of the mapping. ``content`` is the whole line as
    JSON. A line with several faults has several rows.
    """

    class State(models.TextChoices):
        OPEN = "open", "待更正"
        CORRECTED = "corrected", "已更正"
        LEFT = "left", "不收"

    load = models.ForeignKey(Load, models.PROTECT, related_name="rejected", db_index=False, verbose_name="数据接收")
    read = models.CharField("表", max_length=40)
    file = models.CharField("文件", max_length=255)
    line = models.BigIntegerField("行")
    target = models.CharField("目标", max_length=40, blank=True)
    column = models.CharField("列", max_length=64, blank=True)
    value = EncryptedTextField("值", null=True)
    rule = models.CharField("规则", max_length=32)
    reason = models.CharField("原因", max_length=500)
    remedy = models.CharField("怎么办", max_length=500, blank=True)
    content = EncryptedTextField("整行", null=True)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.OPEN)
    corrected_by = models.ForeignKey(
        Load, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="更正于"
    )

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "拒收行"
        indexes = [models.Index(fields=["load", "id"], name="rejectedrow_load")]


class ReceivedKey(models.Model):
    """A key of a system that was received before, for rows whose table cannot say it quickly (months of observations).

    ``key`` is the digest of source, target and source key; ``row`` the newest version that was received with it.
    """

    key = models.UUIDField(primary_key=True)
    row = models.UUIDField()
    at = models.DateTimeField()
    digest = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = "收到过的主键"
