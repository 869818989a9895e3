"""What a resident decides about the own record: hide, share by a code, object to an entry."""

import io
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.cases.presentation import happenings, steps_for
from yigongti.kernel.errors import NotFound, YigongtiError
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.health_record.branches import ENTRIES
from yigongti.records.health_record.timeline import timeline
from yigongti.records.privacy import schemas, services
from yigongti.records.privacy.models import Hiding, Objection, Share
from yigongti.records.privacy.policies import protection
from yigongti.records.privacy.services.objecting import title_of
from yigongti.records.privacy.workflow import EntryObjection

from . import queries
from .pages import HOME

OWN = Permission.OWN_RECORD
HOURS = ((1, "1 小时"), (24, "1 天"), (72, "3 天"), (168, "7 天"))
SHOWN = 40


class Privacy(PageView):
    """Which kinds of rows are hidden from whom."""

    title, permission, template_name, crumbs = "隐藏记录", OWN, "my/privacy.html", HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """Every category with what it means and whether it is hidden."""
        held = {
            hiding.category: hiding.since
            for hiding in Hiding.objects.filter(resident_id=queries.myself(actor), until=None)
        }
        return {"categories": [(category, held.get(category.id)) for category in protection().categories]}


class ChangeHiding(ActorView):
    """Hide a category, or show it again."""

    title, permission = "隐藏记录", OWN

    def post(self, request: HttpRequest, category: str) -> HttpResponse:
        """``hide`` is 1 or 0."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        try:
            if request.POST.get("hide") == "1":
                services.hide(actor, category=category)
                messages.success(request, "已隐藏。")
            else:
                services.show(actor, category=category)
                messages.success(request, "已恢复。")
        except YigongtiError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("my:privacy"))


class Sharing(PageView):
    """Share the record by a code, and see who has it."""

    title, permission, template_name, crumbs = "授权查看", OWN, "my/sharing.html", HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """What was shared, the newest first."""
        shares = Share.objects.filter(resident_id=queries.myself(actor)).select_related("organization")
        return {"shares": shares.order_by("-created_at")[:20], "hours": HOURS, "now": clock.now()}

    def post(self, request: HttpRequest) -> HttpResponse:
        """A fresh code; it is shown once, on this answer."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        try:
            hours = int(request.POST.get("hours", "24"))
            made, code = services.share(actor, hours=hours, whole=request.POST.get("whole") == "1")
        except (ValueError, YigongtiError) as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("my:sharing"))
        with acting(actor):
            context = {"title": self.title, "crumbs": self.crumbs, **self.context(actor)}
            context |= {"code": code, "made": made, "picture": picture(code)}
            response = render(request, self.template_name, context)
        response["Cache-Control"] = "no-store"
        return response


def picture(code: str) -> str:
    """The code as a QR code, for a doctor with a scanner."""
    out = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, border=4, light="#fff", title="授权码", omitsize=True
    )
    return mark_safe(out.getvalue().decode().strip())  # noqa: S308 - our own QR code


class Revoke(ActorView):
    """Take a share back."""

    title, permission = "授权查看", OWN

    def post(self, request: HttpRequest, share_id: UUID) -> HttpResponse:
        """At once."""
        try:
            services.revoke(request.actor, share_id=share_id)  # type: ignore[attr-defined]
            messages.success(request, "已收回，对方不能再查看。")
        except YigongtiError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("my:sharing"))


class Record(PageView):
    """What stands in the own record, each entry with the way to object to it."""

    title, permission, template_name, crumbs = "我的档案", OWN, "my/record.html", HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """The newest entries."""
        resident = queries.myself(actor)
        reading(actor, resident_id=resident, page="my:record")
        moments = [m for m in timeline(resident, most=SHOWN).moments if m.kind in ENTRIES]
        ids = [moment.id for moment in moments]
        found = Objection.objects.filter(resident_id=resident, entry_id__in=ids).order_by("opened_at")
        held = {case.entry_id: case for case in found}
        return {"moments": [(moment, held.get(moment.id)) for moment in moments]}


class Object(CommandView):
    """Object to an entry."""

    title, submit, permission, crumbs = "对这条记录有异议", "提出异议", OWN, HOME
    schema, done = schemas.Objecting, "已提出。写下这条记录的机构会核对并答复您。"

    def context(self, actor: Actor) -> dict[str, Any]:
        kind = ENTRIES.get(self.kwargs["kind"])
        entry = kind.objects.filter(pk=self.kwargs["entry_id"], resident_id=queries.myself(actor)) if kind else None
        found = entry.select_related("organization").first() if entry is not None else None
        if found is None:
            raise NotFound("没有找到这条记录")
        return {"cancel": reverse("my:record"), "effect": title_of(found)}

    def run(self, actor: Actor, data: schemas.Objecting, *, key: str, version: int | None) -> str:
        services.object_to(
            actor,
            resident_id=queries.myself(actor),
            kind=self.kwargs["kind"],
            entry_id=self.kwargs["entry_id"],
            text=data.text,
            wanted=data.wanted,
            key=UUID(key) if key else None,
        )
        return reverse("my:objections")


class Objections(PageView):
    """The own objections: where each stands, the answer, what can be done."""

    title, permission, template_name, crumbs = "我的异议", OWN, "my/objections.html", HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """The newest first."""
        found = Objection.objects.filter(resident_id=queries.myself(actor)).select_related("home_organization")
        cases = list(found.order_by("-opened_at")[:30])
        events: dict[UUID, list[CaseEvent]] = {case.pk: [] for case in cases}
        for event in CaseEvent.objects.filter(case_id__in=list(events)).order_by("sequence"):
            events[event.case_id].append(event)
        told = [
            (case, steps_for(case, actor), [h for h in happenings(EntryObjection, events[case.pk]) if h.resident])
            for case in cases
        ]
        return {"objections": told}


class Answer(cases.StepView[Objection]):
    """A step that the resident takes: agree, ask for a review, withdraw."""

    title, permission, crumbs = "我的异议", OWN, HOME

    def find(self, actor: Actor) -> Objection:
        case = Objection.objects.filter(pk=self.kwargs["case_id"], resident_id=queries.myself(actor)).first()
        if case is None:
            raise NotFound("没有找到这件异议")
        return case

    @property
    def back(self) -> str:
        """Where the own objections are."""
        return reverse("my:objections")

    def context(self, actor: Actor) -> dict[str, Any]:
        return super().context(actor) | {"hint": self.case.entry_title}
