"""Who subscribed, what was sent, and how it went."""

from typing import Annotated, Any, ClassVar

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.kernel.ui.forms import Choices
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import PageView

from . import services
from .models import Delivery, Subscription
from .offers import offers

PERMISSION = Permission.EXCHANGE_RECEIVE
TOP = ("事件推送", "/exchange/webhooks/")
TONES = {"waiting": "warn", "done": "calm", "dead": "danger"}
ONCE = "签名密钥只显示这一次，请存入对方系统的密钥库。"


class Subscriptions(RegisterView):
    """The register of subscriptions."""

    class Table(RegisterTable):
        """One subscription a row."""

        user = tables.Column("接入系统", accessor="user__name", orderable=False)
        url = tables.Column("接收地址", orderable=False)
        events = tables.Column("事件", orderable=False)
        active = TagColumn(
            verbose_name="状态", labels={True: "启用", False: "停用"}, tones={False: "warn"}, orderable=False
        )
        waiting = NumberColumn(verbose_name="待送达", unit="条", orderable=False)
        dead = NumberColumn(verbose_name="已放弃", unit="条", orderable=False)
        created_at = WhenColumn(verbose_name="建立")

        def render_events(self, value: list[str]) -> str:
            """In words."""
            known = offers()
            return "、".join(known[name].title if name in known else name for name in value)

        def row_tone(self, record: Any) -> str:
            """Red where messages were given up."""
            return "danger" if record.dead else ""

    title, key, permission = "事件推送", "webhooks", PERMISSION
    table_class, template_name = Table, "webhooks/subscriptions.html"
    empty = "还没有系统订阅"
    empty_hint = (
        "订阅以后，居民建档、就诊、住院等事件会签名推送给对方。对方的主机须先由系统管理员写入 YIGONGTI_WEBHOOK_HOSTS"
        "（主机名如 his.example.org，或网段如 10.2.0.0/16），重启后即可订阅。"
    )
    crumbs = (("数据交换", ""), ("事件推送", ""))

    def queryset(self, actor: Actor) -> QuerySet[Subscription]:
        """Those of one's organisations, with what waits and what was given up."""
        counted = {
            name: Count("deliveries", filter=Q(deliveries__state=state))
            for name, state in (("waiting", Delivery.State.WAITING), ("dead", Delivery.State.DEAD))
        }
        return services.subscriptions(actor).annotate(**counted).order_by("-created_at")


class DeliveryFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(label="状态", choices=Delivery.State.choices, empty_label="全部")

    class Meta:
        model = Delivery
        fields = ("state",)


