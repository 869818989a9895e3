"""Ways out of the product. A gateway sends one message to one person or raises; the outbox tries again.

Built in: the console, SMTP, and an HTTP interface for SMS as providers commonly have it. Which one is used stands in
the configuration (``YIGONGTI_SMTP_URL``, ``YIGONGTI_SMS_URL``); another provider is another class with ``send``.
"""

import hashlib
import hmac
import json
import logging
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from yigongti.config import configuration
from yigongti.kernel.ciphers.sensitive import Sensitive
from yigongti.kernel.errors import YigongtiError

logger = logging.getLogger(__name__)
PATIENCE = 5
"""Seconds that a gateway may take."""


class NotSent(YigongtiError):
    """The gateway did not take the message; it will be tried again."""

    status = 502
    kind = "not-sent"


@dataclass(frozen=True)
class Message:
    """What is sent: ``id`` is the same when it is tried again, so that a provider can tell."""

    id: str
    title: str
    text: str
    email: str = ""
    phone: str = ""


class Gateway(Protocol):
    """A way out."""

    def reaches(self, message: Message) -> bool:
        """Has the message the address that this gateway needs?"""

    def send(self, message: Message) -> None:
        """Send it, or raise :class:`NotSent`."""


class Console:
    """Writes what would be sent into the log: for installations without a gateway."""

    def reaches(self, message: Message) -> bool:
        """It reaches everybody."""
        return True

    def send(self, message: Message) -> None:
        """Log it, without addresses."""
        logger.info("notice %s: %s", message.id, message.title)


class Smtp:
    """E-mail through ``smtp://user:password@host:port`` (STARTTLS when there is a user) or ``smtps://``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.sender = parts.query.removeprefix("from=") or f"yigongti@{parts.hostname}"
        self.options: dict[str, Any] = {
            "host": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 25),
            "username": unquote(parts.username or ""),
            "password": Sensitive(unquote(parts.password or "")),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp" and bool(parts.username),
            "timeout": PATIENCE,
        }

    def reaches(self, message: Message) -> bool:
        """People with an e-mail address."""
        return bool(message.email)

    def send(self, message: Message) -> None:
        """Send an e-mail."""
        mail = EmailMessage(message.title, message.text, self.sender, [message.email])
        mail.extra_headers["Message-ID"] = f"<{message.id}@yigongti>"
        try:
            EmailBackend(**self.options).send_messages([mail])
        except OSError as error:
            raise NotSent(f"邮件没有发出：{type(error).__name__}") from error


class Sms:
    """SMS through a provider's HTTP interface: ``https://key:secret@host/path?template=…``, JSON signed with HMAC.

    ``tests/kernel/notices/sms_contract.json`` is the recorded contract: request, headers, answers and what each means.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.path, self.tls = parts.netloc.rpartition("@")[2], parts.path or "/", parts.scheme == "https"
        self.key = unquote(parts.username or "")
        self.secret = Sensitive(unquote(parts.password or ""))
        self.template = parts.query.removeprefix("template=")

    def reaches(self, message: Message) -> bool:
        """People with a telephone."""
        return bool(message.phone)

    def send(self, message: Message) -> None:
        """Send an SMS; a refusal that will not change with time is logged and given up."""
        params = {"title": message.title, "text": message.text}
        content = {"request_id": message.id, "phone": message.phone, "template": self.template, "params": params}
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        status, answer = self._post(body, self._signed(body))
        code = str(answer.get("code", "")) if isinstance(answer, dict) else ""
        if status == 200 and code in ("OK", "DUPLICATE"):
            return
        if status == 400:
            logger.error("SMS provider refuses notice %s for good: %s", message.id, code)
            return
        raise NotSent(f"短信没有发出：{status} {code}")

    def _signed(self, body: bytes) -> dict[str, str]:
        moment = str(int(time.time()))
        signature = hmac.new(self.secret.encode(), moment.encode() + b"\n" + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "X-App-Key": self.key,
            "X-Timestamp": moment,
            "X-Signature": signature,
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, object]:
        connection = (HTTPSConnection if self.tls else HTTPConnection)(self.host, timeout=PATIENCE)
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, HTTPException, ValueError) as error:
            raise NotSent(f"短信没有发出：{type(error).__name__}") from error
        finally:
            connection.close()


def gateways() -> list[Gateway]:
    """The gateways of this installation, the preferred one first; the console when none is configured."""
    found: list[Gateway] = []
    if url := configuration().sms_url.get_secret_value():
        found.append(Sms(url))
    if url := configuration().smtp_url:
        found.append(Smtp(url))
    return found or [Console()]
