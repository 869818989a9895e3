"""An evaluation and the answer of each participant."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import append_only, audited
from yigongti.kernel.cases.models import Case
from yigongti.registry.consortia.models import Consortium

from ..definitions import LEVELS, PERIODS

#: states in which everybody who takes part sees everybody's scores
OPEN_TO_ALL = ("commenting", "appealing", "deciding", "decided", "published")


class Text(models.Model):
    """The text of a policy by its hash: with it an evaluation can be computed again years later."""

    hash = models.CharField("散列", max_length=64, primary_key=True)
    name = models.CharField("规则", max_length=96)
    content = models.TextField("内容")

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "规则存本"
        triggers = [append_only()]

    def __str__(self) -> str:
        return self.name


class Evaluation(Case):
    """One evaluation of members in a period. ``home_organization`` conducts it, ``participants`` answer.

    ``policy_hash`` is the edition by which it is scored, ``snapshot`` the one from which the values were computed,
    ``texts`` the hashes of the policy and of the sets of indicators (:class:`Text`). ``sheet`` is what went into the
    scores, ``digest`` the hash of what came out. A correction is a new ``edition`` that names the one it ``corrects``.
    ``pool`` (fen) is shared out by the parts of the grades.
    """

    policy = models.CharField("方案", max_length=96)
    policy_hash = models.CharField("方案版本", max_length=64)
    title = models.CharField("名称", max_length=160)
    level = models.CharField("对象", max_length=16, choices=list(LEVELS.items()))
    period_type = models.CharField("时期类型", max_length=8, choices=list(PERIODS.items()))
    period = models.CharField("时期", max_length=8)
    consortium = models.ForeignKey(
        Consortium, models.PROTECT, null=True, related_name="+", verbose_name="医共体（医共体间的评价为空）"
    )
    participants = ArrayField(models.BigIntegerField(), default=list, verbose_name="参评机构")
    snapshot = models.CharField("快照", max_length=64, blank=True)
    texts = models.JSONField("规则存本", default=dict)
    taken_at = models.DateTimeField("取数时间", null=True)
    sheet = models.JSONField("计分输入", default=dict)
    digest = models.CharField("计分摘要", max_length=64, blank=True)
    scored_at = models.DateTimeField("计分时间", null=True)
    pool = models.PositiveBigIntegerField("奖励资金（分）", null=True)
    edition = models.PositiveSmallIntegerField("第几版", default=1)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="corrected_by", verbose_name="更正哪一次"
    )
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="发起人")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="定等人")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="发布人")
    conclusion = models.TextField("评价结论", blank=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "考核评价"
        triggers = [audited(without=["sheet"])]
        constraints = [
            *Case.Meta.constraints,
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("decided_by")),
                name="evaluation_second_person",
                violation_error_message="发布的人不能是定等的人",
            ),
            models.UniqueConstraint(
                fields=["policy", "period", "home_organization", "consortium", "edition"],
                condition=~Q(state="cancelled"),
                nulls_distinct=False,
                name="evaluation_once",
                violation_error_message="这一时期已有同一方案的考核",
            ),
        ]
        indexes = [*Case.Meta.indexes, models.Index(fields=["-opened_at"], name="evaluation_newest")]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("evaluation:case", args=[self.pk])

    def concerned(self) -> list[int]:
        """The conductor, and from the self-report on everybody who takes part."""
        inside = self.state not in ("preparing", "")
        sides = {self.home_organization_id, *(self.participants if inside else ())}
        return sorted(side for side in sides if side)

    @property
    def is_published(self) -> bool:
        """Whether the conclusion and the awards hold, and may be seen by those who take part."""
        return self.state == "published"

    @property
    def shown_to_all(self) -> bool:
        """Whether the ranking may be seen by those who take part."""
        return self.state in OPEN_TO_ALL


class Answer(Case):
    """The part of one participant in an evaluation: self-report, comments, appeals, and in the end total and grade.

    ``unit`` is the key of what is counted for (the number of the centre, or of the consortium); ``rank`` is never
    shown without ``peers``, nor the total without ``full``. ``award`` is in fen; ``alone`` is what it would be if the
    members of an ``area`` did not answer for each other (see :mod:`.awarding`).
    """

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="answers", verbose_name="考核")
    unit = models.CharField("统计单位", max_length=24)
    title = models.CharField("参评单位", max_length=128)
    items_points = models.DecimalField("项目得分", max_digits=9, decimal_places=4, null=True)
    changed = models.DecimalField("加减分", max_digits=9, decimal_places=4, null=True)
    total = models.DecimalField("总分", max_digits=9, decimal_places=4, null=True)
    full = models.DecimalField("满分", max_digits=9, decimal_places=4, null=True)
    grade = models.CharField("等次", max_length=32, blank=True)
    rank = models.PositiveIntegerField("名次", null=True)
    peers = models.PositiveIntegerField("参评数", null=True)
    before = models.DecimalField("申诉前总分", max_digits=9, decimal_places=4, null=True)
    award = models.PositiveBigIntegerField("奖励（分）", null=True)
    alone = models.PositiveBigIntegerField("不连带时的奖励（分）", null=True)
    area = models.CharField("片区", max_length=32, blank=True)
    statement = models.TextField("自评说明", blank=True)
    submitted_at = models.DateTimeField("自评时间", null=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "参评"
        triggers = [audited()]
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(fields=["evaluation", "unit"], name="answer_once"),
        ]

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("evaluation:answer", args=[self.pk])

    def concerned(self) -> list[int]:
        """The conductor, and the participant as soon as it is asked."""
        asked = self.state not in ("waiting", "")
        sides = {self.counterpart_organization_id, self.home_organization_id if asked else None}
        return sorted(side for side in sides if side)
