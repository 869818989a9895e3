"""Subscribe, change, stop, send again."""

import secrets
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Application, Grant
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.policy.problems import allowed_words

from . import targets
from .models import Delivery, Subscription
from .offers import offers

MOST = 20
"""Subscriptions of one system."""


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """A system sees its own; the data office those of its organisations."""
    found = Subscription.objects.select_related("user", "organization")
    if actor.everything:
        return found
    if is_system(actor):
        return found.filter(user_id=actor.user_id or 0)
    return found.filter(organization_id__in=actor.organizations(Permission.EXCHANGE_RECEIVE))


def is_system(actor: Actor) -> bool:
    """Whether a system itself is calling."""
    return any(role.code == "system" for role in actor.roles)


def access_subscription(actor: Actor, key: UUID) -> Subscription:
    """One of them. Raises NotFound."""
    found = subscriptions(actor).filter(pk=key).first()
    if found is None:
        raise NotFound("没有这个订阅，或者它不在您管理的机构")
    return found


def access_delivery(actor: Actor, key: UUID) -> Delivery:
    """One message to one of them. Raises NotFound."""
    found = Delivery.objects.select_related("subscription__user").filter(pk=key).first()
    if found is None or not subscriptions(actor).filter(pk=found.subscription_id).exists():
        raise NotFound("没有这条推送记录，或者它不在您管理的机构")
    return found


def systems(actor: Actor) -> list[tuple[int, str]]:
    """The systems for which the actor may subscribe: account and name."""
    reach = actor.organizations(Permission.EXCHANGE_RECEIVE)
    found = Application.objects.filter(user__is_active=True).select_related("user").order_by("name")
    if not actor.everything:
        found = found.filter(user__in=Grant.objects.filter(organization_id__in=reach).values("user_id"))
    return [(one.user_id, one.name) for one in found if one.user_id]


def subscribe(
    actor: Actor, *, url: str, events: list[str], user_id: int | None = None, organization_id: int | None = None
) -> tuple[Subscription, str]:
    """Subscribe a system (itself, when a system asks); answers the secret of the signatures, which is shown once."""
    with acting(actor):
        whose, where = _for_whom(actor, user_id, organization_id)
        targets.checked(url)
        wanted = _events(events)
        if Subscription.objects.filter(user_id=whose, active=True).count() >= MOST:
            raise Conflict(f"一个系统最多 {MOST} 个订阅", hint="先停用不再需要的")
        secret = secrets.token_urlsafe(32)
        made = Subscription.objects.create(
            user_id=whose, organization_id=where, url=url, events=wanted, secret=secret, created_by=actor.user_id
        )
        return made, secret


def _for_whom(actor: Actor, user_id: int | None, organization_id: int | None) -> tuple[int, int]:
    if is_system(actor):
        actor.require(Permission.RECORD_READ)
        if user_id not in (None, actor.user_id) or actor.user_id is None or actor.organization_id is None:
            raise Forbidden("系统只能为自己订阅")
        return actor.user_id, actor.organization_id
    actor.require(Permission.EXCHANGE_RECEIVE)
    if user_id not in {key for key, _ in systems(actor)}:
        raise Invalid("请选择您管理范围内的接入系统", field="user")
    grant = Grant.objects.filter(user_id=user_id).order_by("pk").first()
    if grant is None:
        raise Invalid("这个接入系统还没有授权", field="user")
    where = organization_id or grant.organization_id
    if not actor.everything:
        actor.require(Permission.EXCHANGE_RECEIVE, where)
    return int(user_id or 0), where


def _events(events: list[str]) -> list[str]:
    for name in events:
        if name not in offers():
            raise Invalid(f"没有事件 {name[:64]}", hint=allowed_words(name, offers(), limit=20), field="events")
    if not events:
        raise Invalid("请至少选择一种事件", field="events")
    return sorted(set(events))


def change(actor: Actor, *, subscription: Subscription, url: str, events: list[str]) -> Subscription:
    """Another address or other events."""
    with acting(actor):
        targets.checked(url)
        subscription.url, subscription.events = url, _events(events)
        subscription.save(update_fields=["url", "events"])
        return subscription


def set_active(actor: Actor, *, subscription: Subscription, active: bool) -> Subscription:
    """Stop sending, or go on; what waits is kept."""
    with acting(actor):
        subscription.active = active
        subscription.save(update_fields=["active"])
        return subscription


def rotate(actor: Actor, *, subscription: Subscription) -> str:
    """A new secret, shown once; from now on everything is signed with it."""
    with acting(actor):
        secret = secrets.token_urlsafe(32)
        subscription.secret = secret
        subscription.save(update_fields=["secret"])
        return secret


def replay(actor: Actor, *, deliveries: list[UUID] | None = None, subscription: Subscription | None = None) -> int:
    """Send again: the named messages, or everything of a subscriber that was given up. Returns how many.

    A message keeps its id, so that the receiver knows it if it did arrive.
    """
    now = clock.now()
    fresh: dict[str, Any] = {"state": Delivery.State.WAITING, "next_at": now, "since": now, "ended_at": None}
    with acting(actor):
        mine = list(subscriptions(actor).values_list("pk", flat=True))
    with acting(SYSTEM):
        rows = Delivery.objects.filter(subscription_id__in=mine)
        if deliveries is not None:
            rows = rows.filter(pk__in=deliveries)
        if subscription is not None:
            rows = rows.filter(subscription=subscription, state=Delivery.State.DEAD)
        return rows.exclude(leased_until__gt=now).update(**fresh, leased_until=None)
