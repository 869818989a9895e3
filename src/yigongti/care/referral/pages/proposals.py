"""What the criteria propose for a person, and what the doctor does with it: one click, a change, or no."""

from typing import Annotated, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.care.referral import criteria, diseases, queries, rules, services
from yigongti.care.referral.models import Referral
from yigongti.care.referral.tables import running_clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.advance import Outcome, owner_title
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom, LongText
from yigongti.kernel.ui.forms import Choices, form_for, idempotency_key
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.health_record.banner import banner
from yigongti.records.health_record.queries import problems
from yigongti.records.residents.access import access_resident
from yigongti.registry.organizations.models import Organization

from .case import CRUMBS, MARKS, URGENCY


class Dismissal(BaseModel):
    """Why a proposal is not followed."""

    reason: Annotated[str, ChoicesFrom("reasons:dismiss")] = Field(title="不采纳的理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Beginning(BaseModel):
    """A referral without a proposal."""

    disease: Annotated[str, ChoicesFrom("diseases")] = Field(diseases.OTHER, title="病种")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Changing(BaseModel):
    """A proposal changed, and why."""

    disease: Annotated[str, ChoicesFrom("diseases")] = Field(diseases.OTHER, title="病种")
    reason: Annotated[str, ChoicesFrom("reasons:change")] = Field(title="修改建议的理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


def places(actor: Actor) -> list[str]:
    """Where the policies of the actor's organisation are looked up."""
    home = Organization.objects.filter(pk=actor.organization_id).first() if actor.organization_id else None
    return services.places_of(home) if home else []


def offered(actor: Actor, resident_id: UUID, encounter_id: UUID | None, direction: str = "up") -> list[dict[str, Any]]:
    """The suggestions with what the page shows of each, most urgent first."""
    found = services.propose(actor, resident_id=resident_id, encounter_id=encounter_id)
    return [_row(suggestion, resident_id, encounter_id) for suggestion in found if suggestion.direction == direction]


def in_hand(actor: Actor, resident_id: UUID) -> list[Referral]:
    """The open referrals of a resident that the actor may read."""
    mine = queries.readable(actor).filter(resident_id=resident_id, closed_at=None)
    return list(mine.select_related(*queries.SIDES).order_by("-opened_at"))


def card(request: HttpRequest, resident_id: UUID, encounter_id: UUID | None = None) -> dict[str, Any]:
    """What the card of a person shows: referrals in hand, proposals, and what the actor may begin."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    here = actor.organization_id
    sends = bool(here) and actor.may(Permission.REFERRAL_SUBMIT, here)
    treats = bool(here) and actor.may(Permission.REFERRAL_TREAT, here)
    held = in_hand(actor, resident_id)
    taken = {case.disease for case in held}
    rows = offered(actor, resident_id, encounter_id, "up" if sends else "down") if sends or treats else []
    return {
        "held": [(case, owner_title(case), running_clock(case)) for case in held],
        "rows": [row for row in rows if row["disease"] not in taken or row["disease"] == diseases.OTHER],
        "sends": sends,
        "treats": treats,
        "resident_id": resident_id,
        "encounter": encounter_id or "",
    }


def _row(suggestion: criteria.Suggestion, resident_id: UUID, encounter_id: UUID | None) -> dict[str, Any]:
    query = f"?criterion={suggestion.policy}%23{suggestion.rule}" + (
        f"&encounter={encounter_id}" if encounter_id else ""
    )
    return {
        "s": suggestion,
        "urgency": URGENCY[suggestion.urgency],
        "mark": MARKS[suggestion.source.mark],
        "key": f"{suggestion.policy}#{suggestion.rule}",
        "disease": diseases.of_policy(suggestion.policy),
        "encounter": encounter_id or "",
        "begin": reverse("referral:begin", args=[resident_id]),
        "change": reverse("referral:change", args=[resident_id]) + query,
        "dismiss": reverse("referral:dismiss", args=[resident_id]) + query,
        "policy": f"/policies/{suggestion.policy}/#{suggestion.rule}",
    }


def panel_html(request: HttpRequest, resident_id: UUID, encounter_id: UUID | None = None) -> str | None:
    """The proposals as a card on the pages of a person; nothing for people who do not refer."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may(Permission.REFERRAL_READ):
        return None
    context = card(request, resident_id, encounter_id)
    if not (context["sends"] or context["treats"] or context["held"]):
        return None
    return render_to_string("referral/proposals.html", context, request=request)


class Proposals(PageView):
    """The proposals for one person."""

    title, crumbs, permission = "转诊建议", CRUMBS, Permission.REFERRAL_SUBMIT
    template_name = "referral/proposals_page.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"], Permission.RECORD_READ)
        reading(actor, resident_id=resident.pk, page="referral:proposals")
        return {
            "banner": banner(resident),
            **card(self.request, resident.pk, _uuid(self.request.GET.get("encounter"))),
        }


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


