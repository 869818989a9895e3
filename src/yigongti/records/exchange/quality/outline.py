"""A policy of quality as lines: its dimensions, its measures, what a score is called."""

from collections.abc import Iterator

from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.records.health_record.targets import TARGETS

from .policies import Measure, Quality


@describes("quality", "数据质量")
def _quality(policy: Quality) -> Iterator[Line]:
    for key, one in policy.dimensions.items():
        share = f"占总分的权重 {one.weight}"
        yield Line(f"dimensions.{key}", one.title, condition=one.meaning, consequence=share, **sourced(policy, one))
    for measure in policy.measures:
        name = f"{policy.dimensions[measure.dimension].title}：{measure.title}"
        yield Line(
            measure.id,
            name,
            condition=f"{measure.words.rstrip('。')}。看：{_looked_at(measure)}",
            sql=measure.good,
            consequence=_told(measure),
            note=measure.remedy,
            **sourced(policy, measure),
        )


def _looked_at(measure: Measure) -> str:
    listed = "、".join(TARGETS[name].title for name in measure.targets) or "全部数据"
    return f"已收到的{listed}" if measure.over_rows else f"送来的{listed}，含退回的行"


def _told(measure: Measure) -> str:
    weight = f"权重 {measure.weight}" if measure.weight else "只显示，不计分"
    return f"应达到 {measure.goal}%，{weight}"
