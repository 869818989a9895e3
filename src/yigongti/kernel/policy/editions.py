"""An edition: one version of one policy, with its content hash, its place and its dates of effect."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yigongti.kernel.policy.documents import read
from yigongti.kernel.policy.kinds import Policy


def content_data(text: str) -> Any:
    """The content of a file as plain JSON data (dates in ISO form), without comments and layout."""
    return json.loads(json.dumps(read(text, "").data, ensure_ascii=False, default=str))


def content_hash(text: str) -> str:
    """SHA-256 of the canonical JSON of the content: comments and layout do not count, every value does."""
    canonical = json.dumps(content_data(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Edition:
    """One version of one policy. ``origin`` is the file, or ``database`` for an approved override."""

    body: Policy = field(repr=False)
    text: str = field(repr=False)
    hash: str
    origin: str

    @property
    def name(self) -> str:
        """For example ``referral/hypertension``."""
        return self.body.policy

    @property
    def version(self) -> str:
        """For example ``2026.1``."""
        return self.body.version

    @property
    def place(self) -> str | None:
        """The area or consortium it is written for; None for everyone."""
        return self.body.place

    def in_force(self, on: date) -> bool:
        """Whether it has effect on the day."""
        effective = self.body.effective
        return effective.from_ <= on and (effective.to is None or on <= effective.to)

    def __str__(self) -> str:
        place = f"（{self.place}）" if self.place else ""
        return f"{self.name} {self.version}{place} #{self.hash[:8]}"


def edition(policy: Policy, text: str, origin: str) -> Edition:
    """The edition of a loaded policy."""
    return Edition(policy, text, content_hash(text), origin)
