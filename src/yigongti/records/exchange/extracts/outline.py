"""A policy of extracts as lines: every column with what becomes of it, and when nothing may be released."""

from collections.abc import Iterator

from yigongti.kernel.policy.outline import Line, describes, sourced

from .policies import PURPOSES, ROLES, Column, ExtractPolicy

AGGREGATES = {"sum": "合计", "mean": "平均"}


@describes("extract", "去标识化数据")
def _extract(policy: ExtractPolicy) -> Iterator[Line]:
    for column in policy.columns:
        yield Line(
            column.name,
            column.title,
            condition=ROLES[column.role],
            consequence="；".join(_becomes(column)),
            note=column.meaning,
            **sourced(policy, column),
        )
    people = f"每一类不少于 {policy.least} 人"
    left = f"不足的行不放，最多 {policy.suppression.most:.0%}；仍不足则不发放"
    yield Line("suppression", "k-匿名", condition=people, consequence=left, **sourced(policy, policy.suppression))
    if policy.diversity:
        titles = {column.name: column.title for column in policy.columns}
        listed = "、".join(titles[name] for name in policy.diversity.columns)
        yield Line(
            "diversity",
            "l-多样性",
            condition=listed,
            consequence=f"每一类不少于 {policy.diversity.at_least} 种",
            **sourced(policy, policy.diversity),
        )
    purposes = "、".join(PURPOSES[name] for name in policy.purposes)
    kept = f"申请期间最长 {policy.longest_days} 天，文件保留 {policy.retention_days} 天"
    yield Line("purposes", "用途", condition=purposes, consequence=kept, **sourced(policy, policy))


def _becomes(column: Column) -> Iterator[str]:
    if column.role == "pseudonym":
        yield "换成本次专用的假名"
    if column.role == "shifted":
        yield f"同一个人的日期一起移动，最多 {column.days} 天"
    if column.generalise:
        steps = [column.generalise.words(level) for level in range(len(column.generalise.steps))]
        yield " → ".join(steps)
        if column.generalise.rare:
            yield f"不足 {column.generalise.rare} 人的编码并入上一级"
    if column.values:
        yield f"取值：{'、'.join(column.values.values())}；其余记作“其他”"
    if column.places is not None:
        yield f"保留 {column.places} 位小数"
    if column.aggregate:
        yield AGGREGATES[column.aggregate]
    if column.needs:
        yield "批准打开这一类保护内容时才有"
    if column.unit:
        yield f"单位 {column.unit}"
