"""What the forms of accounts, grants and systems ask for."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from yigongti.kernel.ui.fields import ChoicesFrom


class Asked(BaseModel):
    """Base of all: unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Granting(Asked):
    """A role at an organisation."""

    role: Annotated[str, ChoicesFrom("roles")] = Field(title="角色")
    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="机构")
    subtree: bool = Field(False, title="含下属机构和医共体成员")
    start: date | None = Field(None, title="起", description="不填即今天")
    until: date | None = Field(None, title="止（不含当天）", description="不填即长期")


class Opening(Asked):
    """A new account with its first grant."""

    username: str = Field(title="账号", min_length=3, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]+$")
    name: str = Field(title="姓名", min_length=2, max_length=64)
    email: str = Field("", title="电子邮箱", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")
    role: Annotated[str, ChoicesFrom("roles")] = Field(title="角色")
    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="机构")
    subtree: bool = Field(False, title="含下属机构和医共体成员")


class Nothing(Asked):
    """Only a confirmation."""


class SystemOpening(Asked):
    """A system to let in."""

    name: str = Field(title="系统名称", min_length=2, max_length=64, description="如 县人民医院 HIS")
    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="机构")
    subtree: bool = Field(False, title="含下属机构和医共体成员")
    scopes: Annotated[list[str], ChoicesFrom("scopes")] = Field(title="范围", min_length=1)