class Begin(ActorView):
    """One click: the draft, filled from the record, opens for the reason and the submission."""

    title, permission = "一键上转", Permission.REFERRAL_SUBMIT

    def post(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """Begin, or lead to the referral of this illness that is open already."""
        key = idempotency_key(request.POST)
        outcome = services.begin_up(
            request.actor,  # type: ignore[attr-defined]
            resident_id=resident_id,
            encounter_id=_uuid(request.POST.get("encounter")),
            criterion=request.POST.get("criterion", ""),
            key=UUID(key) if key else None,
        )
        return HttpResponseRedirect(lead_on(request, outcome))


def lead_on(request: HttpRequest, outcome: Outcome) -> str:
    """To the form of a new draft, or to the open case with word of who holds it."""
    with acting(request.actor):  # type: ignore[attr-defined]
        if outcome.repeated:
            holder = owner_title(outcome.case)
            messages.info(request, f"这个病种已有一份正在办理的转诊（{outcome.case.number}），现在由{holder}办理。")
            return reverse("referral:case", args=[outcome.case.pk])
    return reverse("referral:send", args=[outcome.case.pk])


class PersonCommand(CommandView):
    """A form about one person."""

    permission, crumbs = Permission.REFERRAL_SUBMIT, CRUMBS

    def choices(self, actor: Actor) -> Choices:
        where = places(actor)
        lists = {f"reasons:{name}": rules.reasons(name, where) for name in ("dismiss", "change")}
        return {**lists, "diseases": diseases.choices()}

    def context(self, actor: Actor) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"], Permission.RECORD_READ)
        return {
            "banner": banner(resident),
            "cancel": reverse("record:resident", args=[resident.pk]),
            "action": self.request.get_full_path(),
        }

    @property
    def criterion(self) -> str:
        """The rule that the address names; empty without one."""
        return self.request.GET.get("criterion", "")

    @property
    def encounter(self) -> UUID | None:
        """The visit that the address names."""
        return _uuid(self.request.GET.get("encounter"))


class Change(PersonCommand):
    """Follow a proposal with changes, and say why; or refer without one."""

    submit, schema = "填写转诊单", Changing

    @property
    def title(self) -> str:  # type: ignore[override]
        """What the person is doing."""
        return "修改后上转" if self.criterion else "发起上转"

    def initial(self, actor: Actor) -> dict[str, Any]:
        return {"disease": diseases.of_policy(self.criterion.split("#")[0])}

    def form_class(self, actor: Actor) -> Any:
        return form_for(Changing if self.criterion else Beginning, self.choices(actor))

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        reason = data.reason if self.criterion else ""
        if self.criterion:
            rules.check_reason("change", reason, data.note, places(actor))
        outcome = services.begin_up(
            actor,
            resident_id=self.kwargs["resident_id"],
            encounter_id=self.encounter,
            criterion=self.criterion,
            disease=data.disease,
            change_reason=reason,
            change_note=data.note,
            key=UUID(key) if key else None,
        )
        return lead_on(self.request, outcome)


class Group(BaseModel):
    """Which illness goes down."""

    disease: Annotated[str, ChoicesFrom("diseases")] = Field(diseases.OTHER, title="病种")


class BeginDown(PersonCommand):
    """From a discharge or a visit at the hospital: the plan opens with its destination found and the drugs filled."""

    title, submit, schema, permission = "下转基层", "填写下转方案", Group, Permission.REFERRAL_TREAT

    def initial(self, actor: Actor) -> dict[str, Any]:
        codes = [problem.code for problem in problems(self.kwargs["resident_id"])]
        asked = self.request.GET.get("disease", "")
        return {"disease": asked if asked in diseases.NAMES else diseases.of_codes(codes)}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        outcome = services.begin_down(
            actor, resident_id=self.kwargs["resident_id"], disease=data.disease, key=UUID(key) if key else None
        )
        return lead_on(self.request, outcome)


class Dismiss(PersonCommand):
    """Do not refer; the reason is kept, the proposal rests for a week."""

    title, submit, schema, done = "不采纳转诊建议", "不采纳", Dismissal, "已记录。"
    tone = "danger"

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        services.dismiss(
            actor,
            resident_id=self.kwargs["resident_id"],
            encounter_id=self.encounter,
            criterion=self.criterion,
            reason=data.reason,
            note=data.note,
        )
        return reverse("record:resident", args=[self.kwargs["resident_id"]])
