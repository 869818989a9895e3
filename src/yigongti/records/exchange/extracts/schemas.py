"""What the forms of this room ask for."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText


class Asked(BaseModel):
    """Unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Request(Asked):
    """A request for an extract."""

    purpose: Annotated[str, ChoicesFrom("purposes")] = Field(title="用途")
    reason: Annotated[str, LongText] = Field(
        title="用来做什么", min_length=10, max_length=1000, description="研究或规划的题目、方法、成果形式"
    )
    used_by: str = Field(title="使用单位和人", min_length=2, max_length=128)
    ethics: str = Field("", title="伦理审查批件号", max_length=64, description="医学科学研究必填；批件可在提交后上传")
    keeper: Annotated[int, ChoicesFrom("keepers")] = Field(title="向谁申请", description="保管数据的机构")
    recipient: Annotated[int, ChoicesFrom("recipients")] = Field(title="领取人", description="只有领取人本人能下载")
    first: date = Field(title="起")
    last: date = Field(title="止")
    area: Annotated[str, ChoicesFrom("areas")] = Field("", title="居住地", description="不选为全部")
    condition: Annotated[str, ChoicesFrom("conditions")] = Field("", title="专病", description="不选为不限")


class Preparation(Asked):
    """The data office settles what is made."""

    first: date = Field(title="起")
    last: date = Field(title="止")
    area: Annotated[str, ChoicesFrom("areas")] = Field("", title="居住地", description="不选为全部")
    k: int = Field(title="k（每类至少多少人）", ge=2, le=1000, description="不低于规则的值")
    note: Annotated[str, LongText] = Field("", title="给批准人的说明", max_length=500)


class Approval(Asked):
    """A second person approves what was prepared."""

    categories: list[Annotated[str, ChoicesFrom("categories")]] = Field(
        default_factory=list, title="开放受保护的记录", description="不勾选的类别不进入数据"
    )
    note: Annotated[str, LongText] = Field("", title="意见", max_length=500)


class Refusal(Asked):
    """Why the extract is not given."""

    reason: Annotated[str, ChoicesFrom("reasons")] = Field(title="理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Words(Asked):
    """A few words."""

    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Made(Asked):
    """What came of it."""

    rows: int = 0
    suppressed: int = 0
    digest: str = ""
    size: int = 0


class Short(Asked):
    """Why nothing can be released."""

    note: str = ""


class Nothing(Asked):
    """Nothing is asked."""
