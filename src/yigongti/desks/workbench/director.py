"""The desk of those who lead a house."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from yigongti.care.referral import day, statistics
from yigongti.care.referral.models import Referral
from yigongti.care.referral.pages import lists
from yigongti.care.referral.tables import WorkTable
from yigongti.care.referral.workflow import FLOWS
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.worklists import owed
from yigongti.kernel.ui.clocks import spell
from yigongti.kernel.ui.figures import Figure
from yigongti.kernel.ui.sharing import shared
from yigongti.registry.organizations.models import Organization
from yigongti.registry.staff.models import Position

from .cards import Card, Cell

DESK_TITLES = {
    state.desk.permission.value: state.desk.title for flow in FLOWS for state in flow.states.values() if state.desk
}

REVIEW: lists.Sheet = (
    "review",
    "待本院审核",
    lambda actor: owed(actor, Referral, Permission.REFERRAL_REVIEW).select_related(*day.SIDES),
    WorkTable,
    "没有等待审核的转诊",
    "医共体约定要审核的上转，医生提交后会出现在这里。",
)


def desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Yesterday in five numbers, what waits for the house's approval, who is overdue, who works here."""
    yesterday = clock.today() - timedelta(days=1)
    late = day.overdue_counts(actor)
    names = organization_names({one.organization_id for one in late.holders})
    staff = shared(("director.staff", actor.organization_id), lambda: staff_card(actor))
    return {
        "figures": list(day_figures(day.day_counts(actor, yesterday), yesterday, late.total)),
        "registers": lists.registers(request, actor, (REVIEW,), url=request.path),
        "cards": [overdue_card(late, names), staff.value],
    }


def day_figures(counts: dict[str, int], on: date, late: int) -> Iterable[Figure]:
    """Up, down, answered in time, no-show, overdue; each opens its list."""

    def url(key: str) -> str:
        return f"{reverse('workbench:day', args=[key])}?on={on}"

    note = f"{on:%m-%d}"
    yield Figure(label="昨天上转", value=counts["up"], unit="人次", href=url("up"), note=note)
    yield Figure(label="昨天接收下转", value=counts["down"], unit="人次", href=url("down"), note=note)
    yield Figure(
        label="昨天按时答复率",
        value=statistics.percent(counts["in-time"], counts["answered"]),
        unit="%",
        numerator=counts["in-time"],
        denominator=counts["answered"],
        href=url("answered"),
    )
    yield Figure(label="昨天未到诊", value=counts["no-show"], unit="人次", href=url("no-show"), note=note)
    yield Figure(
        label="现在超时", value=late, unit="件", href=reverse("referral:late"), tone="danger" if late else "calm"
    )


def organization_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Short names of organisations, at most a minute old."""
    wanted = frozenset(pk for pk in ids if pk)

    def read() -> dict[int, str]:
        return {found.pk: str(found) for found in Organization.objects.filter(pk__in=wanted)}

    return shared(("organization.names", wanted), read).value if wanted else {}


def people_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of accounts, at most a minute old."""
    wanted = frozenset(pk for pk in ids if pk)

    def read() -> dict[int, str]:
        return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))

    return shared(("people.names", wanted), read).value if wanted else {}


def overdue_card(late: day.Overdue, names: dict[int, str]) -> Card:
    """Overdue cases by whoever owes the next step."""
    people = people_names({one.user_id for one in late.holders})
    rows = [
        (
            Cell(names.get(one.organization_id, "")),
            Cell(people.get(one.user_id or 0, DESK_TITLES.get(one.permission, ""))),
            Cell(
                one.count, url=f"{reverse('referral:register')}?late=true&member={one.organization_id}", tone="danger"
            ),
            Cell(spell(clock.now() - one.oldest)),
        )
        for one in late.holders[:12]
    ]
    return Card(
        title="超时的事在谁手里",
        heads=("机构", "经办人或岗位", "件数", "最久超时"),
        numbers=frozenset({2, 3}),
        rows=rows,
        url=reverse("referral:late"),
        empty="没有超时的转诊。超过时限的会按经办人列在这里。",
    )


def staff_card(actor: Actor) -> Card:
    """Who works in the house, by post."""
    here = Position.objects.on().filter(organization_id=actor.organization_id or 0).values("post", "organization__name")
    posts = here.annotate(people=Count("practitioner", distinct=True)).order_by("-people", "post")[:8]

    def url(**narrowed: str) -> str:
        return f"{reverse('staff:staff')}?{urlencode(narrowed)}"

    rows = [
        (Cell(row["post"]), Cell(row["people"], url=url(organization=row["organization__name"], post=row["post"])))
        for row in posts
    ]
    return Card(
        title="本院在岗人员",
        heads=("岗位", "人数"),
        numbers=frozenset({1}),
        rows=rows,
        url=reverse("staff:staff"),
        empty="还没有登记任职。信息科可以批量导入。",
    )
