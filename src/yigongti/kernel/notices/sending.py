"""The consumer that lets notices out, and the address book that rooms fill."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from yigongti.kernel import clock
from yigongti.kernel.access.models import User
from yigongti.kernel.events.outbox import consumer

from .gateways import Gateway, Message, NotSent, gateways
from .models import Notice

REST = 60.0
"""Seconds that a gateway is left alone after it failed: the outbox has other news to deliver."""


@dataclass(frozen=True)
class Contact:
    """How a person is reached."""

    email: str = ""
    phone: str = ""


AddressBook: TypeAlias = Callable[[User], Contact | None]
_books: list[AddressBook] = []
_resting: dict[str, float] = {}


def address_book(book: AddressBook) -> AddressBook:
    """Register who knows e-mail and telephone of an account; rooms know people, the kernel does not."""
    _books.append(book)
    return book


def contact_of(user: User) -> Contact:
    """What the books say, the account's own e-mail last."""
    found = [contact for book in _books if (contact := book(user))] + [Contact(email=user.email)]
    return Contact(
        email=next((c.email for c in found if c.email), ""), phone=next((c.phone for c in found if c.phone), "")
    )


@consumer("NoticeDue")
def send_notice(payload: dict[str, Any]) -> None:
    """Send a notice by the first gateway that reaches the person; what was sent is not sent again."""
    notice = Notice.objects.select_related("user").filter(pk=payload["notice"], sent_at=None).first()
    if notice is None:
        return
    contact = contact_of(notice.user)
    message = Message(f"notice-{notice.pk}", notice.title, notice.text, contact.email, contact.phone)
    gateway = next((way for way in gateways() if way.reaches(message)), None)
    if gateway is None:
        return
    _send(gateway, message)
    Notice.objects.filter(pk=notice.pk).update(sent_at=clock.now())


def _send(gateway: Gateway, message: Message) -> None:
    name = type(gateway).__name__
    if _resting.get(name, 0.0) > time.monotonic():
        raise NotSent(f"{name} 刚刚失败过，稍后再试")
    try:
        gateway.send(message)
    except NotSent:
        _resting[name] = time.monotonic() + REST
        raise
    _resting.pop(name, None)
