"""The page after login: the desk of the actor's role; with several roles, one tab for each."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.kinds import declare
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.ui.register import respond
from yigongti.kernel.ui.view import ActorView

from . import desks, duties

declare({"workbench:list": "工作台名单"})


class Workbench(ActorView):
    """The desk of one role of the actor; ``/`` is the first."""

    title, permission = "工作台", None

    def get(self, request: HttpRequest, role: str = "") -> HttpResponseBase:
        """Show the desk, or answer the list that was addressed."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        mine = {held.code: held for held in desks.roles_of(actor)}
        if not mine and actor.resident_id:
            return HttpResponseRedirect(reverse("my:home"))
        if role and role not in mine:
            raise NotFound("您没有这个岗位的工作台", hint="请回到首页")
        chosen = mine.get(role) or next(iter(mine.values()), None)
        if chosen is None:
            raise Forbidden("您的账号还没有岗位", hint="请联系本单位系统管理员授权")
        desk = desks.desk_of(chosen)
        context = desk.build(request, actor)
        if desk.owes:
            context["cards"] = list(duties.on(context.get("cards", []), actor))
        if "export" in request.GET:
            note(actor, Entry.Action.EXPORT, subject="workbench:list", list=request.GET["export"])
        frame = {"title": chosen.title, "lead": desk.lead, "roles": tuple(mine.values()), "role": chosen, "desk": desk}
        return respond(
            request, context.get("registers", ()), lambda: render(request, "workbench/desk.html", frame | context)
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Filter a list."""
        with acting(request.actor):  # type: ignore[attr-defined]
            return self.get(request, *args, **kwargs)
