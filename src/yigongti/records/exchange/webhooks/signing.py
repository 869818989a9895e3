"""How a receiver knows that a message is ours and fresh: HMAC-SHA256 over time and body."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

SIGNATURE, TIMESTAMP = "X-Yigongti-Signature", "X-Yigongti-Timestamp"


def content(body: Mapping[str, Any]) -> bytes:
    """The body as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """``v1=`` and the hexadecimal HMAC of ``timestamp.body``."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def headers(secret: str, timestamp: int, body: bytes, *, delivery: str, event: str) -> dict[str, str]:
    """What goes with a message. A receiver refuses what is older than five minutes and remembers the delivery id."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "yigongti-webhooks/1",
        "X-Yigongti-Delivery": delivery,
        "X-Yigongti-Event": event,
        TIMESTAMP: str(timestamp),
        SIGNATURE: signature(secret, timestamp, body),
    }
