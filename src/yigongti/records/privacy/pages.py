"""Pages for staff: objections to handle, one objection, the record opened by a code."""

from functools import cached_property
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from pydantic import BaseModel

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.advance import advance, may_take, owner_title
from yigongti.kernel.cases.declaration import PLATFORM, Step
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import actions_for, diagram, state_of, timeline
from yigongti.kernel.cases.worklists import owed, visible
from yigongti.kernel.errors import Forbidden, NotFound
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


class ObjectionStep(CommandView):
    """Any step of an objection: what it asks is its form."""

    title, permission, crumbs = "档案异议", HANDLE, CRUMBS

    @cached_property
    def case(self) -> Objection:
        """The case of the address, within reach."""
        actor = self.request.actor  # type: ignore[attr-defined]
        with acting(actor):
            return access_objection(actor, self.kwargs["case_id"])

    @cached_property
    def step(self) -> Step:
        """The step of the address. Raises NotFound, Forbidden."""
        step = EntryObjection.steps.get(self.kwargs["step"])
        if step is None or PLATFORM in step.by:
            raise NotFound("没有这一步", hint="请从异议页面的按钮进入")
        if not any(may_take(self.request.actor, self.case, desk) for desk in step.by):  # type: ignore[attr-defined]
            raise Forbidden(f"“{step.title}”由{'、'.join(desk.title for desk in step.by)}办理")
        return step

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        actor = getattr(request, "actor", None)
        if actor is not None and actor.may(HANDLE):
            self.schema = self.step.asks  # type: ignore[misc]
            self.title = self.submit = self.step.title  # type: ignore[misc]
            self.done = f"“{self.step.title}”已办理，居民会看到答复。"  # type: ignore[misc]
            self.tone = "danger" if self.step.danger else "primary"  # type: ignore[misc]

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {"how": HOW, "reasons": answers.reasons().choices("refuse")}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"version": self.case.version, "cancel": self.back, "hint": self.step.hint}

    @property
    def back(self) -> str:
        """The page of the case."""
        return reverse("privacy:objection", args=[self.case.pk])

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        request = UUID(key) if key else None
        advance(actor, EntryObjection, self.case.pk, self.step.name, data, version=version, key=request)
        return self.back


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
