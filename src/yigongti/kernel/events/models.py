"""The outbox: news written in the command's own transaction, delivered afterwards, at least once."""

from django.db import models

from yigongti.kernel import clock


class Outbox(models.Model):
    """News that waits for its consumers; a delivered row is deleted.

    ``consumer`` is empty for fresh news; a consumer that failed gets a row of its own, tried again with growing pauses.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField("事件", max_length=64)
    payload = models.JSONField("内容", default=dict)
    at = models.DateTimeField("发生时间", default=clock.now)
    consumer = models.CharField("消费者", max_length=128, blank=True, default="")
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次投递", default=clock.now)
    error = models.TextField("错误", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "待投递事件"
        indexes = [models.Index(fields=["next_at", "id"], name="events_outbox_due")]
