"""The pages of a move: an identity is not this person's; who agrees, what went, and back again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.view import ActorView, PageView

from . import desk_moves
from .desk_pages import DESK
from .models import IdentityMove, Resident
from .services.detaching import needs_second, propose_move
from .workflow import IdentityMoving, Why


class Where(BaseModel):
    """To whom the identity belongs, and why."""

    target: str = Field(
        "", title="归入档案号", max_length=32, description="形如 JK00000000195；这个人还没有档案时不填，为其新建一份"
    )
    reason: str = Field(title="理由", min_length=2, max_length=200, description="依据是什么，例如：电话联系本人核实")


class ProposeMove(CommandView):
    """This identity is not this person's."""

    title, submit, done = "改归来源身份", "提出改归", "已办理。"
    schema, permission, tone = Where, Permission.INDEX_REVIEW, "danger"
    template_name = "residents/move_form.html"

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"target": self.request.GET.get("target", "")}

    def context(self, actor: Any) -> dict[str, Any]:
        found = desk_moves.leaving(actor, self.kwargs["identity_id"])
        there = reverse("residents:identities", args=[found.resident.pk])
        name = f"{found.resident.name}的来源身份"
        return {
            "leaving": found,
            "effect": "这条来源身份和随它收到的内容离开现在的档案；以后这个来源再送来，也不会自动归回。可以撤销。",
            "cancel": there,
            "crumbs": (DESK, (name, there), (self.title, "")),
        }

    def run(self, actor: Any, data: Where, *, key: str, version: int | None) -> str:
        case = propose_move(
            actor,
            identity_id=self.kwargs["identity_id"],
            target=_numbered(data.target),
            reason=data.reason,
            key=UUID(key),
        )
        return reverse("residents:move-identity", args=[case.pk])


def _numbered(number: str) -> UUID | None:
    if not number.strip():
        return None
    with acting(SYSTEM):
        found = Resident.objects.filter(number=number.strip().upper()).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("没有这个档案号", field="target")
    return found


class MovePage(PageView):
    """One move: what the system says beside both residents, what went, what can be done."""

    title, permission, template_name = "来源身份改归", Permission.INDEX_REVIEW, "residents/move.html"

    def context(self, actor: Any) -> dict[str, Any]:
        found = desk_moves.moving(actor, self.kwargs["move_id"])
        case = found.case
        return {
            "title": f"来源身份改归 {case.number}",
            "crumbs": (DESK, (case.number, "")),
            "moving": found,
            "state": case.state_now.title,
            "own": case.proposed_by == actor.user_id and needs_second(case),
            "may": {step.name for step in steps_for(case, actor)},
        }


class ApproveMove(ActorView):
    """The second person agrees."""

    title, permission = "同意改归", Permission.INDEX_REVIEW

    def post(self, request: HttpRequest, move_id: UUID) -> HttpResponse:
        """Move."""
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() else None
        advance(request.actor, IdentityMoving, move_id, "approve", version=version)  # type: ignore[attr-defined]
        messages.success(request, "已改归。")
        return HttpResponseRedirect(reverse("residents:move-identity", args=[move_id]))


class OfMove(CommandView):
    """A step of a move that asks why."""

    permission, schema, tone = Permission.INDEX_REVIEW, Why, "danger"
    step = ""

    def context(self, actor: Any) -> dict[str, Any]:
        with acting(SYSTEM):
            case = IdentityMove.objects.filter(desk_moves.moves_of(actor), pk=self.kwargs["move_id"]).first()
        if case is None:
            raise NotFound("没有这件来源身份改归")
        there = reverse("residents:move-identity", args=[case.pk])
        return {"crumbs": (DESK, (case.number, there), (self.title, "")), "cancel": there, "version": case.version}

    def run(self, actor: Any, data: Why, *, key: str, version: int | None) -> str:
        advance(actor, IdentityMoving, self.kwargs["move_id"], self.step, data, version=version, key=UUID(key))
        return reverse("residents:move-identity", args=[self.kwargs["move_id"]])


class DeclineMove(OfMove):
    """The second person does not agree."""

    title, submit, done, step = "不改归", "不改归", "来源身份留在原档案。", "decline"


class UndoMove(OfMove):
    """It was right before."""

    title, submit, done, step = "撤销改归", "撤销改归", "已撤销，来源身份和内容回到原档案。", "undo"

    def context(self, actor: Any) -> dict[str, Any]:
        effect = "这条来源身份和随它收到的内容（含改归以后收到的）全部回到原档案；为它新建的档案并回原档案。"
        return {**super().context(actor), "effect": effect}
