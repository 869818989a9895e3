"""What the forms and the API of this room ask for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText


class Asked(BaseModel):
    """Unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Redeeming(Asked):
    """The code that the person tells or shows."""

    code: str = Field(title="授权码", min_length=8, max_length=16, description="请居民在手机“授权查看”里生成，8 位")


class Objecting(Asked):
    """What is wrong in the eyes of the person."""

    text: Annotated[str, LongText] = Field(title="哪里不对", min_length=4, max_length=1000)
    wanted: Annotated[str, LongText] = Field("", title="希望怎样更正", max_length=1000)


class Correction(Asked):
    """The entry was wrong: a new version of it is there already, or it is declared void now."""

    how: Annotated[Literal["corrected", "void"], ChoicesFrom("how")] = Field("corrected", title="怎样更正")
    note: Annotated[str, LongText] = Field(title="给居民的答复", min_length=4, max_length=1000)


class Refusal(Asked):
    """The entry stays, and why."""

    reason: Annotated[str, ChoicesFrom("reasons")] = Field(title="理由")
    note: Annotated[str, LongText] = Field(title="给居民的答复", min_length=4, max_length=1000)


class Words(Asked):
    """Why the answer does not content the person."""

    note: Annotated[str, LongText] = Field(title="为什么不同意答复", min_length=4, max_length=1000)
