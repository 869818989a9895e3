"""One view for every declared step, and the one screen on which a draft is completed and sent."""

from copy import copy
from functools import cached_property
from typing import Any
from uuid import UUID

from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from pydantic import BaseModel

from yigongti.care.referral import drugs, queries, schemas, services, steps
from yigongti.care.referral.choices import choices_for
from yigongti.care.referral.models import Referral
from yigongti.care.referral.observed import years
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases import pages as cases
from yigongti.kernel.cases.advance import advance, may_take
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Forbidden
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import Choices, SchemaForm
from yigongti.records.residents.models import Resident

from . import required
from .case import CRUMBS, URGENCY, reads, reasons_of, resident_banner
from .medication import DrugLines
from .prefill import before

#: forms with several long texts: a page of their own, with these fields in the second column
LONG: dict[type[BaseModel], frozenset[str]] = {
    schemas.Content: frozenset({"summary", "history", "treatment", "privileges", "follow_up_on"}),
    schemas.Plan: frozenset({"summary", "drugs", "rehabilitation", "warning_signs"}),
    schemas.Reply: frozenset({"treatment", "results", "advice"}),
}


class CaseCommand(CommandView):
    """A form about one case."""

    permission = reads
    crumbs = CRUMBS
    #: whether the form is sent to the other side when it is answered; else it may be kept half done
    sending = False

    @property
    def actor(self) -> Actor:
        """Who is at the page."""
        return self.request.actor  # type: ignore[attr-defined]

    @cached_property
    def case(self) -> Referral:
        """The case of the address, within reach."""
        with acting(self.actor):
            return queries.access_referral(self.actor, self.kwargs["referral_id"])

    @property
    def back(self) -> str:
        """The page of the case."""
        return reverse("referral:case", args=[self.case.pk])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; a long one needs the whole page, also when a button asked for a dialog."""
        if self.schema in LONG and getattr(request, "htmx", None):
            return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()})
        return super().get(request, *args, **kwargs)

    def choices(self, actor: Actor) -> Choices:
        return choices_for(self.schema, self.case)

    def initial(self, actor: Actor) -> dict[str, Any]:
        known = before(self.case, self.schema)
        return known | {"consented": True} if self.attests else known

    @property
    def attests(self) -> bool:
        """Whether sending says that the patient agrees: one click less. In an emergency it may come later: a box."""
        emergency = self.case.priority == "red" and self.schema is not schemas.Plan
        return "consented" in self.schema.model_fields and not emergency

    def form_class(self, actor: Actor) -> type[SchemaForm]:
        """The form of the step; an attested consent is not asked twice."""
        form = super().form_class(actor)
        if self.attests:
            form.base_fields["consented"].widget = HiddenInput()
        if "drugs" in form.base_fields:
            form.base_fields["drugs"].widget = DrugLines()
        form.beside = LONG.get(self.schema, frozenset())
        required.tell(form, self.case, self.schema, sending=self.sending)
        return form

    def context(self, actor: Actor) -> dict[str, Any]:
        return {
            "banner": resident_banner(self.case),
            "version": self.case.version,
            "cancel": self.onward(self.back),
            "action": self.request.get_full_path(),
        }

    def onward(self, otherwise: str) -> str:
        """To the list from which the person came (``?next=``, within this site), else as said."""
        wanted = self.request.GET.get("next", "")
        inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return wanted if wanted and inside else otherwise


#: steps that are decided on what the other side wrote: it stands above the form
BRIEF = ("accept", "ask", "redirect", "decline", "approve", "refuse", "first_contact", "follow_up")

#: what the worker does with the news of a step, done before the page comes back: the doctor wants to see it there
AT_ONCE = {"assess": services.rescan}


class StepView(CaseCommand, cases.StepView[Referral]):
    """Any step of a case."""

    template_name, dialog_template_name = "referral/step.html", "referral/step_dialog.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if getattr(request, "actor", None) is not None and reads(self.actor) and self.attests:
            self.submit = f"患者（家属）已同意，{self.step.title}"  # type: ignore[misc]

    def context(self, actor: Actor) -> dict[str, Any]:
        case = self.case
        return super().context(actor) | {
            "hint": self.step.hint,
            "brief": self.step.name in BRIEF,
            "plan_drugs": drugs.shown(case),
            "long": self.schema in LONG,
            "case": case,
            "who": f"{Resident.Sex(case.resident_sex).label} {years(case.resident_birth_date, clock.today())} 岁",
            "urgency": URGENCY[case.priority],
            "reasons": reasons_of(case),
        }

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        super().run(actor, data, key=key, version=version)
        if follow := AT_ONCE.get(self.step.name):
            follow([self.case.pk])
        return self.onward(self.back)


class SendView(CaseCommand):
    """The referral form or the plan, filled from the record: complete it and send it, in one request."""

    template_name = "referral/send.html"
    sending = True
    done = "已提交，对方会在时限内答复。"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if getattr(request, "actor", None) is not None and reads(self.actor):
            revise = self.case.flow.steps["revise"]
            if not any(may_take(self.actor, self.case, desk) for desk in revise.by):
                raise Forbidden("只有转出方的医生能填写和提交")
            self.schema = revise.asks  # type: ignore[misc]
            self.title = f"填写{self.case.get_direction_display()}单"  # type: ignore[misc]
            self.submit = "患者（家属）已同意，提交" if self.attests else "提交"  # type: ignore[misc]

    def context(self, actor: Actor) -> dict[str, Any]:
        case = self.case
        found = f"{case.destination_reason}：{case.counterpart_organization}" if case.destination_reason else ""
        return super().context(actor) | {
            "effect": found,
            "proposal": case.proposal,
            "urgency": URGENCY[case.priority][1],
            "missing": steps.shortfalls(self.sent()),
            "hint": "内容已从档案带入，核对后提交。",
        }

    def sent(self) -> Referral:
        """The case as it will be when the form is sent as it stands: looked through, and agreed to."""
        case = copy(self.case)
        case.package = {**case.package, "reviewed": True}
        case.consented = case.consented or self.attests
        return case

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        case = self.case
        with acting(actor):
            if key and CaseEvent.objects.filter(key=key, case_id=case.pk).exists():
                return self.onward(self.back)
            revised = advance(actor, case.flow, case.pk, "revise", data, version=version)
            step = "answer" if case.state == "supplement" else "submit"
            content = {"note": "已补充，请看转诊单"} if step == "answer" else None
            advance(
                actor, case.flow, case.pk, step, content, version=revised.case.version, key=UUID(key) if key else None
            )
        return self.onward(self.back)
