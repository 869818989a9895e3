"""What people type about residents: one schema for each form, checked before any command."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from yigongti.kernel.ui.fields import ChoicesFrom, LongText, Sensitive

from .services import Reason


class Registration(BaseModel):
    """A person with a document."""

    identity_kind: Annotated[str, ChoicesFrom("kinds")] = Field(title="证件类型")
    id_number: Annotated[str, Sensitive] = Field(
        title="证件号码", max_length=40, description="可刷卡；自动填写性别和出生日期"
    )
    name: str = Field(title="姓名", max_length=64)
    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别")
    birth_date: date = Field(title="出生日期")
    phone: Annotated[str, Sensitive] = Field("", title="电话", max_length=32)
    area: Annotated[str, ChoicesFrom("areas")] = Field("", title="居住村（社区）", description="决定由哪家机构负责")
    address: Annotated[str, Sensitive] = Field("", title="门牌、组", max_length=128)
    contact_name: str = Field("", title="联系人", max_length=64)
    contact_relation: str = Field("", title="与本人关系", max_length=16)
    contact_phone: Annotated[str, Sensitive] = Field("", title="联系人电话", max_length=32)
    insurance_kind: Annotated[str, ChoicesFrom("insurance")] = Field("", title="医保类型")


class Correction(BaseModel):
    """What is written about a person, as it should be."""

    name: str = Field(title="姓名", max_length=64)
    identity_kind: Annotated[str, ChoicesFrom("kinds")] = Field(title="证件类型")
    id_number: Annotated[str, Sensitive] = Field(title="证件号码", max_length=40)
    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别")
    birth_date: date = Field(title="出生日期")
    phone: Annotated[str, Sensitive] = Field("", title="电话", max_length=32)
    ethnicity: str = Field("", title="民族", max_length=32)
    blood_type: Annotated[str, ChoicesFrom("blood")] = Field("", title="血型")
    insurance_kind: Annotated[str, ChoicesFrom("insurance")] = Field("", title="医保类型")


class Identification(BaseModel):
    """The document of someone who had none."""

    identity_kind: Annotated[str, ChoicesFrom("kinds")] = Field(title="证件类型")
    id_number: Annotated[str, Sensitive] = Field(title="证件号码", max_length=40)
    name: str = Field(title="姓名", max_length=64)
    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别")
    birth_date: date = Field(title="出生日期")


class Newborn(BaseModel):
    """A child that was just born."""

    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别")
    birth_date: date = Field(title="出生日期")
    order: int = Field(1, title="胎次顺序", ge=1, le=9, description="双胞胎依次为 1、2")
    name: str = Field("", title="姓名", max_length=64, description="未取名可不填，先以母亲姓名称呼")


class Unknown(BaseModel):
    """Someone whom nobody knows."""

    sex: Annotated[str, ChoicesFrom("sexes")] = Field(title="性别")
    estimated_age: int = Field(title="估计年龄", ge=0, le=120)
    place: str = Field(title="发现地点", min_length=2, max_length=100)
    features: Annotated[str, LongText] = Field(
        title="体貌特征和经过", min_length=2, max_length=150, description="身高、衣着、疤痕、随身物品、谁送来"
    )


class Address(BaseModel):
    """Where the person lives now."""

    area: Annotated[str, ChoicesFrom("areas")] = Field(title="居住村（社区）")
    address: Annotated[str, Sensitive] = Field("", title="门牌、组", max_length=128)


class Signing(BaseModel):
    """With whom the person signs."""

    organization: Annotated[int, ChoicesFrom("organizations")] = Field(title="签约机构")
    doctor: Annotated[int | None, ChoicesFrom("doctors")] = Field(None, title="家庭医生")
    until: date | None = Field(None, title="有效期至", description="不填为长期有效")


class OnDay(BaseModel):
    """A day."""

    on: date = Field(title="日期")


class Moving(BaseModel):
    """When and where the person went."""

    on: date = Field(title="迁出日期")
    to: str = Field("", title="迁往", max_length=64)


class Consenting(BaseModel):
    """What the person agrees to."""

    kind: Annotated[str, ChoicesFrom("consents")] = Field(title="事项")
    evidence: str = Field(title="同意的方式", max_length=64, description="例如：本人签字；口头，有见证人")


class ContactPerson(BaseModel):
    """Someone to call."""

    name: str = Field(title="姓名", max_length=64)
    relation: str = Field("", title="与本人关系", max_length=16)
    phone: Annotated[str, Sensitive] = Field(title="电话", max_length=32)


class Emergency(BaseModel):
    """Why the glass is broken."""

    reason: Reason = Field(title="原因")
    text: Annotated[str, LongText] = Field(
        title="情况", min_length=4, max_length=200, description="本人和隐私负责人会看到"
    )
    minutes: Annotated[int, ChoicesFrom("minutes")] = Field(60, title="调阅时长")
