"""For auditors: who did what when, entry by entry, and whether the chain holds."""

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.apps import apps
from django.contrib import messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView

from . import anchors, reports, verification
from .kinds import subject_title
from .models import Entry, Verification
from .reading import note, reading

TONES = {"REFUSED": "danger", "EMERGENCY": "danger", "DELETE": "warn", "EXPORT": "warn"}
MANY = 200


class EntryTable(RegisterTable):
    """Newest first."""

    at = WhenColumn(verbose_name="时间", orderable=False)
    person = tables.Column("人员", orderable=False, default="平台")
    place = tables.Column("机构", orderable=False)
    action = TagColumn(verbose_name="动作", labels=dict(Entry.Action.choices), tones=TONES, orderable=False)
    subject = tables.Column("对象", orderable=False)
    subject_id = tables.Column("对象编号", orderable=False)
    purpose = tables.Column("目的", orderable=False)

    def render_subject(self, value: str) -> str:
        """What the entry is about, on the page as in the spreadsheet."""
        return subject_title(value)

    value_subject = render_subject

    def row_url(self, record: Any) -> str:
        """The entry."""
        return reverse("audit:entry", args=[record.pk])


class EntryFilter(django_filters.FilterSet):
    """By person, organisation, resident, action and time; each is an index of the table."""

    person = django_filters.CharFilter(label="人员（姓名或账号）", method="by_person")
    place = django_filters.CharFilter(label="机构（名称或代码）", method="by_place")
    resident = django_filters.CharFilter(label="居民（档案编号）", method="by_resident")
    action = django_filters.ChoiceFilter(label="动作", choices=Entry.Action.choices)
    subject = django_filters.ChoiceFilter(label="对象", choices=[])
    since = django_filters.DateFilter(label="从", field_name="at", lookup_expr="date__gte")
    until = django_filters.DateFilter(label="到", field_name="at", lookup_expr="date__lte")

    class Meta:
        model = Entry
        fields = ("person", "place", "resident", "action", "subject", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["subject"].extra["choices"] = reports.subjects()
        for name in ("since", "until"):
            self.filters[name].extra["widget"] = forms.DateInput({"type": "date", "class": "form-control"})

    def by_person(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """Entries of the people found."""
        found = User.objects.filter(Q(username=value) | Q(name__contains=value)).values_list("pk", flat=True)
        return rows.filter(user_id__in=list(found[:MANY]))

    def by_place(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """Entries made at the organisations found."""
        named = Q(code=value) | Q(name__contains=value) | Q(short_name__contains=value)
        found = apps.get_model("organizations.Organization").objects.filter(named).values_list("pk", flat=True)
        return rows.filter(organization_id__in=list(found[:MANY]))

    def by_resident(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """Entries about a resident. An auditor sees no residents; the number alone is looked up."""
        with acting(SYSTEM):
            table = apps.get_model("residents.Resident")
            found = table.objects.filter(number=value.strip()).values_list("pk", flat=True).first()
        return rows.filter(resident_id=found) if found else rows.none()


def named(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Entries with the names of person and organisation."""
    users = User.objects.filter(pk=OuterRef("user_id"))
    places = apps.get_model("organizations.Organization").objects.filter(pk=OuterRef("organization_id"))
    return rows.annotate(person=Subquery(users.values("name")[:1]), place=Subquery(places.values("name")[:1]))


class Entries(RegisterView):
    """The register of the audit."""

    title, key, permission = "审计", "audit", Permission.AUDIT_READ
    table_class, filterset_class = EntryTable, EntryFilter
    template_name = "audit/entries.html"
    empty, empty_hint = "没有审计记录", "登录、查看档案和每次写入都会留下记录。"
    crumbs = (("系统", ""), ("审计", ""))

    def queryset(self, actor: Actor) -> Any:
        """All entries: an auditor sees the whole platform."""
        return named(Entry.objects.order_by("-at", "-id"))

    def exported(self, actor: Actor) -> None:
        """A spreadsheet of the audit is itself an entry."""
        note(actor, Entry.Action.EXPORT, subject="audit_entry")


class OneEntry(PageView):
    """One entry: everything that it says."""

    title, permission, template_name = "审计记录", Permission.AUDIT_READ, "audit/entry.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The entry; looking at one about a resident is a reading of the record."""
        entry = named(Entry.objects.filter(pk=self.kwargs["entry_id"])).first()
        if entry is None:
            raise NotFound("没有找到这条审计记录")
        if entry.resident_id:
            reading(actor, resident_id=entry.resident_id, page="audit:entry")
        return {
            "entry": entry,
            "subject": subject_title(entry.subject),
            "changes": reports.changes(entry),
            "crumbs": (("系统", ""), ("审计", "/audit/"), (f"第 {entry.pk} 条", "")),
        }


class Chain(PageView):
    """Whether the chain holds: sealed, unsealed, head, the last walks."""

    title, permission, template_name = "审计链", Permission.AUDIT_READ, "audit/chain.html"
    crumbs = (("系统", ""), ("审计", "/audit/"), ("审计链", ""))

    def context(self, actor: Actor) -> dict[str, Any]:
        """The state of the chain."""
        head = verification.latest()
        anchor = anchors.read()
        walks = list(Verification.objects.order_by("-requested_at")[:10])
        return {
            "head": head,
            "digest": bytes(head.digest).hex() if head else "",
            "unsealed": Entry.objects.filter(seal_id=None).count(),
            "walks": walks,
            "under_way": any(walk.finished_at is None for walk in walks),
            "anchored": bool(anchor),
            "lead": "每条记录都封存在链上：被改、被删、被加、被重排都会在核对时指出",
        }


class Walk(ActorView):
    """Ask for a walk along the chain."""

    title, permission = "核对审计链", Permission.AUDIT_READ

    def post(self, request: HttpRequest) -> HttpResponse:
        """The worker does it; the page shows how far it is."""
        verification.request(request.actor)  # type: ignore[attr-defined]
        messages.success(request, "已开始核对，进度见下。")
        return HttpResponseRedirect(reverse("audit:chain"))
