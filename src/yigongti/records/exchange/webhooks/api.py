"""Systems subscribe for themselves and send again what they missed."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import AwareDatetime

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Forbidden
from yigongti.records.residents.api import needs

from . import services
from .models import Delivery, Subscription
from .offers import offers

router = Router(tags=["数据交换"])


class OfferOut(Schema):
    """A kind of news."""

    name: str
    title: str
    references: list[str] = Field(description="消息里给出编号的资源")


class SubscriptionIn(Schema):
    """What to be told, and where."""

    url: str = Field(max_length=500, description="接收地址；主机须在 YIGONGTI_WEBHOOK_HOSTS 中")
    events: list[str] = Field(max_length=50)


class SubscriptionOut(Schema):
    """A subscription."""

    id: UUID
    url: str
    events: list[str]
    active: bool
    created_at: AwareDatetime


class SubscribedOut(SubscriptionOut):
    """A new subscription with the secret of its signatures, which is shown once."""

    secret: str


class DeliveryOut(Schema):
    """A message: what was sent, and how it went."""

    id: UUID
    event: str
    body: dict[str, Any]
    state: str
    attempts: int
    status: int | None
    error: str
    created_at: AwareDatetime
    next_at: AwareDatetime
    ended_at: AwareDatetime | None


class ReplayedOut(Schema):
    """How many will be sent again."""

    count: int


Key = Annotated[UUID, Path()]


@router.get("/events", response=list[OfferOut], summary="可订阅的事件", url_name="webhook_events")
@needs(Permission.EXCHANGE_RECEIVE)
def webhook_events(request: HttpRequest) -> list[Any]:
    """What there is to subscribe to."""
    return [
        {"name": one.name, "title": one.title, "references": list(one.references.values())} for one in offers().values()
    ]


@router.get("", response=list[SubscriptionOut], summary="推送订阅", url_name="webhooks")
@needs(Permission.EXCHANGE_RECEIVE)
def webhooks(request: HttpRequest) -> Any:
    """One's own subscriptions."""
    return services.subscriptions(_actor(request)).order_by("-created_at")[:200]


@router.post("", response={201: SubscribedOut}, summary="订阅", url_name="subscribe")
@needs(Permission.EXCHANGE_RECEIVE)
def subscribe(request: HttpRequest, data: SubscriptionIn) -> Status:
    """Subscribe the calling system."""
    actor = _actor(request)
    if not services.is_system(actor):
        raise Forbidden("只有接入系统可以用接口为自己订阅", hint="信息科请在页面上订阅")
    made, secret = services.subscribe(actor, url=data.url, events=data.events)
    return Status(201, {**{name: getattr(made, name) for name in SubscriptionOut.model_fields}, "secret": secret})


@router.put("/{subscription_id}", response=SubscriptionOut, summary="修改订阅", url_name="change_webhook")
@needs(Permission.EXCHANGE_RECEIVE)
def change_webhook(request: HttpRequest, subscription_id: Key, data: SubscriptionIn) -> Subscription:
    """Another address or other events."""
    actor = _actor(request)
    found = services.access_subscription(actor, subscription_id)
    return services.change(actor, subscription=found, url=data.url, events=data.events)


@router.delete("/{subscription_id}", response=SubscriptionOut, summary="停用订阅", url_name="stop_webhook")
@needs(Permission.EXCHANGE_RECEIVE)
def stop_webhook(request: HttpRequest, subscription_id: Key) -> Subscription:
    """Stop it; what was sent stays."""
    actor = _actor(request)
    found = services.access_subscription(actor, subscription_id)
    return services.set_active(actor, subscription=found, active=False)


@router.get(
    "/{subscription_id}/deliveries", response=list[DeliveryOut], summary="推送记录", url_name="webhook_deliveries"
)
@needs(Permission.EXCHANGE_RECEIVE)
def webhook_deliveries(
    request: HttpRequest,
    subscription_id: Key,
    state: Annotated[Delivery.State | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """What was sent, newest first."""
    rows = services.access_subscription(_actor(request), subscription_id).deliveries.order_by("-created_at")
    return (rows.filter(state=state) if state else rows)[:limit]


@router.post("/{subscription_id}/replay", response=ReplayedOut, summary="重发已放弃的推送", url_name="replay_webhook")
@needs(Permission.EXCHANGE_RECEIVE)
def replay_webhook(request: HttpRequest, subscription_id: Key) -> Any:
    """Send again everything that was given up."""
    actor = _actor(request)
    found = services.access_subscription(actor, subscription_id)
    return {"count": services.replay(actor, subscription=found)}


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
