"""What each step of a referral asks for: one declaration for the form on the page and the body of the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from yigongti.kernel import clock
from yigongti.kernel.ui.fields import ChoicesFrom, LongText, Unit


class Asked(BaseModel):
    """Base of all: unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Note(Asked):
    """An optional word to the other side."""

    note: Annotated[str, LongText] = Field("", title="补充说明", max_length=1000)


class Content(Asked):
    """The referral form (转出单): what the doctor sees filled from the record and may change."""

    counterpart: Annotated[int, ChoicesFrom("destinations")] = Field(title="转入机构")
    department: Annotated[int | None, ChoicesFrom("departments")] = Field(None, title="建议转入科室")
    priority: Annotated[Literal["red", "yellow", "green"], ChoicesFrom("priorities")] = Field("green", title="紧急程度")
    diagnosis_code: str = Field("", title="ICD-10", max_length=16)
    diagnosis: str = Field(title="初步诊断", min_length=2, max_length=128)
    reason_codes: Annotated[list[str], ChoicesFrom("reasons:up")] = Field(title="转诊原因", min_length=1)
    reason_text: Annotated[str, LongText] = Field("", title="原因说明", max_length=1000)
    summary: Annotated[str, LongText] = Field(title="主要病情（首诊摘要）", max_length=4000)
    history: Annotated[str, LongText] = Field("", title="主要既往史", max_length=2000)
    treatment: Annotated[str, LongText] = Field("", title="治疗经过", max_length=2000)
    privileges: Annotated[list[str], ChoicesFrom("privileges")] = Field(default_factory=list, title="请求优先")
    follow_up_on: date | None = Field(None, title="计划随访日期")
    consented: bool = Field(False, title="患者（家属）已知情同意转诊和提供档案")


class Acceptance(Asked):
    """Accept now (no time) or with a date."""

    department: Annotated[int | None, ChoicesFrom("departments")] = Field(None, title="接诊科室")
    appointment_at: AwareDatetime | None = Field(None, title="预约时间", description="不填即现在就可以来")
    appointment_place: str = Field("", title="就诊地点", max_length=128, description="如 门诊三楼 5 诊室、急诊抢救室")
    privileges: Annotated[list[str], ChoicesFrom("privileges")] = Field(default_factory=list, title="给予优先")
    note: Annotated[str, LongText] = Field("", title="给转出方和患者的话", max_length=1000)

    @field_validator("appointment_at")
    @classmethod
    def _not_in_the_past(cls, value: datetime | None) -> datetime | None:
        if value and value < clock.now():
            raise ValueError("预约时间已经过去，请选以后的时间")
        return value


class Appointment(Asked):
    """A new time."""

    appointment_at: AwareDatetime = Field(title="改约时间")
    appointment_place: str = Field("", title="就诊地点", max_length=128)
    note: Annotated[str, LongText] = Field("", title="改约原因", max_length=1000)

    _not_in_the_past = field_validator("appointment_at")(Acceptance._not_in_the_past.__func__)  # type: ignore[attr-defined]


class Redirection(Asked):
    """To another department of the same house, or to another member."""

    counterpart: Annotated[int | None, ChoicesFrom("destinations")] = Field(
        None, title="改派到机构", description="不改机构可不填"
    )
    department: Annotated[int | None, ChoicesFrom("departments")] = Field(None, title="改派到科室")
    reason: Annotated[str, ChoicesFrom("reasons:redirect")] = Field(title="改派原因")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Question(Asked):
    """What is missing."""

    note: Annotated[str, LongText] = Field(title="需要补充什么", min_length=4, max_length=1000)


class Answer(Asked):
    """The answer from below."""

    note: Annotated[str, LongText] = Field(title="补充内容", min_length=4, max_length=2000)


def because(list_name: str, label: str) -> type[Asked]:
    """A reason from the policy's list ``list_name``, with words of one's own."""

    class Because(Asked):
        reason: Annotated[str, ChoicesFrom(f"reasons:{list_name}")] = Field(title=label)
        note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)

    Because.__name__ = Because.__qualname__ = "".join(part.title() for part in list_name.split("-")) + "Reason"
    return Because


class Refusal(Asked):
    """Decline with a reason and advice: below, they must know what to do instead."""

    reason: Annotated[str, ChoicesFrom("reasons:decline")] = Field(title="退回原因")
    note: Annotated[str, LongText] = Field(title="处理建议", min_length=4, max_length=1000)


class Preparation(Asked):
    """The steps before admission that were done below."""

    done: Annotated[list[str], ChoicesFrom("checklist")] = Field(default_factory=list, title="已完成")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Arrival(Asked):
    """The patient is here."""

    care_kind: Annotated[Literal["outpatient", "observation", "inpatient"], ChoicesFrom("care-kinds")] = Field(
        "outpatient", title="接诊方式"
    )
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Treatment(Asked):
    """Who treats, and how."""

    care_kind: Annotated[Literal["outpatient", "observation", "inpatient"], ChoicesFrom("care-kinds")] = Field(
        title="接诊方式"
    )
    note: Annotated[str, LongText] = Field("", title="处理", max_length=1000)


