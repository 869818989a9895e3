"""What the index knows of a person: which systems know them, what was decided, how the fields came about."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.records.linkage.online import match_from
from yigongti.records.linkage.waterfall import svg

from .desk import rule_name
from .models import IdentityMove, MatchDecision, Resident, ResidentMerge, SourceIdentity, SourceIdentityVersion

FIELDS = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_number": "证件号码",
    "identity_kind": "证件类型",
    "phone": "电话",
    "address": "住址",
    "area_id": "居住地",
    "ethnicity": "民族",
    "blood_type": "血型",
    "insurance_kind": "医保类型",
    "died_on": "死亡日期",
    "moved_on": "迁出日期",
    "merged_into_id": "并入",
}
SEALED = frozenset({"id_number", "phone", "address"})
TELLS = {"identity_kind": "document", "id_number": "document", "area_id": "area"}


@dataclass(frozen=True)
class Change:
    """One field of a resident that changed: when, from what to what, by whom."""

    at: Any
    field: str
    before: str
    after: str
    who: str


@dataclass(frozen=True)
class Known:
    """Which systems know the person, what was decided about them, how the fields came about."""

    resident: Resident
    identities: list[SourceIdentity]
    decisions: list[tuple[MatchDecision, str, str]]
    changes: list[Change]
    merges: list[ResidentMerge]
    moves: list[IdentityMove]
    told: list[tuple[str, str]]
    versions: int


def known(resident: Resident) -> Known:
    """All that the index knows of the person; the caller has checked the right and notes the reading."""
    with acting(SYSTEM):
        identities = list(
            SourceIdentity.objects.filter(resident=resident)
            .select_related("source")
            .order_by("source_id", "source_key")
        )
        decisions = MatchDecision.objects.filter(identity__in=identities).select_related("identity__source")
        return Known(
            resident,
            identities,
            [
                (one, _why(one), svg(match_from(one.match)) if one.match else "")
                for one in decisions.order_by("-at")[:40]
            ],
            _changes(resident),
            list(ResidentMerge.objects.filter(Q(survivor=resident) | Q(loser=resident)).order_by("-opened_at")),
            list(IdentityMove.objects.filter(Q(resident=resident) | Q(target=resident)).order_by("-opened_at")),
            _told(resident, {one.source_id: one.source.title for one in identities}),
            SourceIdentityVersion.objects.filter(identity__in=identities).count(),
        )


def _why(decision: MatchDecision) -> str:
    alone = decision.outcome == MatchDecision.Outcome.CREATED and not decision.rule
    return "没有相符的居民" if alone else rule_name(decision.rule)


def _told(resident: Resident, titles: dict[str, str]) -> list[tuple[str, str]]:
    given = resident.told or {}
    found = []
    columns = {"document": "id_number", "area": "area_id"}
    for name in ("name", "document", "sex", "birth_date", "phone", "address", "area", "died_on"):
        if not getattr(resident, columns.get(name, name)):
            continue
        source = given.get(name) or given.get("*") or "here"
        title = "平台登记" if source == "here" else titles.get(source, source)
        labels = {"document": "证件", "area": "居住地"}
        found.append((labels.get(name) or FIELDS[name], title))
    return found


def _changes(resident: Resident) -> list[Change]:
    from yigongti.kernel.access.models import User

    entries = list(
        Entry.objects.filter(resident_id=resident.pk, subject="residents_resident", action="UPDATE").order_by("-at")[
            :60
        ]
    )
    names = dict(User.objects.filter(pk__in={e.user_id for e in entries if e.user_id}).values_list("pk", "name"))
    found = []
    for entry in entries:
        before, after = entry.data.get("old") or {}, entry.data.get("new") or {}
        for field, title in FIELDS.items():
            if field in after:
                hidden = field in SEALED
                found.append(
                    Change(
                        entry.at,
                        title,
                        "（原值已加密）" if hidden else str(before.get(field) or "—"),
                        "（新值已加密）" if hidden else str(after[field] or "—"),
                        names.get(entry.user_id or 0) or _system(after),
                    )
                )
    return found


def _system(after: dict[str, Any]) -> str:
    told = after.get("told") or {}
    return "来源系统 " + "、".join(sorted({str(v) for v in told.values()})) if told else "平台"
