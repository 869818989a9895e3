"""What the steps of an evaluation and of an answer ask for."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText

Number = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]


class Asked(BaseModel):
    """Unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Nothing(Asked):
    """Nothing is asked."""


class Words(Asked):
    """A few words."""

    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Reason(Asked):
    """Words that must be said."""

    note: Annotated[str, LongText] = Field(title="理由", min_length=2, max_length=500)


class Opening(Asked):
    """Which evaluation, of whom, for which period."""

    policy: Annotated[str, ChoicesFrom("policies")] = Field(title="考核方案")
    period: str = Field(
        title="时期", pattern=r"^\d{4}(Q[1-4])?$", description="季度写 2026Q3，年度写 2026；应已结束", max_length=8
    )
    consortium: Annotated[int | None, ChoicesFrom("consortia")] = Field(
        None, title="医共体", description="考核成员单位时选择；医共体之间的年度评价不选"
    )


class Statement(Asked):
    """The participant's own value of an item; percent for judged items."""

    item: str = Field(title="项目")
    value: Number | None = Field(None, title="自评值")
    note: str = Field("", title="说明", max_length=500)


class SelfReport(Asked):
    """The participant's own values; what is not named stays."""

    values: list[Statement] = Field(default_factory=list, title="自评")


class Submission(Asked):
    """The self-report is handed in."""

    statement: Annotated[str, LongText] = Field("", title="自评说明", max_length=2000)


class Judgement(Asked):
    """The value of an item as the conductor sees it; for judged items in percent."""

    answer: Annotated[str, ChoicesFrom("answers")] = Field(title="参评单位")
    item: Annotated[str, ChoicesFrom("items")] = Field(title="项目")
    value: Number | None = Field(None, title="评审值", description="评判项目填达到标准的百分比；留空为撤销评审值")
    note: Annotated[str, LongText] = Field(title="意见", min_length=2, max_length=500)


class Mark(Asked):
    """A value within a grid of judgements."""

    answer: str
    item: str
    value: Number | None = None
    note: str = Field("", max_length=500)


class Marks(Asked):
    """Several judgements at once."""

    marks: list[Mark] = Field(default_factory=list, title="评审")


class Adjusting(Asked):
    """A veto, a deduction or a bonus, with the fact it rests on."""

    answer: Annotated[str, ChoicesFrom("answers")] = Field(title="参评单位")
    adjustment: Annotated[str, ChoicesFrom("adjustments")] = Field(title="加减分项")
    points: Number = Field(Decimal(0), title="分值", ge=0, description="一票否决填 0")
    reason: Annotated[str, LongText] = Field(title="事实和依据", min_length=4, max_length=500)


class Revoking(Asked):
    """An adjustment is taken back."""

    change: Annotated[int, ChoicesFrom("changes")] = Field(title="加减分")
    note: Annotated[str, LongText] = Field(title="理由", min_length=2, max_length=500)


class Area(Asked):
    """The area of a participant; empty: it answers for nobody."""

    answer: str = Field(title="参评单位")
    area: str = Field("", title="片区", max_length=32)


class Areas(Asked):
    """Who answers for whom: what is not named stays."""

    areas: list[Area] = Field(default_factory=list, title="片区")


class Remarking(Asked):
    """A comment."""

    item: Annotated[str, ChoicesFrom("items")] = Field("", title="项目", description="不选为对整个考核")
    text: Annotated[str, LongText] = Field(title="意见", min_length=2, max_length=1000)


class Replying(Asked):
    """What the conductor says to a comment."""

    remark: Annotated[int, ChoicesFrom("remarks")] = Field(title="意见")
    text: Annotated[str, LongText] = Field(title="答复", min_length=2, max_length=1000)


class Appealing(Asked):
    """An appeal against an item."""

    item: Annotated[str, ChoicesFrom("items")] = Field(title="项目")
    wanted: Number | None = Field(None, title="主张的值", description="认为应是多少；只对程序有异议可不填")
    reason: Annotated[str, LongText] = Field(title="理由", min_length=4, max_length=1000)


class Ruling(Asked):
    """The answer to an appeal."""

    appeal: Annotated[int, ChoicesFrom("appeals")] = Field(title="申诉")
    outcome: Annotated[Literal["upheld", "changed"], ChoicesFrom("outcomes")] = Field(title="结果")
    value: Number | None = Field(None, title="更正值", description="更正时填写")
    reason: Annotated[str, LongText] = Field(title="理由", min_length=4, max_length=1000)


class Decision(Asked):
    """The conclusion; ``pool`` in yuan is shared out by the parts of the grades."""

    conclusion: Annotated[str, LongText] = Field(title="评价结论", min_length=4, max_length=2000)
    pool: Annotated[Decimal, Field(max_digits=14, decimal_places=2, ge=0)] | None = Field(
        None, title="奖励资金（元）", description="按等次的份数分到各单位；没有则不填"
    )
