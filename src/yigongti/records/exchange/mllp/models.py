"""Who sends HL7 v2 messages, and every message that came."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ciphers.fields import EncryptedTextField
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.organizations.models import Organization


class MessageSender(models.Model):
    """A sending application and facility (MSH-3, MSH-4) as a source system.

    ``addresses``: networks it may call from, apart by blanks; empty: any.
    """

    application = models.CharField("发送应用 MSH-3", max_length=180)
    facility = models.CharField("发送机构 MSH-4", max_length=180, blank=True)
    source = models.ForeignKey(
        SourceSystem, models.PROTECT, db_column="source", related_name="+", verbose_name="来源系统"
    )
    addresses = models.CharField("允许的网络地址", max_length=500, blank=True)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "HL7 发送方"
        triggers = [audited()]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "facility"],
                name="message_sender_once",
                violation_error_message="这个发送应用和机构已经登记",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}|{self.facility}" if self.facility else self.application


class InboundMessage(models.Model):
    """One message as it came. ``content`` holds its bytes one to one (Latin-1), encrypted.

    It is stored before anything else is done; ``ack`` is what was answered, also when the message comes again. The
    content goes after ``YIGONGTI_MLLP_DAYS`` (``removed_at``); what became of the message stays known.
    """

    class State(models.TextChoices):
        STORED = "stored", "待处理"
        DONE = "done", "已处理"
        FAILED = "failed", "处理失败"
        REFUSED = "refused", "拒收"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(
        SourceSystem, models.PROTECT, null=True, db_column="source", related_name="+", verbose_name="来源系统"
    )
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", verbose_name="机构")
    application = models.CharField("发送应用", max_length=180, blank=True)
    facility = models.CharField("发送机构", max_length=180, blank=True)
    peer = models.CharField("网络地址", max_length=64, blank=True)
    control_id = models.CharField("控制号", max_length=199, blank=True)
    event = models.CharField("事件", max_length=32, blank=True)
    content = EncryptedTextField("原文")
    size = models.PositiveIntegerField("字节数")
    digest = models.BinaryField("摘要")
    received_at = models.DateTimeField("收到时间", default=clock.now)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.STORED)
    code = models.CharField("应答", max_length=2, blank=True)
    ack = models.TextField("应答原文", blank=True)
    error = models.CharField("原因", max_length=500, blank=True)
    hint = models.CharField("怎么办", max_length=500, blank=True)
    load = models.UUIDField("数据接收", null=True)
    repeats = models.PositiveIntegerField("重复收到", default=0)
    attempts = models.PositiveSmallIntegerField("处理次数", default=0)
    ended_at = models.DateTimeField("处理时间", null=True)
    removed_at = models.DateTimeField("原文清除时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "收到的消息"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "facility", "control_id", "digest"], name="inbound_message_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-received_at"], name="inbound_organization"),
            models.Index(fields=["received_at"], condition=Q(state="stored"), name="inbound_left"),
            models.Index(fields=["-received_at"], name="inbound_newest"),
            models.Index(fields=["received_at"], condition=Q(removed_at=None), name="inbound_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.control_id}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("mllp:message", args=[self.pk])
