"""A model of comparison as lines: its fields, what decides before the weights do, and from which probability on."""

from collections.abc import Iterator

from yigongti.kernel.policy.expressions import parse
from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.kernel.policy.words import in_words

from .configuration import Compared, LinkageModel
from .kinds import KINDS

OUTCOMES = {"link": "自动归入", "review": "由人核对", "reject": "不归入"}


@describes("linkage-model", "比对模型")
def _model(policy: LinkageModel) -> Iterator[Line]:
    titles = {name: field.title or name for name, field in policy.fields.items()}
    for name, field in policy.fields.items():
        levels = " ＞ ".join(level.title for level in policy.levels[name])
        yield Line(
            f"fields.{name}",
            titles[name],
            condition=KINDS[field.kind].title,
            consequence=levels,
            note="；".join(_manners(field, titles)),
            **sourced(policy, field),
        )
    for rule in policy.rules:
        words = in_words(parse(rule.when, policy.shape).tree, policy.shape)
        yield Line(
            f"rules.{rule.id}",
            rule.name,
            condition=words,
            sql=rule.when,
            consequence=OUTCOMES[rule.then],
            **sourced(policy, rule),
        )
    line = policy.thresholds
    told = f"概率不低于 {line.link} 自动归入，{line.review} 至 {line.link} 由人核对，更低不归入"
    yield Line("thresholds", "界限", consequence=told, **sourced(policy, line))
    looked = "；".join("＋".join(_key(key, titles) for key in block) for block in policy.blocking)
    shared = f"这些键至少一组相同才比较；同一键超过 {policy.block_limit} 行不用"
    yield Line("blocking", "比较哪些成对的行", condition=looked, consequence=shared, **sourced(policy, policy))
    yield Line("training", "权重的来历", consequence=_trained(policy), **sourced(policy, policy.training))


def _manners(field: Compared, titles: dict[str, str]) -> Iterator[str]:
    if field.frequency:
        yield "常见的值相同算得轻"
    if field.swap:
        yield f"可能与{titles[field.swap]}互换"
    if field.m:
        yield "各级的占比由本模型给出"


def _key(key: str, titles: dict[str, str]) -> str:
    name, _, suffix = key.partition(".")
    return f"{titles.get(name, name)}（{suffix}）" if suffix else titles.get(name, name)


def _trained(policy: LinkageModel) -> str:
    m = "按比较种类的占比" if policy.training.m == "prior" else "用期望最大化从数据中求得"
    return f"同一人各级的占比：{m}；不同人的占比由随机成对的行测得"
