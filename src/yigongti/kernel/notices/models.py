"""A notice to one person."""

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock


class Notice(models.Model):
    """What someone should know: a title, a line without clinical detail, and where to look.

    ``key`` makes a repeated piece of news harmless: the same key reaches the same person once.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("access.User", models.CASCADE, related_name="notices", verbose_name="收件人")
    title = models.CharField("标题", max_length=64)
    text = models.CharField("内容", max_length=300)
    link = models.CharField("链接", max_length=200)
    urgent = models.BooleanField("紧急", default=False)
    key = models.CharField("来源", max_length=128, blank=True)
    created_at = models.DateTimeField("时间", default=clock.now)
    read_at = models.DateTimeField("已读时间", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~Q(key=""), name="notice_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_newest"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.title
