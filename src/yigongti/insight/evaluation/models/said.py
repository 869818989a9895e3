"""What was said and shown: comments, appeals, evidence, reports."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import audited

from .cases import Answer, Evaluation


class Remark(models.Model):
    """What somebody says in the round of comments: of an item, or of the whole; ``reply`` is the conductor's."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="remarks", verbose_name="参评")
    item = models.CharField("项目", max_length=64, blank=True)
    text = models.TextField("意见")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提出人")
    made_at = models.DateTimeField("时间", default=clock.now)
    reply = models.TextField("答复", blank=True)
    replied_at = models.DateTimeField("答复时间", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "考核意见"
        triggers = [audited()]
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.text[:40]


class Appeal(models.Model):
    """An appeal against an item: upheld is the former result, or it is changed; either way with a reason.

    ``value_before`` and ``points_before`` stay beside ``value_after``: nothing is overwritten.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "待答复"
        UPHELD = "upheld", "维持原结果"
        CHANGED = "changed", "已更正"

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="appeals", verbose_name="参评")
    item = models.CharField("项目", max_length=64)
    wanted = models.DecimalField("主张的值", max_digits=28, decimal_places=6, null=True)
    reason = models.TextField("理由")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提出人")
    made_at = models.DateTimeField("时间", default=clock.now)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    answer_text = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复人")
    answered_at = models.DateTimeField("答复时间", null=True)
    value_before = models.DecimalField("原值", max_digits=28, decimal_places=6, null=True)
    points_before = models.DecimalField("原得分", max_digits=9, decimal_places=4, null=True)
    value_after = models.DecimalField("更正值", max_digits=28, decimal_places=6, null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "申诉"
        triggers = [audited()]
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "item"], name="appeal_once_an_item"),
            models.CheckConstraint(
                condition=Q(outcome="open", answered_at=None) | Q(~Q(outcome="open"), answered_at__isnull=False),
                name="appeal_answered_or_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.get_outcome_display()}"


class Evidence(models.Model):
    """A file that proves something: of an item, or of an appeal; encrypted."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="evidence", verbose_name="参评")
    item = models.CharField("项目", max_length=64, blank=True)
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("格式", max_length=96)
    content = models.BinaryField("内容")
    size = models.PositiveIntegerField("大小")
    added_at = models.DateTimeField("上传时间", default=clock.now)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="上传人")

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        triggers = [audited(without=["content"])]
        ordering = ["added_at"]

    def __str__(self) -> str:
        return self.name

    def sealed_for(self) -> bytes:
        """What the content is bound to when it is encrypted."""
        return f"evaluation_evidence:{self.answer_id}:{self.name}".encode()


class Report(models.Model):
    """The report as a file, as it was when it was made."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="reports", verbose_name="考核")
    kind = models.CharField("格式", max_length=8, choices=[("pdf", "PDF"), ("docx", "Word")])
    content = models.BinaryField("内容")
    size = models.PositiveIntegerField("大小")
    digest = models.CharField("摘要", max_length=64)
    scores = models.CharField("对应的计分摘要", max_length=64)
    made_at = models.DateTimeField("生成时间", default=clock.now)
    made_by = models.BigIntegerField("生成人", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "考核报告"
        triggers = [audited(without=["content"])]
        ordering = ["-made_at", "kind"]

    def __str__(self) -> str:
        return f"{self.evaluation_id}.{self.kind}"
