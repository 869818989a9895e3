"""What a policy file may contain: a common header and one body model per kind.

A room may add a kind: a subclass of :class:`Policy` under :func:`policy_kind`. Everything in a body that states a rule
is :class:`Sourced`: its own source, or the file's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

Path = tuple[str | int, ...]
Mark = Literal["S", "GK", "D"]
MARKS: Mapping[str, str] = {"S": "公开来源", "GK": "通识", "D": "建议"}
MARK_MEANINGS: Mapping[str, str] = {
    "S": "有公开文本可查，尚不等于官方原文",
    "GK": "通行做法，尚未与官方原文核对",
    "D": "本系统的设计建议，由使用单位决定",
}
NAME = re.compile(r"[a-z][a-z0-9-]*/[a-z][a-z0-9-]*")
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]*$")]


class Strict(BaseModel):
    """Nothing is allowed that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where a rule comes from: the document, the item in it, how sure we are, and where the text was read."""

    document: Annotated[str, Field(min_length=2)]
    item: str = ""
    mark: Mark
    stored: str = ""

    def __str__(self) -> str:
        item = f" {self.item}" if self.item else ""
        return f"{self.document}{item}〔{MARKS[self.mark]}〕"

    @model_validator(mode="after")
    def _stored_when_sourced(self) -> "Source":
        if self.mark == "S" and not self.stored:
            raise ValueError("mark 为 S 时必须在 stored 写明公开来源；没有来源时用 GK 或 D")
        return self


class Sourced(Strict):
    """A statement with its own source; without one it stands on the file's."""

    source: Source | None = None


class Effective(Strict):
    """First and last day of effect; ``to`` null means until further notice."""

    from_: Annotated[date, Field(alias="from")]
    to: date | None = None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _in_order(self) -> "Effective":
        if self.to is not None and self.to < self.from_:
            raise ValueError(f"失效日期 {self.to} 早于生效日期 {self.from_}")
        return self


class Policy(Strict):
    """The header of every policy file."""

    policy: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    kind: str
    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+(\.\d+)?$")]
    effective: Effective
    place: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]*$")] | None = None
    title: Annotated[str, Field(min_length=2)]
    summary: str = ""
    source: Source | None = None
    sources: Annotated[dict[str, Source], Field(description="named sources, used as source: name or name#item")] = {}

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        """Every statement of the body with its path in the file."""
        yield from ()

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        """Mistakes that only this kind can see: path, message, what is allowed."""
        yield from ()

    def source_of(self, item: Sourced) -> Source:
        """The item's source, or the file's."""
        return cast(Source, item.source or self.source)


P = TypeVar("P", bound=type[Policy])
_kinds: dict[str, type[Policy]] = {}


def policy_kind(name: str) -> Callable[[P], P]:
    """Register a body model for ``kind: name``."""

    def register(model: P) -> P:
        _kinds[name] = model
        return model

    return register


def kinds() -> Mapping[str, type[Policy]]:
    """Every registered kind."""
    return _kinds


def canonical_header(policy: Policy) -> dict[str, Any]:
    """The header as plain JSON data."""
    return policy.model_dump(mode="json", by_alias=True, include={*Policy.model_fields} - {"source", "sources"})
