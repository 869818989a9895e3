"""An evaluation, the answer of each participant, and what stands behind every point."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.triggers import append_only, audited
from yigongti.kernel.cases.models import Case
from yigongti.registry.consortia.models import Consortium

from .definitions import LEVELS, PERIODS
from .scoring import STATUS

BASES = {
    "computed": "平台计算",
    "reported": "填报",
    "self": "自评",
    "judged": "评审",
    "appeal": "申诉更正",
    "": "没有值",
}
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


class Score(models.Model):
    """An item of a participant: the computed value, what was said and judged of it, the value that counts, its points.

    ``basis`` says whose value counts. ``first_value`` and ``first_points`` stay what they were before an appeal or a
    correction changed them.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="scores", verbose_name="参评")
    item = models.CharField("项目", max_length=64)
    order = models.PositiveSmallIntegerField("次序")
    title = models.CharField("名称", max_length=200)
    unit = models.CharField("单位", max_length=32, blank=True)
    indicator = models.CharField("指标", max_length=96, blank=True)
    numerator = models.DecimalField("分子", max_digits=38, decimal_places=6, null=True)
    denominator = models.DecimalField("分母", max_digits=38, decimal_places=6, null=True)
    computed = models.DecimalField("计算值", max_digits=28, decimal_places=6, null=True)
    reported_months = models.PositiveIntegerField("报告机构月", default=0)
    expected_months = models.PositiveIntegerField("应报机构月", default=0)
    definition = models.CharField("算法", max_length=64, blank=True)
    target = models.DecimalField("目标", max_digits=28, decimal_places=6, null=True)
    stated = models.DecimalField("自评值", max_digits=28, decimal_places=6, null=True)
    stated_note = models.CharField("自评说明", max_length=500, blank=True)
    judged = models.DecimalField("评审值", max_digits=28, decimal_places=6, null=True)
    judged_note = models.CharField("评审意见", max_length=500, blank=True)
    judged_by = models.BigIntegerField("评审人", null=True)
    value = models.DecimalField("计分值", max_digits=28, decimal_places=6, null=True)
    basis = models.CharField("依据", max_length=8, choices=list(BASES.items()), blank=True)
    flagged = models.BooleanField("差异超出容差", default=False)
    status = models.CharField("评分", max_length=12, choices=list(STATUS.items()), blank=True)
    rank = models.PositiveIntegerField("名次", null=True)
    peers = models.PositiveIntegerField("可比数", null=True)
    x = models.DecimalField("横轴", max_digits=28, decimal_places=6, null=True)
    percent = models.DecimalField("得分率", max_digits=9, decimal_places=4, null=True)
    weight = models.DecimalField("权重", max_digits=9, decimal_places=4, null=True)
    points = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    first_value = models.DecimalField("更正前的值", max_digits=28, decimal_places=6, null=True)
    first_points = models.DecimalField("更正前得分", max_digits=9, decimal_places=4, null=True)

    objects: ClassVar[models.Manager[Any]]
    #: what an appeal made of the value; set where scores are read to be scored anew
    corrected: Decimal | None = None

    class Meta:
        verbose_name = verbose_name_plural = "项目得分"
        ordering = ["order"]
        triggers = [audited(inserts=False)]
        constraints = [models.UniqueConstraint(fields=["answer", "item"], name="score_once")]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.item}"

    @property
    def difference(self) -> Decimal | None:
        """Self-reported minus computed."""
        if self.stated is None or self.computed is None:
            return None
        return self.stated - self.computed


class Change(models.Model):
    """A veto, deduction or bonus of the policy, applied to a participant by somebody for a reason."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="changes", verbose_name="参评")
    adjustment = models.CharField("加减分项", max_length=64)
    points = models.DecimalField("分值", max_digits=7, decimal_places=2)
    at_most = models.DecimalField("总分上限", max_digits=7, decimal_places=2, null=True)
    reason = models.CharField("事实和依据", max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("时间", default=clock.now)
    revoked_at = models.DateTimeField("撤销时间", null=True)

    objects: ClassVar[models.Manager[Any]]

    class Meta:
        verbose_name = verbose_name_plural = "加减分"
        triggers = [audited()]
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"{self.adjustment} {self.points}"


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
