"""What the index decided about source identities, why, and with which weights."""

from django.db import models
from django.db.models import Q

from yigongti.kernel import clock
from yigongti.kernel.audit.triggers import append_only
from yigongti.kernel.cases.keys import new_id


class MatchDecision(models.Model):
    """One decision of the index, append-only: this identity is, may be, or is not this resident.

    ``rule`` is the rule that decided, ``match`` the evidence field by field with its weights in bits (empty when a rule
    alone decided); both can be drawn at any time. ``weights`` names the :class:`MatchWeights` (empty: those shipped).
    A decision names the resident of that time: a merge does not change it.
    """

    class Outcome(models.TextChoices):
        AUTO = "auto", "自动归入"
        CREATED = "created", "新建居民"
        REVIEW = "review", "待核对"
        MANUAL = "manual", "人工确认为同一人"
        REJECTED = "rejected", "人工确认不是同一人"
        LATER = "later", "暂缓"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.ForeignKey(
        "residents.SourceIdentity",
        models.PROTECT,
        related_name="decisions",
        verbose_name="来源身份",
        db_index=False,
    )
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="+", verbose_name="居民", db_index=False
    )
    outcome = models.CharField("结果", max_length=16, choices=Outcome.choices)
    rule = models.CharField("规则", max_length=48, blank=True)
    probability = models.FloatField("概率", null=True)
    match = models.JSONField("依据", null=True)
    policy_hash = models.CharField("规则版本", max_length=64)
    weights = models.ForeignKey("residents.MatchWeights", models.PROTECT, null=True, related_name="+", db_index=False)
    user_id = models.BigIntegerField("经办人", null=True)
    user_name = models.CharField("经办人姓名", max_length=64, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "归入判断"
        triggers = [append_only()]
        indexes = [
            models.Index(fields=["identity", "-at"], name="match_decision_identity"),
            models.Index(fields=["resident", "-at"], name="match_decision_resident"),
            models.Index(
                fields=["identity", "resident"],
                condition=Q(outcome__in=["manual", "rejected"]),
                name="match_decision_of_people",
            ),
        ]


class MatchReview(models.Model):
    """A question for a person: are these two records one person? Open until answered.

    ``resident`` is who the identity stands for today, ``candidate`` who it may be besides. ``later_at`` puts it off.
    """

    class State(models.TextChoices):
        OPEN = "open", "待核对"
        PROPOSED = "proposed", "等待第二人复核"
        SAME = "same", "同一人"
        DIFFERENT = "different", "不是同一人"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.ForeignKey(
        "residents.SourceIdentity", models.PROTECT, related_name="reviews", verbose_name="来源身份"
    )
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name="现归入")
    candidate = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name="可能是")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.OPEN)
    decision = models.ForeignKey(MatchDecision, models.PROTECT, related_name="+", verbose_name="判断")
    probability = models.FloatField("概率", default=0)
    opened_at = models.DateTimeField("提出时间", default=clock.now)
    later_at = models.DateTimeField("暂缓至", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份核对"
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "candidate"],
                condition=Q(closed_at__isnull=True),
                name="match_review_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["-probability", "opened_at"], condition=Q(closed_at__isnull=True), name="match_review_open"
            )
        ]


class MatchWeights(models.Model):
    """Weights trained on the residents of this house: the JSON of ``linkage.trained.Trained``."""

    policy_hash = models.CharField("规则版本", max_length=64)
    trained = models.TextField("权重")
    rows = models.PositiveIntegerField("训练行数")
    made_at = models.DateTimeField("训练时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "比对权重"
        triggers = [append_only()]
