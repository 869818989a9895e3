"""A source identity that was tied to the wrong person goes to the right one, and can come back."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import Case


class IdentityMove(Case):
    """One system's patient is taken from ``resident`` and given to ``target``: proposed, approved where it brought
    clinical data, moved, undone.

    ``target`` is empty until a resident of their own is made (``created``). Names stand here as they were.
    """

    identity = models.ForeignKey(
        "residents.SourceIdentity", models.PROTECT, related_name="moves", verbose_name="来源身份", db_index=False
    )
    target = models.ForeignKey(
        "residents.Resident", models.PROTECT, null=True, related_name="arrivals", verbose_name="改归的档案"
    )
    created = models.BooleanField("新建档案", default=False)
    resident_name = models.CharField("原档案姓名", max_length=64)
    target_name = models.CharField("改归者姓名", max_length=64, blank=True)
    clinical = models.BooleanField("带有诊疗数据")
    reason = models.CharField("理由", max_length=200)
    proposed_by = models.BigIntegerField("提出人", null=True)
    moved_at = models.DateTimeField("改归时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)

    @property
    def before_id(self) -> UUID:
        """Who had the identity."""
        assert self.resident_id is not None
        return self.resident_id

    @property
    def after_id(self) -> UUID:
        """Who has it after the move."""
        assert self.target_id is not None
        return self.target_id

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "来源身份改归"
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=["identity"],
                condition=Q(state="proposed"),
                name="identity_move_once",
                violation_error_message="这条来源身份的改归正在等待复核",
            ),
            models.CheckConstraint(
                condition=~Q(resident=models.F("target")) | Q(target__isnull=True), name="identity_move_elsewhere"
            ),
        ]
        indexes = [*Case.Meta.indexes, models.Index(fields=["identity"], name="identity_move_identity")]


class MovedRow(models.Model):
    """What a move changed, so that it can be undone exactly.

    A row that went with the identity (``column`` names the resident), a relation that ended or began (``until``,
    ``since``), or the columns of a resident that followed (``*``).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    move = models.ForeignKey(IdentityMove, models.CASCADE, related_name="rows", db_index=False)
    table = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    key = models.CharField(max_length=64)
    stayed = models.BooleanField(default=False)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "随改归移动的行"
        db_table = "residents_moved_row"
        constraints = [models.UniqueConstraint(fields=["move", "table", "column", "key"], name="moved_row_once")]
