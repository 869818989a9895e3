"""Who may write a policy of their own: places (consortium codes) and the organisation that answers for each.

The room that knows consortia registers the answer; the kernel only asks.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.problems import allowed_words


@dataclass(frozen=True)
class Place:
    """A place that may have its own editions."""

    code: str
    name: str
    organization_id: int


Provider = Callable[[], Iterable[Place]]
_providers: list[Provider] = []


def place_provider(provider: Provider) -> Provider:
    """Register who knows the places; later ones add to earlier ones."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def places() -> dict[str, Place]:
    """Every place by code."""
    return {place.code: place for provider in _providers for place in provider()}


def place_name(code: str | None) -> str:
    """The name of a place, its code when it has none, 普遍适用 for everyone."""
    known = places().get(code or "")
    return known.name if known else (code or "普遍适用")


def place_of(code: str | None) -> Place:
    """The place with a code. Raises :class:`NotFound` naming the nearest one."""
    known = places()
    if not code or code not in known:
        hint = allowed_words(code or "", known) if known else "先建立医共体"
        raise NotFound(
            f"没有代码为 {code} 的医共体" if code else "请写明适用的医共体（place）", hint=hint, field="place"
        )
    return known[code]
