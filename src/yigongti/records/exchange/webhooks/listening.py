"""From the news of the house to messages for those who subscribed and may know of the resident."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.events.outbox import consumer
from yigongti.records.residents.access import residents_of

from .models import Delivery, Subscription
from .offers import WAKING, Offer, offers

Payloads = Sequence[dict[str, Any]]


def spread(offer: Offer, payloads: Payloads) -> None:
    """Write one message for each subscriber and piece of news; waking calls that still wait are enough."""
    with acting(SYSTEM):
        subscribed = Subscription.objects.filter(active=True, events__contains=[offer.name])
        for subscription in subscribed:
            if offer.name == WAKING:
                if not subscription.deliveries.filter(event=WAKING, state=Delivery.State.WAITING).exists():
                    Delivery.objects.bulk_create([_message(subscription, offer, {})])
                continue
            known = visible(subscription, {UUID(whose) for one in payloads for whose in _residents(offer, one)})
            Delivery.objects.bulk_create(
                _message(subscription, offer, payload)
                for payload in payloads
                if {UUID(whose) for whose in _residents(offer, payload)} & known
            )


def _residents(offer: Offer, payload: dict[str, Any]) -> list[str]:
    return [payload[key] for key, kind in offer.references.items() if kind == "Patient" and payload.get(key)]


def visible(subscription: Subscription, residents: set[UUID]) -> set[UUID]:
    """Those of the residents whose record the subscriber may read now."""
    user = User.objects.with_grants().filter(pk=subscription.user_id, is_active=True).first()
    if user is None:
        return set()
    actor = user.actor(subscription.organization_id, "接口")
    if not actor.may(Permission.RECORD_READ):
        return set()
    with acting(actor):
        return set(residents_of(actor, Permission.RECORD_READ).filter(pk__in=residents).values_list("pk", flat=True))


def _message(subscription: Subscription, offer: Offer, payload: dict[str, Any]) -> Delivery:
    now, key = clock.now(), new_id()
    body = {
        "id": str(key),
        "event": offer.name,
        "at": now.isoformat(),
        "subscription": str(subscription.pk),
        "references": offer.of(payload),
    }
    return Delivery(
        id=key, subscription=subscription, event=offer.name, body=body, created_at=now, since=now, next_at=now
    )


def _listens(offer: Offer) -> Callable[[Payloads], None]:
    def listens(payloads: Payloads) -> None:
        spread(offer, payloads)

    return listens


for _offered in offers().values():
    consumer(_offered.name, batch=True)(_listens(_offered))
