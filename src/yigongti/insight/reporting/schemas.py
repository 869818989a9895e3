"""What the steps of a report ask for."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText

Number = Annotated[Decimal, Field(max_digits=22, decimal_places=6, allow_inf_nan=False)]


class Wanted(BaseModel):
    """Unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Answered(Wanted):
    """What is said to one criterion."""

    answer: Literal["", "yes", "partly", "no"] = ""
    words: str = Field("", max_length=500)


class ItemIn(Wanted):
    """One item as it is entered: numerator and denominator, or the value, or answers; or nothing, with the reason."""

    item: str = Field(title="指标", max_length=64)
    numerator: Number | None = Field(None, title="分子")
    denominator: Number | None = Field(None, title="分母")
    value: Number | None = Field(None, title="数值")
    absent: bool = Field(False, title="本期无数据")
    answers: list[Answered] = Field(default_factory=list, max_length=40)
    note: str = Field("", title="说明", max_length=1000)


class Filling(Wanted):
    """Values to keep; items that are not named stay as they are."""

    items: list[ItemIn] = Field(max_length=400)


class Verdict(Wanted):
    """What the reviewer says of one item."""

    item: str = Field(max_length=64)
    verdict: Literal["", "accepted", "returned"]
    reason: str = Field("", title="退回原因", max_length=300)


class Reviewing(Wanted):
    """Verdicts so far."""

    verdicts: list[Verdict] = Field(default_factory=list, max_length=400)
    note: Annotated[str, LongText] = Field("", title="审核意见", max_length=500)


class Correction(Wanted):
    """Which items are to be corrected, and why."""

    items: list[Annotated[str, ChoicesFrom("items")]] = Field(title="要更正的指标", min_length=1, max_length=400)
    note: Annotated[str, LongText] = Field(title="更正的原因", min_length=4, max_length=500)


class Reason(Wanted):
    """A reason from the list, with words where it needs them."""

    reason: Annotated[str, ChoicesFrom("reasons")] = Field(title="理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Words(Wanted):
    """A few words."""

    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Why(Wanted):
    """Words that must be there."""

    note: Annotated[str, LongText] = Field(title="理由", min_length=4, max_length=500)


class Opening(Wanted):
    """A report that is opened by hand: which plan, which organisation, which period."""

    duty: Annotated[str, ChoicesFrom("duties")] = Field(title="填报什么")
    period: Annotated[str, ChoicesFrom("periods")] = Field(title="时期")
