"""What the steps of a plan ask for."""

from typing import Annotated

from pydantic import Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText

from ..schemas import Asked


class Drafting(Asked):
    """Which targets, whose, for which period."""

    policy: Annotated[str, ChoicesFrom("policies")] = Field(title="规则")
    period: str = Field(
        title="时期", pattern=r"^\d{4}(Q[1-4])?$", max_length=8, description="季度写 2026Q3；人数取上一期末"
    )
    consortium: Annotated[int, ChoicesFrom("consortia")] = Field(title="医共体")


class Number(Asked):
    """One number of the grid: ``key`` is the item, or unit and item."""

    key: str
    value: int = Field(ge=0, le=100_000_000)


class Totals(Asked):
    """How much altogether; the targets are apportioned anew."""

    numbers: list[Number] = Field(default_factory=list, title="总量")


class Revision(Asked):
    """The targets of centres; each item must add up to its total."""

    numbers: list[Number] = Field(default_factory=list, title="目标")


class TargetRemarking(Asked):
    """What a centre says."""

    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="机构")
    item: Annotated[str, ChoicesFrom("items")] = Field("", title="项目", description="不选为全部")
    wanted: int | None = Field(None, title="建议值", ge=0, le=100_000_000)
    text: Annotated[str, LongText] = Field("", title="意见", max_length=1000, description="同意可不写")
