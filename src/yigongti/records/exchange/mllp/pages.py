"""What came over MLLP, how it was answered, and who may send."""

from datetime import timedelta
from typing import Annotated, Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.kernel.ui.forms import Choices
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import PageView
from yigongti.records.residents.models import SourceSystem

from . import services
from .models import InboundMessage, MessageSender

PERMISSION = Permission.EXCHANGE_RECEIVE
EXCHANGE = ("数据交换", "")
TOP = ("HL7 消息", "/exchange/messages/")
SENDERS = ("发送方", "/exchange/messages/senders/")
TONES = {"stored": "warn", "done": "calm", "failed": "danger", "refused": "danger"}


class MessageFilter(django_filters.FilterSet):
    """By state, event and control id."""

    state = django_filters.ChoiceFilter(label="状态", choices=InboundMessage.State.choices, empty_label="全部")
    event = django_filters.CharFilter(label="事件")
    control_id = django_filters.CharFilter(label="控制号")
    days = django_filters.NumberFilter(label="最近几天", method="lately", min_value=1, max_value=3650)

    class Meta:
        model = InboundMessage
        fields = ("state", "event", "control_id", "days")

    def lately(self, rows: QuerySet[InboundMessage], name: str, value: Any) -> QuerySet[InboundMessage]:
        """Those of the last so many days."""
        return rows.filter(received_at__gt=clock.now() - timedelta(days=int(value)))


