"""The text by which a plan was drafted, read again as it was."""

from functools import lru_cache

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.store import resolve, store

from ..keeping import POLICY, texts
from ..known import as_they_were
from ..models import Text
from .definitions import TargetsPolicy


def edition_in_force(name: str) -> Edition:
    """The edition of a targets policy. Raises NotFound."""
    found = resolve(name)
    if not isinstance(found.body, TargetsPolicy):
        raise NotFound(f"{name} 不是服务目标的规则")
    return found


def in_force_policies() -> list[TargetsPolicy]:
    """Every targets policy that may be used now."""
    names = sorted({one.name for one in store().editions() if isinstance(one.body, TargetsPolicy)})
    return [body for name in names if isinstance(body := resolve(name).body, TargetsPolicy)]


def keep(edition: Edition) -> dict[str, str]:
    """Keep the texts of the policy and of the sets that it names; answers name → hash."""
    body = edition.body
    assert isinstance(body, TargetsPolicy)
    named = {factor.indicator for factor in body.factors.values()} | {item.indicator for item in body.items_}
    sets = {code.split("/")[0] for code in named if code}
    editions = {POLICY: edition, **{name: resolve(f"indicators/{name}") for name in sorted(sets)}}
    Text.objects.bulk_create(
        [Text(hash=one.hash, name=one.name, content=one.text) for one in editions.values()], ignore_conflicts=True
    )
    return {name: one.hash for name, one in editions.items()}


@lru_cache(maxsize=32)
def again(kept: tuple[tuple[str, str], ...]) -> TargetsPolicy:
    """The policy of kept texts."""
    told = texts(dict(kept))
    with as_they_were(text for name, text in told.items() if name != POLICY):
        body = load(told[POLICY], "当时的规则")
    assert isinstance(body, TargetsPolicy)
    return body
