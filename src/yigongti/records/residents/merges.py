"""Two records of one person become one, and can become two again."""

from django.db import models
from django.db.models import Q

from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import Case


class ResidentMerge(Case):
    """The merge of ``loser`` into ``survivor``: proposed, approved where both have clinical data, merged, un-merged.

    ``resident`` of the case is the survivor. Names and numbers stand here as they were. ``clinical`` says that both had
    clinical data when it was proposed.
    """

    survivor = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="merges", verbose_name="保留的档案", db_index=False
    )
    loser = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="merged", verbose_name="并入的档案", db_index=False
    )
    survivor_name = models.CharField("保留者姓名", max_length=64)
    loser_name = models.CharField("并入者姓名", max_length=64)
    clinical = models.BooleanField("双方都有诊疗数据")
    reason = models.CharField("理由", max_length=200, blank=True)
    proposed_by = models.BigIntegerField("提出人", null=True)
    review = models.ForeignKey("residents.MatchReview", models.PROTECT, null=True, related_name="merges")
    merged_at = models.DateTimeField("合并时间", null=True)
    unmerged_at = models.DateTimeField("撤销时间", null=True)

    class Meta(Case.Meta):
        verbose_name = verbose_name_plural = "档案合并"
        constraints = [
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=["loser"],
                condition=Q(closed_at__isnull=True) | Q(state="merged"),
                name="resident_merge_once",
                violation_error_message="这份档案已经提出合并或已经并入另一份",
            ),
            models.CheckConstraint(condition=~Q(survivor=models.F("loser")), name="resident_merge_of_two"),
        ]
        indexes = [
            *Case.Meta.indexes,
            models.Index(fields=["survivor"], name="resident_merge_survivor"),
            models.Index(fields=["loser"], name="resident_merge_loser"),
        ]


class MergedRow(models.Model):
    """A row that followed a merge, so that it can go back exactly.

    ``stayed``: it would have broken a rule (two signings at a time) and was left with the loser. ``before`` and
    ``after`` hold the columns of a row that was changed besides (the survivor's own).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merge = models.ForeignKey(ResidentMerge, models.CASCADE, related_name="rows", db_index=False)
    table = models.CharField(max_length=63)
    column = models.CharField(max_length=63)
    key = models.CharField(max_length=64)
    stayed = models.BooleanField(default=False)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "随合并移动的行"
        db_table = "residents_merged_row"
        constraints = [models.UniqueConstraint(fields=["merge", "table", "column", "key"], name="merged_row_once")]
