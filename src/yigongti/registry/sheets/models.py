"""The files that were sent in, with what became of their lines."""

from typing import Any
from uuid import UUID

import uuid_utils
from django.db import models
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited
from yigongti.kernel.jobs.models import Job


def new_key() -> UUID:
    """UUIDv7: in the order of time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


class Load(models.Model):
    """A file: checked without effect first, then applied as a whole. Every line read is in exactly one count.

    ``job`` is the last work in the background (a long file); ``report`` the rejected lines of a long file as xlsx.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "待预检"
        CHECKED = "checked", "已预检"
        APPLIED = "applied", "已导入"
        DISCARDED = "discarded", "已放弃"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    sheet = models.CharField("表", max_length=32)
    filename = models.CharField("文件", max_length=255)
    content = models.BinaryField("内容")
    digest = models.CharField("摘要", max_length=64)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人")
    organization_id = models.BigIntegerField("经办机构", null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.CHECKED)
    read = models.PositiveIntegerField("读入", default=0)
    added = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)
    rejections = models.JSONField("退回原因", default=list, blank=True)
    ignored = models.JSONField("未识别的列", default=list, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", verbose_name="后台任务")
    report = models.BinaryField("退回的行", null=True)
    checked_at = models.DateTimeField("预检时间", default=clock.now)
    applied_at = models.DateTimeField("导入时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量导入"
        ordering = ["-checked_at"]
        triggers = [audited(without=["content", "rejections", "report"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    read=models.F("added") + models.F("changed") + models.F("unchanged") + models.F("rejected")
                ),
                name="load_every_line_accounted_for",
            )
        ]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("sheets:load", args=[self.pk])

    @property
    def counts(self) -> dict[str, Any]:
        """The counts by name."""
        return {name: getattr(self, name) for name in ("read", "added", "changed", "unchanged", "rejected")}
