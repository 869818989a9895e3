"""Work lists and the register."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from yigongti.care.referral import queries
from yigongti.care.referral.filters import ReferralFilter
from yigongti.care.referral.models import Referral
from yigongti.care.referral.tables import AppointmentTable, ReferralTable, RegisterOfReferrals, WorkTable
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ui.register import Register, RegisterView, respond
from yigongti.kernel.ui.view import ActorView
from yigongti.kernel.ui.windows import Windows

from .case import CRUMBS, reads

#: key, title, rows, table, what an empty list says, how it gets there
Sheet = tuple[str, str, Callable[[Actor], QuerySet[Referral]], type[ReferralTable], str, str]


class Lists(ActorView):
    """Several work lists on one page."""

    sheets: ClassVar[tuple[Sheet, ...]] = ()
    crumbs = CRUMBS

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the lists, or answer the one that was addressed."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        lists = registers(request, actor, self.sheets)
        context = {"title": self.title, "crumbs": self.crumbs, "registers": lists}
        return respond(request, lists, lambda: render(request, "referral/lists.html", context))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Filter a list."""
        with acting(request.actor):  # type: ignore[attr-defined]
            return self.get(request, *args, **kwargs)


def registers(
    request: HttpRequest,
    actor: Actor,
    sheets: tuple[Sheet, ...],
    url: str = "",
    windows: Windows[Referral] = queries.ROWS,
) -> list[Register]:
    """The lists of a page; ``windows`` reads what their rows show."""
    return [
        Register(
            request,
            key=f"referral-{key}",
            prefix=key,
            title=title,
            rows=rows(actor),
            table_class=table,
            empty=empty,
            empty_hint=hint,
            per_page=15,
            url=url,
            windows=windows,
        )
        for key, title, rows, table, empty, hint in sheets
    ]


ACCEPT: Sheet = (
    "accept",
    "待接收",
    queries.to_accept,
    WorkTable,
    "没有等待接收的转诊",
    "成员单位提交转诊后会按紧急程度和剩余时间排在这里。",
)
PROBLEMS: Sheet = (
    "problem",
    "号源和预约问题",
    queries.slot_problems,
    AppointmentTable,
    "没有预约问题",
    "没有约时间的、过了时间未到的、未到诊的会出现在这里。",
)
TODAY: Sheet = (
    "today",
    "今天到诊",
    queries.arriving_today,
    AppointmentTable,
    "今天没有预约到诊的病人",
    "接收并约好今天的转诊会出现在这里。",
)
SENT: Sheet = (
    "sent",
    "我院转出、正在办理",
    queries.sent,
    WorkTable,
    "没有正在办理的转出",
    "发起转诊后可在这里看到办到哪一步、卡在谁手里。",
)
MINE: Sheet = (
    "todo",
    "待我办",
    queries.to_do,
    WorkTable,
    "没有等您办理的转诊",
    "需要补充、准备、接诊、随访的转诊会出现在这里。",
)
DOWN: Sheet = (
    "down",
    "转回来的病人",
    queries.to_receive,
    WorkTable,
    "没有转回来的病人",
    "上级医院下转的病人会出现在这里，请及时接收和首次随访。",
)
TREAT: Sheet = (
    "treat",
    "接诊和诊疗中",
    queries.to_treat,
    WorkTable,
    "没有待接诊的病人",
    "转诊办登记到诊后会出现在这里。",
)
LATE: Sheet = (
    "late",
    "超时未办",
    queries.overdue,
    ReferralTable,
    "没有超时的转诊",
    "超过时限的转诊会出现在这里，并写明卡在谁手里。",
)


class OfficeLists(Lists):
    """The referral office."""

    title = "转诊受理"
    permission = Permission.REFERRAL_ACCEPT
    sheets = (ACCEPT, PROBLEMS, TODAY)


class MyLists(Lists):
    """A doctor below or above."""

    title = "我的转诊"
    permission = staticmethod(
        lambda actor: any(
            actor.may(p) for p in (Permission.REFERRAL_SUBMIT, Permission.REFERRAL_TREAT, Permission.REFERRAL_RECEIVE)
        )
    )
    sheets = (MINE, SENT)


class LateList(Lists):
    """The director."""

    title = "超时事项"
    permission = Permission.CASE_REASSIGN
    sheets = (LATE,)


class All(RegisterView):
    """The register."""

    title, key, permission = "转诊登记", "referrals", reads
    table_class, filterset_class = RegisterOfReferrals, ReferralFilter
    empty, empty_hint = "没有符合条件的转诊", "换一个筛选条件，或从居民档案页发起转诊。"
    windows = queries.ROWS

    def queryset(self, actor: Actor) -> QuerySet[Referral]:
        return queries.referrals(actor)

    def exported(self, actor: Actor) -> None:
        note(actor, Entry.Action.EXPORT, subject="referral:register")
