"""Desks of the hospital: the referral office and the specialist."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from yigongti.care.referral import queries
from yigongti.care.referral.models import Readiness, Referral
from yigongti.care.referral.pages import lists
from yigongti.care.referral.pages.readiness import READY
from yigongti.care.referral.tables import ReferralTable, WorkTable
from yigongti.care.referral.workflow import DownReferral, UpReferral
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.cases.worklists import pressing_first
from yigongti.kernel.ui.addresses import address
from yigongti.kernel.ui.columns import tag


def office_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Three lists: to accept, problems of appointments, arriving today."""
    sheets = (lists.ACCEPT, lists.PROBLEMS, lists.TODAY)
    return {"registers": lists.registers(request, actor, sheets, url=request.path)}


def waiting(actor: Actor) -> QuerySet[Referral]:
    """Arrived and not yet in treatment."""
    return queries.to_treat(actor).filter(workflow=UpReferral.name, state=UpReferral.arrived.name)


def in_care(actor: Actor) -> QuerySet[Referral]:
    """In treatment: a reply letter is due, or the patient goes down with a plan. Plans not sent yet stand here too."""
    states = [UpReferral.in_care.name, DownReferral.draft.name, DownReferral.rerouting.name]
    return queries.cared(queries.to_treat(actor).filter(state__in=states))


def going_down(actor: Actor) -> QuerySet[Referral]:
    """Sent down and not yet received or followed up below."""
    where = actor.organizations(Permission.REFERRAL_TREAT)
    states = [DownReferral.submitted.name, DownReferral.accepted.name]
    found = Referral.objects.filter(
        home_organization_id__in=where, workflow=DownReferral.name, state__in=states, closed_at=None
    )
    return pressing_first(found.select_related(*queries.SIDES))


class CareTable(WorkTable):
    """In care: the reply letter, and beside it the assessment and the way down."""

    def render_act(self, record: Referral) -> Any:
        """The main step, the assessment, and the plan for going down where the case may go."""
        main, actor = super().render_act(record), getattr(self.request, "actor", None)
        may = {step.name for step in steps_for(record, actor)} if actor else set()
        link = '<a class="btn btn-sm" href="{}" hx-get="{}" hx-target="#dialog-body">{}</a>'
        offered = ((UpReferral.assess.name, "评估"), (UpReferral.hand_down.name, "下转"))
        ways = [
            (f"{address('referral:step', record.pk, name)}?{urlencode({'next': self.request.path})}", label)
            for name, label in offered
            if name in may
        ]
        rest = format_html_join("", link, ((url, url, label) for url, label in ways))
        return format_html('<span class="d-acts">{}{}</span>', main, rest) if ways else main

    def render_state(self, record: Referral) -> Any:
        """Marked when the criteria say that the patient can go down."""
        found: Readiness | None = getattr(record, "readiness", None)
        known = found is not None and not found.quiet
        return (
            format_html("{} {}", record.state_now.title, tag("可以下转", "accent")) if known else record.state_now.title
        )


WAITING: lists.Sheet = (
    "waiting",
    "等待接诊",
    waiting,
    WorkTable,
    "没有等待接诊的病人",
    "转诊办登记到诊以后，病人会出现在这里。",
)
IN_CARE: lists.Sheet = (
    "care",
    "诊疗中：写回复函，或病情稳定后下转",
    in_care,
    CareTable,
    "没有诊疗中的转诊病人",
    "开始诊疗以后，病人会留在这里，直到写好回复函或带方案下转；右边的时限是回复的期限。",
)
GONE_DOWN: lists.Sheet = (
    "gone",
    "已下转，等基层接收和首次随访",
    going_down,
    ReferralTable,
    "没有等待基层接收的病人",
    "发出下转方案以后，可在这里看到基层是否已接收、由谁随访。",
)


def specialist_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Who waits, who can go down by the criteria, who is in care, who went down and has not been received."""
    sheets = (WAITING, READY, IN_CARE, GONE_DOWN)
    return {"registers": lists.registers(request, actor, sheets, url=request.path, windows=queries.CARE)}
