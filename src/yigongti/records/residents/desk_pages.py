"""The pages of the index: the review desk, a merge, and what the index knows of a person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.view import ActorView, PageView

from . import desk, desk_moves
from .access import access_resident, access_reviewed
from .known import known
from .models import Resident, ResidentMerge
from .services.merging import needs_second, propose_merge
from .services.reviewing import answer
from .workflow import ResidentMerging, Why

DESK = ("身份核对", "/residents/review/")
SAID = {"same": "已确认为同一人。", "different": "已确认不是同一人。", "later": "已暂缓，明天再提示。"}


def may_know(actor: Any) -> bool:
    """Whoever reads records, and the registrars."""
    return actor.may(Permission.RECORD_READ) or actor.may(Permission.INDEX_REVIEW)


class ReviewDesk(PageView):
    """Open questions on the left, one of them side by side; 1 same, 2 different, 3 later, J and K to move."""

    title, permission, template_name = "身份核对", Permission.INDEX_REVIEW, "residents/review.html"

    def context(self, actor: Any) -> dict[str, Any]:
        listed = desk.questions(actor)
        asked = self.kwargs.get("review_id")
        chosen = next((one for one in listed if one.pk == asked), listed[0] if listed else None)
        place = listed.index(chosen) if chosen else 0
        return {
            "lead": "这些来源记录可能与已有档案是同一人。看清差异和依据，再决定。",
            "reviews": listed,
            "cut": len(listed) == desk.WAITING,
            "question": desk.question(actor, chosen.pk) if chosen else None,
            "before": listed[place - 1] if chosen and place else None,
            "after": listed[place + 1] if chosen and place + 1 < len(listed) else None,
            "merges": desk.proposed(actor),
            "moves": desk_moves.moves(actor),
        }


class Answer(ActorView):
    """The answer to a question; the next one follows."""

    title, permission = "身份核对", Permission.INDEX_REVIEW

    def post(self, request: HttpRequest, review_id: UUID) -> HttpResponse:
        """Take the answer."""
        said = request.POST.get("answer", "")
        if said not in SAID:
            raise Invalid("请选择：同一人、不是同一人或暂缓", field="answer")
        review = answer(request.actor, review_id=review_id, answer=said)  # type: ignore[attr-defined]
        waits = review.state == "proposed" and said == "same"
        messages.success(request, "双方都有诊疗数据，已提交第二人复核。" if waits else SAID[said])
        return HttpResponseRedirect(reverse("residents:review"))


class MergePage(PageView):
    """One merge: both records, what moved, what can be done."""

    title, permission, template_name = "档案合并", Permission.INDEX_REVIEW, "residents/merge.html"

    def context(self, actor: Any) -> dict[str, Any]:
        found = desk.merging(actor, self.kwargs["merge_id"])
        mine = found.case.proposed_by == actor.user_id and needs_second(found.case)
        return {
            "title": f"档案合并 {found.case.number}",
            "crumbs": (DESK, (found.case.number, "")),
            "merging": found,
            "state": found.case.state_now.title,
            "own": mine,
            "may": {step.name for step in steps_for(found.case, actor)},
        }


class Approve(ActorView):
    """The second person agrees."""

    title, permission = "同意合并", Permission.INDEX_REVIEW

    def post(self, request: HttpRequest, merge_id: UUID) -> HttpResponse:
        """Merge."""
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() else None
        advance(request.actor, ResidentMerging, merge_id, "approve", version=version)  # type: ignore[attr-defined]
        messages.success(request, "已合并。")
        return HttpResponseRedirect(reverse("residents:merge", args=[merge_id]))


class Follow(ActorView):
    """What stayed with the merged record is tried once more."""

    title, permission = "移动留下的内容", Permission.INDEX_REVIEW

    def post(self, request: HttpRequest, merge_id: UUID) -> HttpResponse:
        """Move what can move now."""
        try:
            advance(request.actor, ResidentMerging, merge_id, "follow")  # type: ignore[attr-defined]
        except Conflict as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "能移动的已经移到保留的档案。")
        return HttpResponseRedirect(reverse("residents:merge", args=[merge_id]))


class OfMerge(CommandView):
    """A step of a merge that asks why."""

    permission, schema, tone = Permission.INDEX_REVIEW, Why, "danger"
    step = ""

    def context(self, actor: Any) -> dict[str, Any]:
        with acting(SYSTEM):
            case = ResidentMerge.objects.filter(desk.merges_of(actor), pk=self.kwargs["merge_id"]).first()
        if case is None:
            raise NotFound("没有这件档案合并")
        there = reverse("residents:merge", args=[case.pk])
        return {"crumbs": (DESK, (case.number, there), (self.title, "")), "cancel": there, "version": case.version}

    def run(self, actor: Any, data: Why, *, key: str, version: int | None) -> str:
        advance(actor, ResidentMerging, self.kwargs["merge_id"], self.step, data, version=version, key=UUID(key))
        return reverse("residents:merge", args=[self.kwargs["merge_id"]])


class Decline(OfMerge):
    """The second person does not agree."""

    title, submit, done, step = "不合并", "不合并", "两份档案保持分开。", "decline"


class Unmerge(OfMerge):
    """Two again."""

    title, submit, done, step = "撤销合并", "撤销合并", "已撤销合并，两份档案恢复原状。", "unmerge"

    def context(self, actor: Any) -> dict[str, Any]:
        effect = "合并时移过来的内容全部还给原档案；合并以后以原来源身份收到的内容随之归还，其余留在保留的档案。"
        return {**super().context(actor), "effect": effect}


class Two(BaseModel):
    """Two records that are one person."""

    one: str = Field(title="档案号一", max_length=32, description="形如 JK00000000195")
    two: str = Field(title="档案号二", max_length=32)
    reason: str = Field(title="理由", min_length=2, max_length=200)


class ProposeMerge(CommandView):
    """Propose a merge by the numbers of two records."""

    title, submit, done = "合并两份档案", "提出合并", "已办理。"
    schema, permission = Two, Permission.INDEX_REVIEW
    crumbs = (DESK, ("合并两份档案", ""))

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"one": self.request.GET.get("one", "")}

    def context(self, actor: Any) -> dict[str, Any]:
        effect = (
            "保留证件正式、建档较早的一份，另一份的内容全部并入，可以随时撤销。双方都有诊疗数据时由第二人复核后合并。"
        )
        return {"effect": effect, "cancel": reverse("residents:review")}

    def run(self, actor: Any, data: Two, *, key: str, version: int | None) -> str:
        with acting(SYSTEM):
            found = dict(Resident.objects.filter(number__in=[data.one, data.two]).values_list("number", "pk"))
        for field in ("one", "two"):
            if getattr(data, field) not in found:
                raise Invalid("没有这个档案号", field=field)
        case = propose_merge(actor, one=found[data.one], two=found[data.two], reason=data.reason, key=UUID(key))
        return reverse("residents:merge", args=[case.pk])


class Identities(PageView):
    """Which systems know the person under which key, what was decided and why, how each field came about."""

    title, permission, template_name = "来源身份", staticmethod(may_know), "residents/identities.html"

    def context(self, actor: Any) -> dict[str, Any]:
        reviews = actor.may(Permission.INDEX_REVIEW)
        resident = self.resident(actor, reviews)
        reading(actor, resident_id=resident.pk, page="residents:identities")
        return {
            "title": f"{resident.name}的来源身份",
            "crumbs": (("居民名册", reverse("residents:list")), (resident.name, ""), ("来源身份", "")),
            "known": known(resident),
            "may_merge": reviews,
        }

    def resident(self, actor: Any, reviews: bool) -> Resident:
        """Whoever reviews reaches as far as the reviewing does; others as far as their record reading."""
        if reviews:
            try:
                return access_reviewed(actor, self.kwargs["resident_id"])
            except NotFound:
                if not actor.may(Permission.RECORD_READ):
                    raise
        return access_resident(actor, self.kwargs["resident_id"], Permission.RECORD_READ)
