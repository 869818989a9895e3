"""The desk of source systems: who delivers, for which organisation, when last, and who answers the telephone there."""

from datetime import timedelta
from typing import Annotated, Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Application, Grant
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import TagColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.kernel.ui.forms import Choices
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView
from yigongti.kernel.ui.view import PageView
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.history import history
from yigongti.registry.organizations.models import Organization

from . import queries
from .models import Agreement
from .queries import MAY
from .services import sources
from .silence import Heard, heard

EXCHANGE = ("数据交换", "")
TOP = ("来源系统", "/exchange/systems/")
NEWEST = 15
Kind = SourceSystem.Kind


def url_of(system: SourceSystem) -> str:
    """The page of a system."""
    return reverse("exchange:system", args=[system.pk])


def systems(actor: Actor) -> QuerySet[SourceSystem]:
    """The systems of the actor's organisations."""
    rows = SourceSystem.objects.select_related("organization").order_by("code")
    return rows if actor.everything else rows.filter(organization_id__in=actor.organizations(MAY))


class SystemFilter(django_filters.FilterSet):
    """By name, kind, whether it is in use and whether it is silent."""

    q = django_filters.CharFilter(label="标识或名称", method="search")
    kind = django_filters.ChoiceFilter(label="类别", choices=Kind.choices, empty_label="全部")
    active = django_filters.ChoiceFilter(
        label="状态", choices=[("True", "在用"), ("False", "停用")], empty_label="全部"
    )
    silent = django_filters.ChoiceFilter(
        label="久未送数", choices=[("true", "是")], method="in_silence", empty_label="全部"
    )

    class Meta:
        model = SourceSystem
        fields = ("q", "kind", "active", "silent")

    def search(self, rows: QuerySet[SourceSystem], name: str, value: str) -> QuerySet[SourceSystem]:
        """By part of the code, the name or the organisation's name."""
        text = value.strip()
        return rows.filter(Q(code__icontains=text) | Q(title__contains=text) | Q(organization__name__contains=text))

    def in_silence(self, rows: QuerySet[SourceSystem], name: str, value: str) -> QuerySet[SourceSystem]:
        """Those that should have delivered by now."""
        silent = [code for code, one in heard_of(self.request).items() if one.silent]
        return rows.filter(pk__in=silent) if value else rows.exclude(pk__in=silent)


class SystemTable(RegisterTable):
    """One system a row."""

    code = tables.Column("标识", orderable=False)
    title = tables.Column("名称", orderable=False)
    kind = tables.Column("类别", accessor="get_kind_display", orderable=False)
    organization = tables.Column("所属机构", orderable=False, default="未写明")
    last = tables.Column("最近送数", empty_values=(), orderable=False)
    active = TagColumn(
        verbose_name="状态", labels={True: "在用", False: "停用"}, tones={False: "warn"}, orderable=False
    )

    def __init__(self, *args: Any, heard: dict[str, Heard], **kwargs: Any) -> None:
        self.heard = heard
        super().__init__(*args, **kwargs)

    def render_last(self, record: SourceSystem) -> str:
        """When, and how long it has been silent for."""
        one = self.heard.get(record.pk)
        if one is None or one.last is None:
            return "还没有" if record.active else ""
        text = f"{one.last.astimezone():%m-%d %H:%M}"
        return f"{text}，已 {days(clock.now() - one.last)} 未送" if one.silent else text

    value_last = render_last

    def row_tone(self, record: SourceSystem) -> str:
        """The silent ones stand out."""
        one = self.heard.get(record.pk)
        return "danger" if one and one.silent else ""

    def row_url(self, record: SourceSystem) -> str:
        """Its page."""
        return url_of(record)


def heard_of(request: Any) -> dict[str, Heard]:
    """When each system delivered last; asked once a request."""
    if not hasattr(request, "heard"):
        request.heard = heard(request.actor)
    found: dict[str, Heard] = request.heard
    return found


def days(length: timedelta) -> str:
    """A length of time in days or hours."""
    return f"{length.days} 天" if length.days else f"{int(length.total_seconds() // 3600)} 小时"


class Systems(RegisterView):
    """Who sends."""

    title, key, permission = "来源系统", "exchange-systems", MAY
    table_class, filterset_class = SystemTable, SystemFilter
    template_name = "exchange/systems.html"
    empty, empty_hint = "还没有登记来源系统", "医院的 HIS、LIS、PACS 等，先登记再发送数据。"
    crumbs = (EXCHANGE, ("来源系统", ""))

    def queryset(self, actor: Actor) -> QuerySet[SourceSystem]:
        """Those of the actor's organisations."""
        return systems(actor)

    def register(self, request: HttpRequest, actor: Actor) -> Register:
        """The list; its table knows when each delivered last."""
        found = super().register(request, actor)
        found.table_kwargs = {"heard": heard_of(request)}
        return found


class SystemPage(PageView):
    """One system: what was agreed, what it delivered, which clients may deliver for it, what was changed."""

    title, permission, template_name = "来源系统", MAY, "exchange/system.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The system with everything that hangs on it."""
        system = sources.access_source(actor, self.kwargs["code"])
        agreement = Agreement.objects.filter(pk=system.pk).first()
        return {
            "title": system.title,
            "crumbs": (EXCHANGE, TOP, (system.title, "")),
            "system": system,
            "agreement": agreement,
            "heard": heard(actor, system.pk).get(system.pk),
            "loads": list(queries.loads(actor).filter(source=system).order_by("-opened_at")[:NEWEST]),
            "clients": clients_of(system),
            "may_open_client": actor.may(Permission.GRANT_MANAGE),
            "history": history(system, Agreement.objects.filter(pk=system.pk)),
        }


