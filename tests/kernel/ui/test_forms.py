"""Forms from schemas: kinds, limits, messages, nothing lost."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal

import pytest
from django import forms
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from yigongti.kernel.errors import Conflict
from yigongti.kernel.ui.fields import ChoicesFrom, LongText, Sensitive, Unit
from yigongti.kernel.ui.forms import form_for


class Urgency(StrEnum):
    """Few choices."""

    RED = "red"
    YELLOW = "yellow"

    @property
    def label(self) -> str:
        """What people read."""
        return {"red": "红", "yellow": "黄"}[self.value]


class Level(IntEnum):
    """Numbers as choices."""

    ONE, TWO, THREE, FOUR, FIVE = range(1, 6)


class Everything(BaseModel):
    """One field of each kind."""

    reason: Annotated[str, LongText] = Field(title="理由", min_length=4, max_length=40, description="对方能看到")
    sbp: Annotated[int, Unit("mmHg")] = Field(title="收缩压", ge=60, le=300)
    potassium: Decimal | None = Field(None, title="血钾", ge=1, le=10, decimal_places=1)
    urgency: Urgency = Field(title="紧急")
    level: Level = Field(title="级别")
    place: Literal["门诊", "病房"] | None = Field(None, title="地点")
    department: Annotated[int, ChoicesFrom("departments")] = Field(title="科室")
    exams: list[Annotated[int, ChoicesFrom("exams")]] = Field(default_factory=list, title="检查")
    on: date = Field(title="日期")
    at: AwareDatetime = Field(title="时间")
    phone: Annotated[str, Sensitive] = Field("", title="电话")
    green: bool = Field(False, title="绿色通道")

    @field_validator("reason")
    @classmethod
    def not_only_digits(cls, value: str) -> str:
        """A validator with its own words."""
        if value.isdigit():
            raise ValueError("理由不能只有数字")
        return value


CHOICES = {"departments": [(1, "心内科"), (2, "神经内科")], "exams": [(7, "心电图"), (8, "血常规")]}
GOOD: dict[str, Any] = {
    "reason": "胸痛两小时",
    "sbp": "168",
    "urgency": "red",
    "level": "2",
    "department": "1",
    "exams": ["7", "8"],
    "on": "2026-11-22",
    "at": "2026-11-22T09:00",
    "green": "on",
}


def filled(**changes: Any) -> Any:
    return form_for(Everything, CHOICES)({**GOOD, **changes})


def test_a_filled_form_is_the_model() -> None:
    form = filled()
    assert form.is_valid(), form.errors
    data = form.data_object
    assert (data.sbp, data.urgency, data.level, data.department) == (168, Urgency.RED, Level.TWO, 1)
    assert data.exams == [7, 8]
    assert data.at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert data.potassium is None
    assert data.place is None
    assert data.green is True


@pytest.mark.parametrize(
    ("name", "widget"),
    [
        ("reason", forms.Textarea),
        ("sbp", forms.NumberInput),
        ("urgency", forms.RadioSelect),
        ("level", forms.Select),
        ("place", forms.RadioSelect),
        ("department", forms.RadioSelect),
        ("exams", forms.CheckboxSelectMultiple),
        ("on", forms.DateInput),
        ("at", forms.DateTimeInput),
        ("green", forms.CheckboxInput),
    ],
)
def test_each_kind_has_its_input(name: str, widget: type[forms.Widget]) -> None:
    assert type(form_for(Everything, CHOICES)().fields[name].widget) is widget


def test_labels_help_units_and_limits_come_from_the_schema() -> None:
    fields = form_for(Everything, CHOICES)().fields
    assert fields["reason"].label == "理由"
    assert fields["reason"].help_text == "对方能看到，至少 4 字"
    assert fields["sbp"].help_text == "60–300"
    assert fields["sbp"].widget.attrs["min"] == 60
    assert fields["sbp"].unit == "mmHg"  # type: ignore[attr-defined]
    assert fields["urgency"].choices == [("red", "红"), ("yellow", "黄")]
    assert form_for(Everything, CHOICES)().sensitive


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"sbp": "900"}, "sbp", "300"),
        ({"sbp": ""}, "sbp", "请填写"),
        ({"urgency": ""}, "urgency", "请选择"),
        ({"department": "99"}, "department", "99"),
        ({"on": "abc"}, "on", "日期"),
        ({"reason": "12345"}, "reason", "理由不能只有数字"),
        ({"potassium": "3.55"}, "potassium", "1"),
    ],
)
def test_what_is_wrong_stands_at_its_field_in_chinese(changes: dict[str, Any], field: str, message: str) -> None:
    form = filled(**changes)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert message in form.errors[field][0]


def test_nothing_typed_is_lost_and_a_service_can_refuse() -> None:
    form = filled()
    form.is_valid()
    form.refuse(Conflict("心内科今天约满", hint="请改约明天", field="department"))
    form.refuse(Conflict("居民已有一份转诊"))
    assert form.errors["department"] == ["心内科今天约满。请改约明天"]
    assert form.non_field_errors() == ["居民已有一份转诊"]
    assert form["reason"].value() == "胸痛两小时"
