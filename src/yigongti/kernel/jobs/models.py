"""Long work that somebody asked for: how far it is, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.cases.keys import new_id


class Job(models.Model):
    """One piece of long work: who asked for it, with which words, how far it is, and its result.

    ``kind`` and ``subject`` say what it is about: while one is open there is no second one. ``done`` of ``total`` are
    in the unit of the work (lines, residents); ``stage`` names what is being done now. ``attempts`` counts how often
    it was begun: only the last attempt may end it. ``scopes`` are those of the token that asked.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        STOPPED = "stopped", "已取消"

    OPEN = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField("种类", max_length=64)
    subject = models.CharField("对象", max_length=128, blank=True)
    title = models.CharField("任务", max_length=200)
    link = models.CharField("页面", max_length=200, blank=True)
    user = models.ForeignKey("access.User", models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    organization_id = models.BigIntegerField("经办机构", null=True)
    purpose = models.CharField("目的", max_length=32, blank=True)
    scopes = models.JSONField("令牌范围", null=True)
    arguments = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.WAITING)
    stage = models.CharField("正在做", max_length=64, blank=True)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("共", default=0)
    attempts = models.PositiveSmallIntegerField("第几次", default=0)
    queued = models.BigIntegerField("队列号", null=True)
    stop_asked = models.BooleanField("要求停止", default=False)
    summary = models.CharField("结果", max_length=300, blank=True)
    result = models.JSONField("结果数据", default=dict)
    file = models.BinaryField("结果文件", null=True)
    filename = models.CharField("文件名", max_length=255, blank=True)
    media_type = models.CharField("格式", max_length=128, blank=True)
    error = models.CharField("原因", max_length=500, blank=True)
    hint = models.CharField("怎么办", max_length=300, blank=True)
    asked_at = models.DateTimeField("提交时间", default=clock.now)
    started_at = models.DateTimeField("开始时间", null=True)
    moved_at = models.DateTimeField("最近进展", default=clock.now)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="job_mine"),
            models.Index(fields=["moved_at"], condition=Q(state__in=["waiting", "running"]), name="job_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state__in=["waiting", "running"]) & ~Q(subject=""),
                name="job_once_at_a_time",
                violation_error_message="这件事正在处理中",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at=None)
                | Q(state__in=["done", "failed", "stopped"], finished_at__isnull=False),
                name="job_finished_has_time",
            ),
            models.CheckConstraint(condition=Q(total=0) | Q(done__lte=F("total")), name="job_done_within_total"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("jobs:job", args=[self.pk])

    @property
    def open(self) -> bool:
        """Neither finished nor given up."""
        return self.state in self.OPEN

    @property
    def percent(self) -> int | None:
        """How much is done, in whole per cent; None where nobody knows how much there is."""
        return self.done * 100 // self.total if self.total else None
