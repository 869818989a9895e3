"""Pages for staff: objections to handle, one objection, the record opened by a code."""

from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.advance import owner_title
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.cases.worklists import owed, visible
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.casepage import CasePage, Document
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView
from yigongti.records.health_record.banner import banner
from yigongti.records.health_record.forms import OfRecord
from yigongti.records.residents.forms import record_url
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization

from . import answers, schemas, services
from .models import Objection
from .workflow import EntryObjection

HANDLE = Permission.OBJECTION_HANDLE
CRUMBS = (("档案异议", "/objections/"),)
HOW = [("corrected", "已在档案里更正"), ("void", "作废这一条")]


def objections(actor: Actor) -> QuerySet[Objection]:
    """The objections to entries of the actor's organisations."""
    found = visible(actor, Objection, HANDLE, Permission.OBJECTION_REVIEW)
    return found.select_related("resident", "home_organization", "owner_organization", "owner_user")


def to_handle(actor: Actor) -> QuerySet[Objection]:
    """What the actor's desks owe, the nearest deadline first."""
    return owed(actor, Objection).exclude(state=EntryObjection.answered.name)


class ObjectionTable(RegisterTable):
    """Who objects to what, where it stands, whose turn it is."""

    number = tables.Column("编号", orderable=False)
    resident = tables.Column("居民", accessor="resident__name", orderable=False)
    entry_title = tables.Column("记录", orderable=False)
    state = tables.Column("状态", orderable=False)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    opened_at = WhenColumn(verbose_name="提出", orderable=False)

    def render_state(self, record: Objection) -> str:
        return record.state_now.title

    def render_next(self, record: Objection) -> str:
        return owner_title(record) if record.is_open else ""

    value_state, value_next = render_state, render_next

    def row_url(self, record: Objection) -> str:
        return reverse("privacy:objection", args=[record.pk])

    def row_tone(self, record: Objection) -> str:
        return "danger" if record.is_overdue else ""


class Objections(RegisterView):
    """Open ones first, the nearest deadline on top."""

    title, permission, table_class, key = "档案异议", HANDLE, ObjectionTable, "objections"
    empty = "没有档案异议"
    empty_hint = "居民在手机上对某条记录提出异议后，会出现在这里；请在时限内核对并答复。"

    def queryset(self, actor: Actor) -> QuerySet[Objection]:
        return objections(actor).order_by("closed_at", "due_at", "-opened_at")


def access_objection(actor: Actor, case_id: UUID) -> Objection:
    """One objection within reach. Raises NotFound."""
    found = objections(actor).filter(pk=case_id).first()
    if found is None:
        raise NotFound("没有找到这件异议，或者它不在您的权限范围内", hint="请从档案异议列表打开")
    return found


class ObjectionPage(ActorView):
    """One objection: the entry, what the person says, the answer, who is next."""

    title, permission = "档案异议", HANDLE

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Show the case; looking at it is recorded."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = access_objection(actor, case_id)
        assert case.resident_id is not None
        reading(actor, resident_id=case.resident_id, page="privacy:objection", case=case.number)
        events = list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence"))
        entry = answers.entry_of(case)
        context = {"page": case_page(case, actor, events), "crumbs": CRUMBS, "case": case, "entry": entry}
        return render(request, "privacy/objection.html", context)


def case_page(case: Objection, actor: Actor, events: list[CaseEvent]) -> CasePage:
    """The frame of the page, derived from the declaration."""
    places = {event.organization_id for event in events if event.organization_id}
    names = dict(Organization.objects.filter(pk__in=places).values_list("pk", "name"))
    resident = Resident.objects.filter(pk=case.resident_id).first() if case.resident_id else None
    url = reverse("privacy:step", args=[case.pk, "STEP"]).replace("STEP", "{step}")
    entry = reverse("record:entry", args=[case.resident_id, case.kind, case.entry_id])
    return CasePage(
        title=case.entry_title,
        banner=banner(resident) if resident else None,
        state=state_of(case, actor),
        actions=actions_for(case, actor, url),
        facts=(("写下记录的机构", str(case.home_organization)),),
        timeline=timeline(case.flow, events, names)[::-1],
        documents=[Document(title="打开这条记录", url=entry, kind="记录")] if resident else [],
        diagram=diagram(case.flow, case, passed=[event.to_state for event in events]),
        place="privacy.objection",
    )


class ObjectionStep(cases.StepView[Objection]):
    """Any step of an objection."""

    title, permission, crumbs, said = "档案异议", HANDLE, CRUMBS, "“{}”已办理，居民会看到答复。"

    def find(self, actor: Actor) -> Objection:
        return access_objection(actor, self.kwargs["case_id"])

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {"how": HOW, "reasons": answers.reasons().choices("refuse")}

    @property
    def back(self) -> str:
        """The page of the case."""
        return reverse("privacy:objection", args=[self.case.pk])


class ObjectFor(OfRecord):
    """A doctor writes down the objection of someone without a telephone."""

    title, submit, done = "代居民提出异议", "提出", "已提出，写下这条记录的机构会在时限内答复。"
    schema = schemas.Objecting

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        services.object_to(
            actor,
            resident_id=self.resident_id,
            kind=self.kwargs["kind"],
            entry_id=self.kwargs["entry_id"],
            text=data.text,
            wanted=data.wanted,
            key=UUID(key) if key else None,
        )
        return self.go_to()


class Redeem(CommandView):
    """Open a record by the code that the person tells or shows."""

    title, submit, schema, permission = "凭授权码查看档案", "查看", schemas.Redeeming, Permission.RECORD_READ
    key = "privacy-redeem"

    def context(self, actor: Actor) -> dict[str, Any]:
        return {
            "cancel": "/",
            "effect": "档案在居民给定的时间内对本机构打开，到时或居民收回时关闭；每次查看都记入审计，居民能看到。",
        }

    def run(self, actor: Actor, data: schemas.Redeeming, *, key: str, version: int | None) -> str:
        return record_url(services.redeem(actor, code=data.code))
