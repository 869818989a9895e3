"""The texts by which an evaluation was made: kept by their hash, read again as they were."""

from collections.abc import Mapping
from functools import lru_cache

from yigongti.insight.indicators.definitions import IndicatorSet
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.store import resolve, store

from .definitions import EvaluationPolicy
from .known import as_they_were
from .models import Evaluation, Text

POLICY = "policy"


def edition_in_force(name: str) -> Edition:
    """The edition of an evaluation policy. Raises NotFound."""
    found = resolve(name)
    if not isinstance(found.body, EvaluationPolicy):
        raise NotFound(f"{name} 不是考核方案")
    return found


def sets_named(policy: EvaluationPolicy) -> dict[str, Edition]:
    """The sets of indicators that the items name, as they are in force."""
    names = sorted({item.indicator.split("/")[0] for item in policy.items_ if item.indicator})
    found = {name: resolve(f"indicators/{name}") for name in names}
    return {name: one for name, one in found.items() if isinstance(one.body, IndicatorSet)}


def keep(edition: Edition) -> dict[str, str]:
    """Keep the texts of the policy and of its sets; answers name → hash. Two statements at most."""
    body = edition.body
    assert isinstance(body, EvaluationPolicy)
    editions = {POLICY: edition, **sets_named(body)}
    Text.objects.bulk_create(
        [Text(hash=one.hash, name=one.name, content=one.text) for one in editions.values()], ignore_conflicts=True
    )
    return {name: one.hash for name, one in editions.items()}


def policy_of(evaluation: Evaluation) -> EvaluationPolicy:
    """The policy by which an evaluation was opened: no statement while the edition is still known."""
    for one in store().editions():
        if one.hash == evaluation.policy_hash and isinstance(one.body, EvaluationPolicy):
            return one.body
    return _again(tuple(sorted(evaluation.texts.items())))


def texts(kept: Mapping[str, str]) -> dict[str, str]:
    """Name → text of what an evaluation kept. Raises NotFound."""
    found = dict(Text.objects.filter(hash__in=kept.values()).values_list("hash", "content"))
    if lacking := sorted(name for name, told in kept.items() if told not in found):
        raise NotFound(f"没有保存 {'、'.join(lacking)} 当时的文本")
    return {name: found[told] for name, told in kept.items()}


@lru_cache(maxsize=32)
def _again(kept: tuple[tuple[str, str], ...]) -> EvaluationPolicy:
    told = texts(dict(kept))
    with as_they_were(text for name, text in told.items() if name != POLICY):
        body = load(told[POLICY], "当时的方案")
    assert isinstance(body, EvaluationPolicy)
    return body