class SubscriptionPage(RegisterView):
    """One subscription with what was sent."""

    class Table(RegisterTable):
        """One message a row."""

        created_at = WhenColumn(verbose_name="产生", orderable=False)
        event = tables.Column("事件", orderable=False)
        state = TagColumn(verbose_name="状态", tones=TONES, orderable=False)
        attempts = NumberColumn(verbose_name="发送", unit="次", orderable=False)
        status = tables.Column("应答", orderable=False)
        error = tables.Column("原因", orderable=False)
        ended_at = WhenColumn(verbose_name="结束", orderable=False)

        def render_event(self, value: str) -> str:
            """In words."""
            return offers()[value].title if value in offers() else value

    title, permission, template_name = "推送订阅", PERMISSION, "webhooks/subscription.html"
    table_class, filterset_class = Table, DeliveryFilter
    empty, empty_hint = "还没有推送", "订阅的事件发生后几秒内发出。"

    @property
    def found(self) -> Subscription:
        """The subscription of the address."""
        return services.access_subscription(self.request.actor, self.kwargs["pk"])  # type: ignore[attr-defined]

    def queryset(self, actor: Actor) -> QuerySet[Delivery]:
        """Newest first."""
        return self.found.deliveries.defer("body", "log").order_by("-created_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What it is."""
        found, known = self.found, offers()
        return {
            "title": found.user.name,
            "crumbs": (("数据交换", ""), TOP, (found.user.name, "")),
            "subscription": found,
            "events": [known[name].title if name in known else name for name in found.events],
            "dead": found.deliveries.filter(state=Delivery.State.DEAD).count(),
        }


class DeliveryPage(PageView):
    """One message: what was sent, and every attempt."""

    title, permission, template_name = "推送记录", PERMISSION, "webhooks/delivery.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The message as it was signed."""
        found = services.access_delivery(actor, self.kwargs["pk"])
        there = found.subscription.get_absolute_url()
        return {
            "crumbs": (("数据交换", ""), TOP, (found.subscription.user.name, there), ("推送记录", "")),
            "delivery": found,
            "tone": TONES[found.state],
            "offer": offers().get(found.event),
        }


class Subscribing(BaseModel):
    """What to tell whom."""

    user: Annotated[int, ChoicesFrom("systems")] = Field(title="接入系统")
    url: str = Field(title="接收地址", max_length=500, description="以 https:// 开头；主机须由系统管理员列入允许名单")
    events: Annotated[list[str], ChoicesFrom("events")] = Field(title="事件")


class Changing(BaseModel):
    """Another address, other events."""

    url: str = Field(title="接收地址", max_length=500)
    events: Annotated[list[str], ChoicesFrom("events")] = Field(title="事件")


class Nothing(BaseModel):
    """A command that asks for nothing."""


class Subscribe(CommandView):
    """Subscribe a system."""

    title, submit, key, schema, permission = "订阅事件", "订阅", "webhook-subscribe", Subscribing, PERMISSION
    crumbs = (("数据交换", ""), TOP, ("订阅", ""))

    def choices(self, actor: Actor) -> Choices:
        """Systems within reach and what is offered."""
        events = [(one.name, one.title) for one in offers().values()]
        return {"systems": services.systems(actor), "events": events}

    def context(self, actor: Actor) -> dict[str, Any]:
        """What leaves the house."""
        return {
            "effect": "推送只含事件名和编号，不含姓名、诊断和结果；对方凭令牌按自己的权限读取内容。",
            "cancel": TOP[1],
        }

    def run(self, actor: Actor, data: Subscribing, *, key: str, version: int | None) -> str:
        """Subscribe and show the secret once."""
        made, secret = services.subscribe(actor, url=data.url, events=data.events, user_id=data.user)
        messages.success(self.request, f"已订阅。签名密钥 {secret}。{ONCE}")
        return made.get_absolute_url()


class OnSubscription(CommandView):
    """A command on one subscription."""

    schema: ClassVar[type[BaseModel]] = Nothing
    permission = PERMISSION

    @property
    def found(self) -> Subscription:
        """The subscription of the address."""
        return services.access_subscription(self.request.actor, self.kwargs["pk"])  # type: ignore[attr-defined]

    def context(self, actor: Actor) -> dict[str, Any]:
        """Where to go back to."""
        return {"cancel": self.found.get_absolute_url()}


class Change(OnSubscription):
    """Another address, other events."""

    title, submit, done, schema = "修改订阅", "保存", "已保存。", Changing

    def choices(self, actor: Actor) -> Choices:
        """What is offered."""
        return {"events": [(one.name, one.title) for one in offers().values()]}

    def initial(self, actor: Actor) -> dict[str, Any]:
        """As it is."""
        return {"url": self.found.url, "events": self.found.events}

    def run(self, actor: Actor, data: Changing, *, key: str, version: int | None) -> str:
        """Save."""
        return services.change(actor, subscription=self.found, url=data.url, events=data.events).get_absolute_url()


class Stop(OnSubscription):
    """Stop sending."""

    title, submit, done, tone, active = "停用订阅", "停用", "已停用。", "danger", False

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        return {**super().context(actor), "effect": "停止推送；已产生的推送保留，启用后继续发送。"}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Set it."""
        return services.set_active(actor, subscription=self.found, active=self.active).get_absolute_url()


class Start(Stop):
    """Go on sending."""

    title, submit, done, tone, active = "启用订阅", "启用", "已启用。", "primary", True

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        return {**super().context(actor), "effect": "继续推送，停用期间留下的先发。"}


class Rotate(OnSubscription):
    """A new secret."""

    title, submit, tone = "更换签名密钥", "更换", "danger"

    def context(self, actor: Actor) -> dict[str, Any]:
        """What happens."""
        return {**super().context(actor), "effect": "此后的推送都用新密钥签名，对方换上新密钥以前会拒收。"}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Show it once."""
        secret = services.rotate(actor, subscription=self.found)
        messages.success(self.request, f"新签名密钥 {secret}。{ONCE}")
        return self.found.get_absolute_url()


class ReplayDead(OnSubscription):
    """Send again everything that was given up."""

    title, submit = "重发已放弃的推送", "重发"

    def context(self, actor: Actor) -> dict[str, Any]:
        """How many."""
        count = self.found.deliveries.filter(state=Delivery.State.DEAD).count()
        return {**super().context(actor), "effect": f"{count} 条推送以原编号重新发送。"}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Queue them."""
        count = services.replay(actor, subscription=self.found)
        messages.success(self.request, f"{count} 条推送将重新发送。")
        return self.found.get_absolute_url()


class ReplayOne(CommandView):
    """Send one message again."""

    title, submit, done, schema, permission = "重发", "重发", "将重新发送。", Nothing, PERMISSION

    def context(self, actor: Actor) -> dict[str, Any]:
        """Which one."""
        found = services.access_delivery(actor, self.kwargs["pk"])
        return {"effect": "以原编号重新发送，对方据此识别是否已经收到。", "cancel": found.get_absolute_url()}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Queue it."""
        services.replay(actor, deliveries=[self.kwargs["pk"]])
        return reverse("webhooks:delivery", args=[self.kwargs["pk"]])
