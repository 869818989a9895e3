"""The list of what members lack (缺药清单), with one click to list it; the plans behind each line, without names."""

from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yigongti.care.referral import diseases, shortages
from yigongti.care.referral.models import Referral
from yigongti.care.referral.shortages import Shortage
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn, tag
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView
from yigongti.medicine.catalogue.queries import formularies
from yigongti.medicine.catalogue.services import may_keep

from .case import ROOM

EMPTY = ("没有缺药", "下转方案里接收机构没有配备的接续用药会列在这里；列入目录后自动消失。")


class ShortageTable(RegisterTable):
    """Which drug, where, how often, and what can be done."""

    name = tables.Column("药品", orderable=False)
    organization = tables.Column("缺药单位", orderable=False)
    requests = NumberColumn(verbose_name="下转用到", unit="次", orderable=False)
    asked_by = NumberColumn(verbose_name="开方医生", unit="人", orderable=False)
    latest = WhenColumn(verbose_name="最近", orderable=False)
    standing = tables.Column("该单位同类可选", orderable=False)
    act = tables.Column("办理", orderable=False, empty_values=(), exclude_from_export=True)

    def render_name(self, record: Shortage) -> SafeString | str:
        """The drug; one that stands in no formulary says so."""
        outside = tag("统一目录外", "warn") if record.drug_id is None else ""
        return format_html("<strong>{}</strong> {}", record.name, outside)

    def value_name(self, record: Shortage) -> str:
        """For the spreadsheet."""
        return record.name

    def render_standing(self, record: Shortage) -> str:
        """Names of the same class."""
        return "、".join(record.standing.substitutes) if record.standing and record.standing.substitutes else "无"

    def value_standing(self, record: Shortage) -> str:
        """For the spreadsheet."""
        return self.render_standing(record)

    def render_act(self, record: Shortage) -> SafeString | str:
        """List it at the member; a drug that stands in no formulary is taken in first."""
        actor: Actor = self.request.actor
        if not self._may(actor, record.organization_id):
            return ""
        if record.drug_id is None:
            query = {"name": record.name, "supplier": record.organization_id, "next": self.request.path}
            url = f"{reverse('catalogue:add')}?{urlencode(query)}"
            return format_html('<a class="btn btn-sm" href="{}">新增到目录</a>', url)
        return format_html(
            '<form method="post" action="{}" data-once><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<input type="hidden" name="next" value="{}">'
            '<button class="btn btn-sm btn-primary">列入目录</button></form>',
            reverse("catalogue:list", args=[record.drug_id, record.organization_id]),
            get_token(self.request),
            self.request.path,
        )

    def _may(self, actor: Actor, organization_id: int) -> bool:
        if not hasattr(self, "keeps"):
            self.keeps = actor.may(Permission.FORMULARY_EDIT) and any(may_keep(actor, f) for f in formularies(actor))
        return self.keeps or actor.may(Permission.FORMULARY_EDIT, organization_id)

    def row_url(self, record: Shortage) -> str:
        """The plans behind the line."""
        return reverse("referral:shortage", args=[record.organization_id, record.name])


def register(request: HttpRequest, found: list[Shortage], url: str = "") -> Register:
    """The list, for a page or a desk."""
    return Register(
        request,
        key="shortages",
        prefix="q",
        title="缺药清单",
        rows=found,
        table_class=ShortageTable,
        empty=EMPTY[0],
        empty_hint=EMPTY[1],
        url=url,
    )


class Shortages(RegisterView):
    """The list as a page of its own."""

    title, key, permission, crumbs = "缺药清单", "shortages", Permission.SHORTAGE_READ, ROOM
    table_class, (empty, empty_hint) = ShortageTable, EMPTY

    def queryset(self, actor: Actor) -> list[Shortage]:
        return shortages.shortages(actor)

    def context(self, actor: Actor) -> dict[str, Any]:
        outside, checked = shortages.share(actor)
        days = shortages.SPAN.days
        return {"lead": f"近 {days} 天下转方案的 {checked} 种次接续用药中，{outside} 种次不在接收机构的目录。"}


class Requests(RegisterView):
    """The plans in which a drug came down to a member that did not have it: no name, no record."""

    class Table(RegisterTable):
        """One plan a row."""

        number = tables.Column("编号", orderable=False)
        submitted_at = WhenColumn(verbose_name="下转时间")
        home_organization = tables.Column("下转医院", orderable=False)
        referring_doctor = tables.Column("开方医生", orderable=False, accessor="referring_doctor__name")
        disease = tables.Column("病种", orderable=False)
        plan = tables.Column("用法", orderable=False)
        state = TagColumn(verbose_name="状态", orderable=False)

        def __init__(self, *args: Any, drug: str = "", **options: Any) -> None:
            super().__init__(*args, **options)
            self.drug = shortages.normal(drug)

        def render_disease(self, value: str) -> str:
            return diseases.NAMES[value].title

        def render_plan(self, value: dict[str, Any]) -> str:
            """The line of this drug and no other."""
            lines = [line for line in value["drugs"] if shortages.normal(line["name"]) == self.drug]
            return "；".join(f"{d['name']} {d['dose']} {d['frequency']} {d['days']} 天" for d in lines)

        def value_plan(self, value: dict[str, Any]) -> str:
            return self.render_plan(value)

        def render_state(self, record: Referral) -> Any:
            return tag(record.state_now.title, "accent" if record.is_open else "calm")

        def value_state(self, record: Referral) -> str:
            return str(record.state_now.title)

        def row_url(self, record: Referral) -> str | None:
            """Only for who may read the case."""
            actor = getattr(self.request, "actor", None)
            return super().row_url(record) if actor and actor.may(Permission.REFERRAL_READ) else None

    title, key, permission = "缺药明细", "shortage", Permission.SHORTAGE_READ
    table_class = Table
    empty, empty_hint = "没有下转用到这种药", "近 90 天的下转方案里没有。"
    crumbs = (*ROOM, ("缺药清单", "/referrals/shortages/"))

    def queryset(self, actor: Actor) -> QuerySet[Referral]:
        return shortages.requests(actor, self.kwargs["organization_id"], self.kwargs["drug"])

    def register(self, request: HttpRequest, actor: Actor) -> Register:
        """Titled with the drug."""
        made = super().register(request, actor)
        made.title, made.table_kwargs = f"{self.title}：{self.kwargs['drug']}", {"drug": self.kwargs["drug"]}
        return made

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"title": f"{self.title}：{self.kwargs['drug']}"}

    def exported(self, actor: Actor) -> None:
        note(actor, Entry.Action.EXPORT, subject="referral:shortage")
