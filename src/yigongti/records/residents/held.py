"""Rows that a merge leaves with the loser because two of them may not be at a time: which, and what to do about it."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from yigongti.kernel.audit.kinds import tables
from yigongti.registry.periods import Period

from .following import explains, explanation, followers
from .models import MergedRow, ResidentMerge

#: tables in which a rule about several rows names the column
RULED = """
SELECT DISTINCT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
 WHERE (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary AND c.relname = ANY (%s)
"""


@dataclass(frozen=True)
class Held:
    """One row that stays: what kind, what it says, the way out, and where."""

    kind: str
    text: str
    way: str
    url: str


def would_stay(case: ResidentMerge) -> list[Held]:
    """What would stay if the merge were done now: tried in the tables that have such rules, and taken back."""
    from .services import carrying

    with connection.cursor() as cursor:
        cursor.execute(RULED, [[one.table for one in followers()]])
        ruled = set(cursor.fetchall())
    point = transaction.savepoint()
    try:
        columns = [one for one in followers() if (one.table, one.column) in ruled]
        carrying.follow(case.pk, case.loser_id, case.survivor_id, columns)
        return staying(case)
    finally:
        transaction.savepoint_rollback(point)


def staying(case: ResidentMerge) -> list[Held]:
    """What a merge left with the loser, as people read it; nothing of what the survivor has besides."""
    rows = MergedRow.objects.filter(merge_id=case.pk, stayed=True).exclude(column="*").order_by("table", "key")
    return [held for one in rows if (held := _told(one.table, one.key)) is not None]


def _told(table: str, key: str) -> Held | None:
    model = tables().get(table)
    if model is None or (explain := explanation(model)) is None:
        return None
    row: Any = model._default_manager.filter(pk=key).first()
    if row is None:
        return None
    return Held(str(model._meta.verbose_name), *explain(row))


def _days(row: Period) -> str:
    return f"{row.start:%Y-%m-%d} 起" + (f"，至 {row.until:%Y-%m-%d}" if row.until else "")


def _signing(row: Any) -> tuple[str, str, str]:
    way = "保留的档案在同一时期已有签约：以它为准，无须办理；应以这一份为准时，先在保留的档案解约，再移动留下的内容"
    return f"{row.organization}（{_days(row)}）", way, ""


def _consent(row: Any) -> tuple[str, str, str]:
    way = "保留的档案已有同样的同意，以它为准，无须办理；撤销合并时这一份仍在原档案"
    return f"{row.get_kind_display()}（{row.granted_at:%Y-%m-%d}，{row.evidence}）", way, ""


explains("residents.SignedCentre", _signing)
explains("residents.Consent", _consent)
explains("residents.CareRelation", None)
explains("residents.FormerNumber", None)