class Messages(RegisterView):
    """The register of messages."""

    class Table(RegisterTable):
        """One message a row."""

        received_at = WhenColumn(verbose_name="收到")
        source = tables.Column("来源系统", orderable=False, default="未登记")
        event = tables.Column("事件", orderable=False)
        control_id = tables.Column("控制号", orderable=False)
        state = TagColumn(verbose_name="状态", tones=TONES, orderable=False)
        code = tables.Column("应答", orderable=False)
        error = tables.Column("原因", orderable=False)
        repeats = NumberColumn(verbose_name="重复", unit="次", orderable=False)

        def row_tone(self, record: InboundMessage) -> str:
            """Red where somebody has to look."""
            return "danger" if record.state == InboundMessage.State.FAILED else ""

    title, key, permission = "HL7 消息", "hl7-messages", PERMISSION
    table_class, filterset_class, template_name = Table, MessageFilter, "mllp/messages.html"
    empty = "还没有收到消息"
    empty_hint = "设置 YIGONGTI_MLLP_PORT 后平台监听 HL7 v2；先登记发送方。"
    crumbs = (EXCHANGE, ("HL7 消息", ""))

    def queryset(self, actor: Actor) -> QuerySet[InboundMessage]:
        """Newest first."""
        return services.messages(actor).order_by("-received_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        """Whether anybody listens."""
        port = configuration().mllp_port
        return {
            "lead": f"监听端口 {port}"
            if port
            else "没有打开监听端口，收不到新消息；由系统管理员设置 YIGONGTI_MLLP_PORT 后重新启动"
        }


class MessagePage(PageView):
    """One message: what came of it, what was answered; the content on demand."""

    title, permission, template_name = "HL7 消息", PERMISSION, "mllp/message.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Without the content, which is opened by itself."""
        found = services.access_message(actor, self.kwargs["pk"])
        load = reverse("exchange:load", args=[found.load]) if found.load and _has("exchange:load") else ""
        return {
            "title": f"{found.event or '未知事件'} {found.control_id}".strip(),
            "crumbs": (EXCHANGE, TOP, (found.control_id or "消息", "")),
            "message": found,
            "tone": TONES[found.state],
            "load": load,
            "ack": found.ack.replace("\r", "\n"),
            "may_open": found.organization_id is not None and not found.removed_at,
        }


def _has(name: str) -> bool:
    from django.urls import NoReverseMatch

    try:
        reverse(name, args=["00000000-0000-0000-0000-000000000000"])
    except NoReverseMatch:
        return False
    return True


class Content(PageView):
    """What came, as it came; opening it is noted in the audit."""

    title, permission, template_name = "消息原文", PERMISSION, "mllp/content.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The text."""
        found = services.access_message(actor, self.kwargs["pk"])
        return {
            "crumbs": (EXCHANGE, TOP, (found.control_id or "消息", found.get_absolute_url()), ("原文", "")),
            "lead": "含病人信息，查看已记入审计。",
            "content": services.content(actor, found),
        }


class Nothing(BaseModel):
    """A command that asks for nothing."""


class Replay(CommandView):
    """Work a message off once more."""

    title, submit, schema, permission = "重放消息", "重放", Nothing, PERMISSION

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        found = services.access_message(actor, self.kwargs["pk"])
        return {
            "effect": "按现在的登记和映射重新处理；已经入库的内容识别为重复，不会多出来。",
            "cancel": found.get_absolute_url(),
        }

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Replay and say what came of it."""
        services.replay(actor, keys=[self.kwargs["pk"]])
        found = services.access_message(actor, self.kwargs["pk"])
        messages.info(self.request, f"{found.get_state_display()}{'：' + found.error if found.error else ''}")
        return found.get_absolute_url()


class Senders(RegisterView):
    """Who may send."""

    class Table(RegisterTable):
        """One sender a row."""

        application = tables.Column("发送应用 MSH-3", orderable=False)
        facility = tables.Column("发送机构 MSH-4", orderable=False)
        source = tables.Column("来源系统", orderable=False)
        organization = tables.Column("机构", accessor="source__organization", orderable=False)
        addresses = tables.Column("网络地址", orderable=False, default="不限")
        active = TagColumn(
            verbose_name="状态", labels={True: "启用", False: "停用"}, tones={False: "warn"}, orderable=False
        )

        def row_url(self, record: MessageSender) -> str:
            """To change it."""
            return reverse("mllp:change-sender", args=[record.pk])

    title, key, permission, table_class = "HL7 发送方", "hl7-senders", PERMISSION, Table
    template_name = "mllp/senders.html"
    empty, empty_hint = "还没有登记发送方", "未登记的 MSH-3、MSH-4 一律拒收（AR），原文保留，登记后可以重放。"
    crumbs = (EXCHANGE, TOP, ("发送方", ""))

    def queryset(self, actor: Actor) -> QuerySet[MessageSender]:
        """Those of one's organisations."""
        return services.senders(actor)


class Registering(BaseModel):
    """Who sends as what."""

    application: str = Field(title="发送应用 MSH-3", min_length=1, max_length=180)
    facility: str = Field("", title="发送机构 MSH-4", max_length=180)
    source: Annotated[str, ChoicesFrom("sources")] = Field(title="来源系统")
    addresses: str = Field("", title="允许的网络地址", max_length=500, description="空：不限。例如 10.8.3.0/24")


class Changing(BaseModel):
    """What may change of a sender."""

    source: Annotated[str, ChoicesFrom("sources")] = Field(title="来源系统")
    addresses: str = Field("", title="允许的网络地址", max_length=500)
    active: bool = Field(True, title="启用")


def _sources(actor: Actor) -> QuerySet[SourceSystem]:
    found = SourceSystem.objects.filter(organization__isnull=False).order_by("title")
    return found if actor.everything else found.filter(organization_id__in=actor.organizations(PERMISSION))


class RegisterSender(CommandView):
    """Register a sender."""

    title, submit, done, schema, permission = "登记 HL7 发送方", "登记", "已登记。", Registering, PERMISSION
    crumbs = (EXCHANGE, TOP, SENDERS, ("登记", ""))

    def choices(self, actor: Actor) -> Choices:
        """Source systems of one's organisations."""
        return {"sources": [(one.pk, str(one)) for one in _sources(actor)]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """As the refused message says: ``?application=``, ``?facility=``."""
        return {name: self.request.GET.get(name, "") for name in ("application", "facility")}

    def run(self, actor: Actor, data: Registering, *, key: str, version: int | None) -> str:
        """Save."""
        source = get_object_or_404(_sources(actor), pk=data.source)
        services.register_sender(
            actor, application=data.application, facility=data.facility, source=source, addresses=data.addresses
        )
        return SENDERS[1]


class ChangeSender(CommandView):
    """Change or stop a sender."""

    title, submit, done, schema, permission = "修改 HL7 发送方", "保存", "已保存。", Changing, PERMISSION
    crumbs = (EXCHANGE, TOP, SENDERS, ("修改", ""))

    @property
    def found(self) -> MessageSender:
        """The sender of the address."""
        return get_object_or_404(services.senders(self.request.actor), pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    def choices(self, actor: Actor) -> Choices:
        """Source systems of one's organisations."""
        return {"sources": [(one.pk, str(one)) for one in _sources(actor)]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """As it is."""
        return {name: getattr(self.found, name) for name in ("addresses", "active")} | {"source": self.found.source_id}

    def context(self, actor: Actor) -> dict[str, Any]:
        """Which one."""
        return {"effect": f"{self.found}", "cancel": SENDERS[1]}

    def run(self, actor: Actor, data: Changing, *, key: str, version: int | None) -> str:
        """Save."""
        source = get_object_or_404(_sources(actor), pk=data.source)
        services.change_sender(actor, sender=self.found, source=source, addresses=data.addresses, active=data.active)
        return SENDERS[1]
