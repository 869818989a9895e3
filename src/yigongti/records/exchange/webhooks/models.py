"""Who subscribed to what, and what was sent to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.ciphers.fields import EncryptedTextField
from yigongti.registry.organizations.models import Organization


class Subscription(models.Model):
    """A system (its technical account ``user``) is told at ``url`` of ``events`` about residents whom it may see."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="接入系统")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="机构")
    url = models.CharField("接收地址", max_length=500)
    events = ArrayField(models.CharField(max_length=64), verbose_name="事件")
    secret = EncryptedTextField("签名密钥")
    active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", default=clock.now)
    created_by = models.BigIntegerField("建立人", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送订阅"
        triggers = [audited(without=["secret"])]
        indexes = [models.Index(fields=["organization", "-created_at"], name="subscription_organization")]

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("webhooks:subscription", args=[self.pk])


class Delivery(models.Model):
    """One message to one subscriber: what is sent, how often it was tried, and how it ended.

    ``log`` keeps the last ten attempts: time, status, milliseconds, error. ``leased_until``: somebody is sending it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待送达"
        DONE = "done", "已送达"
        DEAD = "dead", "已放弃"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="deliveries", db_index=False, verbose_name="订阅"
    )
    event = models.CharField("事件", max_length=64)
    body = models.JSONField("内容")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    log = models.JSONField("各次发送", default=list)
    status = models.PositiveSmallIntegerField("应答", null=True)
    error = models.CharField("原因", max_length=300, blank=True)
    created_at = models.DateTimeField("产生时间", default=clock.now)
    since = models.DateTimeField("开始发送", default=clock.now)
    next_at = models.DateTimeField("下次发送", default=clock.now)
    leased_until = models.DateTimeField("发送中", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["subscription", "-created_at"], name="delivery_newest"),
            models.Index(fields=["subscription", "state"], condition=~Q(state="done"), name="delivery_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="delivery_ended_has_time",
            )
        ]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("webhooks:delivery", args=[self.pk])