def clients_of(system: SourceSystem) -> list[Application]:
    """The systems with a token that may deliver for it: those at its organisation with the scope."""
    with acting(SYSTEM):
        grants = Grant.objects.filter(organization=system.organization).values("user_id")
        found = Application.objects.select_related("user").filter(user__in=grants).order_by("name")
        return [one for one in found if str(MAY) in one.scopes]


class Entry(BaseModel):
    """What is known of a system."""

    title: str = Field(title="名称", min_length=1, max_length=128)
    kind: Kind = Field(title="类别")
    organization: Annotated[str, ChoicesFrom("organizations")] = Field(title="所属机构")
    contact: str = Field("", title="联系人", max_length=64)
    phone: str = Field("", title="联系电话", max_length=32)
    every_hours: int | None = Field(
        None, title="最长间隔（小时）", ge=1, le=8760, description="超过就提醒；空：按最近的习惯判断"
    )
    note: str = Field("", title="说明", max_length=500)

    @property
    def agreed(self) -> dict[str, Any]:
        """What belongs to the agreement."""
        return self.model_dump(include={"contact", "phone", "every_hours", "note"})


class NewEntry(Entry):
    """The same with the code that other systems and folders use."""

    code: str = Field(
        title="标识", pattern=r"^[a-z][a-z0-9-]{1,31}$", description="小写字母、数字、短横，登记后不再改变"
    )


class SourceCommand(CommandView):
    """Forms about a system."""

    permission = MAY

    def choices(self, actor: Actor) -> Choices:
        """The actor's organisations."""
        rows = Organization.objects.filter(closed_on=None).order_by("name")
        if not actor.everything:
            rows = rows.filter(pk__in=actor.organizations(MAY))
        return {"organizations": [(one.code, one.name) for one in rows]}

    @property
    def system(self) -> SourceSystem:
        """The system of the address."""
        return sources.access_source(self.request.actor, self.kwargs["code"])  # type: ignore[attr-defined]

    def organization(self, code: str) -> Organization:
        """The chosen organisation."""
        return Organization.objects.get(code=code)


class RegisterSystem(SourceCommand):
    """A new system."""

    title, submit, done, schema = "登记来源系统", "登记", "已登记。", NewEntry
    crumbs = (EXCHANGE, TOP, ("登记", ""))

    def context(self, actor: Actor) -> dict[str, Any]:
        """The way back."""
        return {"cancel": TOP[1]}

    def run(self, actor: Actor, data: NewEntry, *, key: str, version: int | None) -> str:
        """Register it with its agreement."""
        organization = self.organization(data.organization)
        with acting(actor):
            system = sources.register_source(
                actor, code=data.code, title=data.title, organization=organization, kind=data.kind
            )
            sources.agree(actor, source=system, **data.agreed)
        return url_of(system)


class ChangeSystem(SourceCommand):
    """Correct what is known of a system."""

    title, submit, done, schema = "修改来源系统", "保存", "已保存。", Entry

    def initial(self, actor: Actor) -> dict[str, Any]:
        """As it is."""
        system = self.system
        agreement = Agreement.objects.filter(pk=system.pk).first() or Agreement()
        agreed = {name: getattr(agreement, name) for name in ("contact", "phone", "every_hours", "note")}
        home = system.organization.code if system.organization else ""
        return {"title": system.title, "kind": system.kind, "organization": home, **agreed}

    def context(self, actor: Actor) -> dict[str, Any]:
        """Which one."""
        system = self.system
        return {"crumbs": (EXCHANGE, TOP, (system.title, url_of(system)), ("修改", "")), "cancel": url_of(system)}

    def run(self, actor: Actor, data: Entry, *, key: str, version: int | None) -> str:
        """Save both."""
        system = self.system
        organization = self.organization(data.organization)
        with acting(actor):
            sources.change_source(actor, source=system, title=data.title, kind=data.kind, organization=organization)
            sources.agree(actor, source=system, **data.agreed)
        return url_of(system)


class Nothing(BaseModel):
    """A command that asks for nothing."""


class RetireSystem(SourceCommand):
    """Take no more deliveries of a system."""

    title, submit, tone, done, schema = "停用来源系统", "停用", "danger", "已停用。", Nothing

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        system = self.system
        return {
            "crumbs": (EXCHANGE, TOP, (system.title, url_of(system)), (self.submit, "")),
            "effect": f"{system.title}：不再接收它的文件、接口和 HL7 消息；已经收到的数据不变。可以再启用。",
            "cancel": url_of(system),
        }

    def run(self, actor: Actor, data: Nothing, *, key: str, version: int | None) -> str:
        """Retire it."""
        return url_of(sources.set_active(actor, source=self.system, active=False))


class ReviveSystem(RetireSystem):
    """Take deliveries again."""

    title, submit, tone, done = "启用来源系统", "启用", "primary", "已启用。"

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        return {**super().context(actor), "effect": f"{self.system.title}：重新接收它的数据。"}

    def run(self, actor: Actor, data: Nothing, *, key: str, version: int | None) -> str:
        """Revive it."""
        return url_of(sources.set_active(actor, source=self.system, active=True))
