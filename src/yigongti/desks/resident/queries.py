"""What residents see of themselves; every read is about ``actor.resident_id`` and nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from yigongti.care.referral.models import Referral
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.notices.models import Notice
from yigongti.records.health_record.overview import Line, overview
from yigongti.records.residents.grounds import grounds_of
from yigongti.records.residents.models import Consent, Resident
from yigongti.records.residents.queries import readers_of
from yigongti.registry.organizations.models import Organization

SIDES = ("home_organization", "counterpart_organization", "department")
#: a referral that ended so long ago is history
LATELY = timedelta(days=60)
#: results of these days are new
NEW = timedelta(days=30)

#: what someone looked at, by the page that the audit names
LOOKED = {
    "record": "您的健康档案",
    "referral": "您的转诊单",
    "residents": "您的基本信息",
    "audit": "一条与您有关的审计记录",
    "workbench": "工作名单",
}
EXACTLY = {
    "residents:reveal": "您完整的证件号码和电话",
    "residents:desk": "您出示的证件",
    "residents:emergency": "您的健康档案（紧急调阅）",
    "record:document": "您的一份文档",
}


def myself(actor: Actor) -> UUID:
    """Whose pages these are. Raises Forbidden for people without a record of their own."""
    if actor.resident_id is None or not actor.may(Permission.OWN_RECORD):
        raise Forbidden("这是居民本人的页面", hint="请用居民本人的账号登录")
    return actor.resident_id


def me(actor: Actor) -> Resident:
    """The resident."""
    found = Resident.objects.filter(pk=myself(actor)).first()
    if found is None:
        raise NotFound("没有找到您的健康档案", hint="请联系您的家庭医生")
    return found


def my_referrals(actor: Actor) -> QuerySet[Referral]:
    """All of them, the newest first."""
    return Referral.objects.filter(resident_id=myself(actor)).select_related(*SIDES).order_by("-opened_at")


def current(found: list[Referral]) -> list[Referral]:
    """Those under way, then those that ended lately; drafts of doctors are not told."""
    since = clock.now() - LATELY
    told = [case for case in found if case.state != "draft"]
    return [c for c in told if c.is_open] + [c for c in told if c.closed_at and c.closed_at > since][:1]


def my_events(actor: Actor, case: Referral) -> list[CaseEvent]:
    """What happened to one referral, oldest first."""
    return list(CaseEvent.objects.filter(case_id=case.pk, resident_id=myself(actor)).order_by("sequence"))


@dataclass(frozen=True)
class Result:
    """The last value of something measured, in words."""

    name: str
    text: str
    unit: str
    at: datetime
    judged: str
    usual: str
    line: Line


def my_results(actor: Actor, *, since: datetime | None = None) -> list[Result]:
    """The last value of everything that was measured, the newest first. One statement."""
    lines = overview(myself(actor)).lines
    found = [
        Result(line.measured.name, line.text, line.measured.unit, line.at, judged(line), usual(line), line)
        for line in lines
        if since is None or line.at >= since
    ]
    return sorted(found, key=lambda result: result.at, reverse=True)


def judged(line: Line) -> str:
    """How the value stands to the usual range; nothing is said of what has none, such as height."""
    return {"↑": "偏高", "↓": "偏低", "": "正常范围" if usual(line) else ""}.get(line.flag, "")


def usual(line: Line) -> str:
    """``90–140``, ``低于 7.0``; empty where there is no usual range."""
    low, high = line.measured.normal
    if low is not None and high is not None:
        return f"{low}–{high}"
    return f"低于 {high}" if high is not None else f"高于 {low}" if low is not None else ""


@dataclass(frozen=True)
class Reader:
    """Who looked, as people say it."""

    at: datetime
    name: str
    role: str
    organization: str
    what: str
    why: str
    urgent: bool


def my_readers(actor: Actor) -> QuerySet[Entry]:
    """Who looked at the record except the resident, with names, the newest first."""
    user = User.objects.filter(pk=OuterRef("user_id"))
    home = Organization.objects.filter(pk=OuterRef("organization_id"))
    grant = Grant.objects.filter(user_id=OuterRef("user_id"), organization_id=OuterRef("organization_id"))
    found = readers_of(myself(actor)).exclude(user_id=actor.user_id)
    return found.annotate(
        person=Subquery(user.values("name")[:1]),
        place=Subquery(home.values("name")[:1]),
        role=Subquery(grant.order_by("-start").values("role")[:1]),
    )


def told(entry: Any) -> Reader:
    """An entry in plain words: nobody's name is a machine's."""
    room = entry.subject.split(":")[0]
    role = Role.registry.get(entry.role or "")
    reason, ground = entry.data.get("reason", ""), grounds_of(entry.data)
    exported = entry.action == Entry.Action.EXPORT
    return Reader(
        at=entry.at,
        name=entry.person or "平台",
        role=role.title if role else "",
        organization=entry.place or "",
        what=f"{'导出了' if exported else '看了'}{EXACTLY.get(entry.subject) or LOOKED.get(room, '您的档案')}",
        why="".join(
            (entry.purpose, f"：{reason}" if reason else "", f"（凭{ground}）" if ground else ""),
        ),
        urgent=entry.action == Entry.Action.EMERGENCY,
    )


def my_consents(actor: Actor) -> list[tuple[Consent.Kind, Consent | None]]:
    """Every kind with the consent in force, if there is one."""
    held = {c.kind: c for c in Consent.objects.filter(resident_id=myself(actor), withdrawn_at=None)}
    return [(kind, held.get(kind.value)) for kind in Consent.Kind]


def my_notices(actor: Actor) -> QuerySet[Notice]:
    """Unread notices, the newest first."""
    return Notice.objects.filter(user_id=actor.user_id or 0, read_at=None).order_by("-id")