class Assessment(Asked):
    """Where the patient stands (病情评估): what the down criteria read, in the words of the doctor who treats."""

    condition_stable: Annotated[Literal["yes", "no"], ChoicesFrom("yes-or-no")] = Field(title="病情是否稳定")
    plan_settled: Annotated[Literal["yes", "no"], ChoicesFrom("yes-or-no")] = Field(title="治疗方案是否确定")
    present: Annotated[list[str], ChoicesFrom("assessed")] = Field(
        default_factory=list, title="符合的请勾选", description="不勾选即记为“否”"
    )
    sbp: Annotated[Decimal | None, Unit("mmHg")] = Field(None, title="今日收缩压", ge=50, le=300)
    dbp: Annotated[Decimal | None, Unit("mmHg")] = Field(None, title="今日舒张压", ge=20, le=200)
    fasting_glucose: Annotated[Decimal | None, Unit("mmol/L")] = Field(
        None, title="今日空腹血糖", ge=Decimal("0.5"), le=60
    )


class Reply(Asked):
    """The reply letter (回转单)."""

    diagnosis: str = Field(title="诊断", min_length=2, max_length=256)
    treatment: Annotated[str, LongText] = Field(title="诊治经过和结果", min_length=4, max_length=4000)
    results: Annotated[str, LongText] = Field("", title="主要检查结果", max_length=4000)
    medications: Annotated[str, LongText] = Field("", title="用药", max_length=2000)
    advice: Annotated[str, LongText] = Field(title="对基层的建议", min_length=4, max_length=2000)
    outcome: Annotated[str, ChoicesFrom("reasons:outcome")] = Field(title="结局")
    follow_up_on: date | None = Field(None, title="建议随访日期")


class FirstContact(Asked):
    """The first follow-up below closes the loop."""

    contacted_at: AwareDatetime | None = Field(None, title="随访时间", description="不填即现在")
    manner: Annotated[Literal["clinic", "home", "phone"], ChoicesFrom("manners")] = Field("clinic", title="方式")
    sbp: Annotated[Decimal | None, Unit("mmHg")] = Field(None, title="收缩压", ge=50, le=300)
    dbp: Annotated[Decimal | None, Unit("mmHg")] = Field(None, title="舒张压", ge=30, le=200)
    condition: Annotated[str, LongText] = Field(title="情况", min_length=2, max_length=2000)
    plan_followed: bool = Field(True, title="在按方案治疗")
    next_due: date | None = Field(None, title="下次随访日期")


class Drug(Asked):
    """A continuing drug; ``in_formulary`` is checked against the destination."""

    name: str = Field(title="药品", min_length=2, max_length=128)
    dose: str = Field("", title="用量", max_length=64)
    frequency: str = Field("", title="频次", max_length=32)
    days: int = Field(28, title="天数", ge=1, le=84)


class Plan(Asked):
    """The down-referral plan (下转方案)."""

    counterpart: Annotated[int | None, ChoicesFrom("destinations")] = Field(
        None, title="接收机构", description="已按签约机构、居住网格、就近能力找好，可改"
    )
    reason_codes: Annotated[list[str], ChoicesFrom("reasons:down")] = Field(title="下转原因", min_length=1)
    diagnosis_code: str = Field("", title="ICD-10", max_length=16)
    diagnosis: str = Field(title="诊断", min_length=2, max_length=128)
    summary: Annotated[str, LongText] = Field(title="住院（诊治）小结", max_length=4000)
    drugs: Annotated[str, LongText] = Field(
        "", title="接续用药", description="一行一种：药名，用量，频次，天数", max_length=4000
    )
    rehabilitation: Annotated[str, LongText] = Field("", title="康复和护理", max_length=2000)
    warning_signs: Annotated[str, LongText] = Field(title="出现这些情况立即再上转", min_length=2, max_length=1000)
    next_checks: Annotated[str, LongText] = Field("", title="复查项目和日期", max_length=1000)
    first_contact_on: date | None = Field(None, title="首次随访不晚于")
    consented: bool = Field(False, title="患者（家属）已知情同意下转")


class Reception(Asked):
    """Plan, drugs and next date are taken over below."""

    first_visit_on: date | None = Field(None, title="首次随访安排在")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class WarningSign(Asked):
    """Why the patient goes up again."""

    reason: Annotated[str, ChoicesFrom("reasons:return-up")] = Field(title="再次上转的原因")
    note: Annotated[str, LongText] = Field(title="出现了什么情况", min_length=4, max_length=1000)
    priority: Annotated[Literal["red", "yellow", "green"], ChoicesFrom("priorities")] = Field(
        "yellow", title="紧急程度"
    )


class Reassignment(Asked):
    """Who at the owner shall do the next step."""

    user: Annotated[int, ChoicesFrom("colleagues")] = Field(title="经办人")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=500)


class Ending(Asked):
    """Why the platform closed the case, and what it read."""

    cause: Literal["died", "admitted-elsewhere", "consent-withdrawn", "moved-away", "expired"] = Field(title="原因")
    note: str = Field("", title="说明", max_length=500)
    event: UUID | None = Field(None, title="依据")
