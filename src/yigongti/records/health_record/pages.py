"""The pages of a resident: the record with its timeline, who they are and who cares for them, who read it."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.kinds import subject_title
from yigongti.kernel.audit.models import Entry as AuditEntry
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui import panels
from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.residents import queries as people
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.grounds import grounds_of
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization

from .banner import banner
from .models import DocumentReference
from .overview import overview
from .services.documents import EXTENSIONS
from .timeline import KINDS, Key, Wanted, kinds, timeline

ROSTER = ("居民名册", "/residents/")
READ = Permission.RECORD_READ


def may_read(actor: Any) -> bool:
    """People with the permission, and residents looking at themselves."""
    return bool(actor.may(READ) or (actor.resident_id and actor.may(Permission.OWN_RECORD)))


def tabs(resident: Resident, here: str) -> list[tuple[str, str, bool]]:
    """The pages of a resident: label, URL, whether it is this one."""
    pages = (
        ("record:resident", "健康档案"),
        ("record:results", "检验与测量"),
        ("record:summary", "摘要"),
        ("record:about", "基本信息与签约"),
        ("record:readers", "查阅记录"),
    )
    return [(label, reverse(name, args=[resident.pk]), name == here) for name, label in pages]


class ResidentPage(PageView):
    """The record: what to do, the timeline, and beside it problems, drugs, values and documents."""

    title, permission, template_name = "健康档案", staticmethod(may_read), "record/resident.html"

    def context(self, actor: Any) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"])
        reading(actor, resident_id=resident.pk, page="record:resident")
        seen, part = overview(resident.pk), moments(self.request, actor, resident.pk)
        return {
            "title": f"{resident.name}的健康档案",
            "crumbs": (ROSTER, (resident.name, "")),
            "resident": resident,
            "banner": banner(resident),
            "tabs": tabs(resident, "record:resident"),
            "actions": panels.drawn("record.actions", self.request, resident),
            "may_write": actor.may(Permission.RECORD_WRITE),
            "overview": seen,
            "kinds": offered(seen.kinds | part["wanted"].only),
            **part,
        }


def offered(there: frozenset[str]) -> dict[str, str]:
    """The kinds to choose from: those of which there are entries, and what other rooms tell."""
    return {kind: label for kind, label in kinds().items() if kind in there or kind not in KINDS}


def moments(request: HttpRequest, actor: Any, resident_id: UUID) -> dict[str, Any]:
    """The page of the timeline that is asked for."""
    wanted = asked(request)
    page = timeline(resident_id, below=_key(request.GET.get("below", "")), wanted=wanted)
    below = f"{page.next[0].timestamp():.6f}_{page.next[1]}" if page.next else ""
    narrowed = request.GET.copy()
    narrowed.pop("below", None)
    return {
        "moments": page.moments,
        "wanted": wanted,
        "below": below,
        "query": narrowed.urlencode(),
        "resident_id": resident_id,
        "writable": actor.organizations(Permission.RECORD_WRITE),
    }


def asked(request: HttpRequest) -> Wanted:
    """What the filter asks for; what cannot be meant is left out."""
    given = request.GET
    organization = given.get("organization", "")
    return Wanted(
        only=frozenset(given.getlist("kind")) & kinds().keys(),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        organization_id=int(organization) if organization.isdecimal() and len(organization) < 18 else None,
        text=given.get("text", "").replace("\x00", "").strip()[:64],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> Key | None:
    at, _, entry = text.partition("_")
    try:
        return datetime.fromtimestamp(float(at), UTC), UUID(entry)
    except (ValueError, OverflowError, OSError):
        return None


class TimelinePart(ActorView):
    """More of the timeline, or another choice of kinds."""

    title, permission = "时间线", staticmethod(may_read)

    def get(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """The part as a fragment."""
        actor = request.actor  # type: ignore[attr-defined]
        resident = access_resident(actor, resident_id)
        reading(actor, resident_id=resident.pk, page="record:timeline")
        return render(request, "record/timeline.html", moments(request, actor, resident.pk))


class About(PageView):
    """Who the person is, with whom they are signed, what they agreed to, who may open the record."""

    title, permission, template_name = "基本信息与签约", staticmethod(may_read), "record/about.html"

    def context(self, actor: Any) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"])
        reading(actor, resident_id=resident.pk, page="record:about")
        return {
            "title": f"{resident.name}的基本信息",
            "crumbs": (ROSTER, (resident.name, reverse("record:resident", args=[resident.pk])), ("基本信息", "")),
            "resident": resident,
            "banner": banner(resident),
            "tabs": tabs(resident, "record:about"),
            "may_register": actor.may(Permission.RESIDENT_REGISTER),
            "may_write": actor.may(Permission.RECORD_WRITE),
            "temporary": resident.identity_kind in ("90", "91"),
            "signings": resident.signings.select_related("organization", "doctor").order_by("-start"),
            "today": clock.today(),
            "now": clock.now(),
            "consents": resident.consents.order_by("-granted_at"),
            "contacts": resident.contacts.order_by("pk"),
            "relations": people.relations_of(resident.pk)[:60],
            "children": resident.children.order_by("birth_date"),
        }


class ReadersTable(RegisterTable):
    """Who looked, when, from where, at what."""

    at = WhenColumn(verbose_name="时间", orderable=False)
    user = tables.Column("姓名", accessor="user_name", orderable=False)
    organization = tables.Column("机构", accessor="organization_name", orderable=False)
    action = TagColumn(
        verbose_name="动作", orderable=False, labels=dict(AuditEntry.Action.choices), tones={"EMERGENCY": "danger"}
    )
    subject = tables.Column("内容", orderable=False)
    purpose = tables.Column("目的", orderable=False)
    ground = tables.Column("凭何查看", accessor="data", orderable=False, empty_values=())

    def render_subject(self, record: Any) -> str:
        reason = record.data.get("reason", "")
        return f"{subject_title(record.subject)}{'：' + reason if reason else ''}"

    value_subject = render_subject

    def render_ground(self, record: Any) -> str:
        return grounds_of(record.data) or "—"

    value_ground = render_ground


class Readers(RegisterView):
    """Who read the record: the person and those who care for them see it."""

    title, permission, table_class = "查阅记录", staticmethod(may_read), ReadersTable
    template_name = "record/readers.html"
    empty = "还没有人查阅过这份档案"

    @property
    def key(self) -> str:  # type: ignore[override]
        """The list of this resident."""
        return f"readers-{self.kwargs['resident_id']}"

    def queryset(self, actor: Any) -> Any:
        from django.db.models import OuterRef, Subquery

        resident = self.who(actor)
        user = User.objects.filter(pk=OuterRef("user_id"))
        home = Organization.objects.filter(pk=OuterRef("organization_id"))
        return people.readers_of(resident.pk).annotate(
            user_name=Subquery(user.values("name")[:1]), organization_name=Subquery(home.values("name")[:1])
        )

    def who(self, actor: Any) -> Resident:
        """Whose readers."""
        if not hasattr(self, "_resident"):
            self._resident = access_resident(actor, self.kwargs["resident_id"])
        return self._resident

    def context(self, actor: Any) -> dict[str, Any]:
        resident = self.who(actor)
        return {
            "title": f"谁看过{resident.name}的档案",
            "crumbs": (ROSTER, (resident.name, reverse("record:resident", args=[resident.pk])), (self.title, "")),
            "banner": banner(resident),
            "tabs": tabs(resident, "record:readers"),
        }


class Attachment(ActorView):
    """A file of the record, for download; the browser never runs or guesses it."""

    title, permission = "文档", staticmethod(may_read)

    def get(self, request: HttpRequest, resident_id: UUID, document_id: UUID) -> HttpResponse:
        """The content."""
        actor = request.actor  # type: ignore[attr-defined]
        resident = access_resident(actor, resident_id)
        document = DocumentReference.objects.filter(pk=document_id, resident=resident).first()
        if document is None:
            raise NotFound("没有找到这份文档")
        reading(actor, resident_id=resident.pk, page="record:document", document=str(document.pk))
        name = f"{document.title}.{EXTENSIONS.get(document.media_type, 'bin')}"
        how = "inline" if request.GET.get("show") and document.media_type in EXTENSIONS else "attachment"
        return HttpResponse(
            bytes(document.content),
            content_type=document.media_type,
            headers={
                "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, no-store",
            },
        )
