"""What the steps of a suggestion ask for."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText


class Asked(BaseModel):
    """Unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Plan(Asked):
    """What will be done, and until when."""

    action: Annotated[str, LongText] = Field(
        title="打算怎样办", min_length=4, max_length=500, description="查什么、改什么、由谁做"
    )
    planned_on: date = Field(title="计划完成日期")


class Outcome(Asked):
    """What came of it."""

    outcome: Annotated[str, LongText] = Field(
        title="结果", min_length=4, max_length=500, description="做了什么，数值怎样变化，是否还要继续"
    )


class Dismissal(Asked):
    """Why nothing needs to be done."""

    reason: Annotated[str, ChoicesFrom("reasons")] = Field(title="理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Returned(Asked):
    """Why the platform closes it."""

    note: str = ""
    period: str = ""
