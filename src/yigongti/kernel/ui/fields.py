"""From a pydantic field to a Django form field: the kind of input, its label, help and limits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import annotated_types
from django import forms
from django.utils import timezone
from pydantic import AwareDatetime, FutureDate, FutureDatetime, PastDate, PastDatetime
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

FEW = 4
SEVERAL = (list, tuple, set, frozenset)
KINDS: dict[Any, type] = {
    AwareDatetime: datetime,
    PastDatetime: datetime,
    FutureDatetime: datetime,
    PastDate: date,
    FutureDate: date,
}


@dataclass(frozen=True)
class ChoicesFrom:
    """``Annotated[int, ChoicesFrom("departments")]``: the page supplies the choices under this name."""

    name: str


class LongText:
    """``Annotated[str, LongText]``: several lines."""

    rows = 4


class Sensitive:
    """``Annotated[str, Sensitive]``: never kept in the browser (identity numbers, phones, addresses)."""


@dataclass(frozen=True)
class Unit:
    """``Annotated[int, Unit("mmHg")]``: the unit shown after the label."""

    text: str


@dataclass(frozen=True)
class Last:
    """``Annotated[int, Last("148（10-21）")]``: the last value, shown beside the field."""

    text: str


class MomentField(forms.DateTimeField):
    """A moment in Shanghai time, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **options)

    def prepare_value(self, value: Any) -> Any:
        """Local time for the input."""
        return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def bare(annotation: Any) -> tuple[Any, bool]:
    """The type without ``None``, and whether ``None`` was allowed."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        if len(kinds) == 1:
            return KINDS.get(kinds[0], kinds[0]), True
    return KINDS.get(annotation, annotation), False


def marks_of(info: FieldInfo, kind: type) -> list[Any]:
    """The markers of a class in a field's annotation, given as instance or as class."""
    return [mark for mark in info.metadata if isinstance(mark, kind) or mark is kind]


def limit(info: FieldInfo, kind: type, name: str) -> Any:
    """A limit such as ``ge`` or ``max_length``, or ``None``."""
    return next((getattr(mark, name) for mark in info.metadata if isinstance(mark, kind)), None)


def options_of(kind: Any) -> list[tuple[Any, str]]:
    """The choices of a Literal or an Enum: an Enum member's ``label`` or ``title`` is what people read."""
    if get_origin(kind) is Literal:
        return [(value, str(value)) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [(member.value, _label(member)) for member in kind]
    return []


def _label(member: Enum) -> str:
    for name in ("label", "title"):
        found = getattr(member, name, None)
        if isinstance(found, str):
            return found
    return str(member.value)


def field_for(name: str, info: FieldInfo, choices: dict[str, Iterable[tuple[Any, str]]]) -> forms.Field:
    """The form field of a schema field."""
    kind, _ = bare(info.annotation)
    common: dict[str, Any] = {
        "label": info.title or name,
        "help_text": _help(info),
        "required": info.is_required(),
    }
    typed = not options_of(kind) and get_origin(kind) not in SEVERAL and not marks_of(info, ChoicesFrom)
    common["error_messages"] = {"required": "请填写" if typed else "请选择"}
    if info.default is not PydanticUndefined and info.default is not None:
        common["initial"] = info.default.value if isinstance(info.default, Enum) else info.default
    named = marks_of(info, ChoicesFrom)
    many = get_origin(kind) in SEVERAL
    if many and not named:
        member = get_args(kind)[0]
        named = [mark for mark in getattr(member, "__metadata__", ()) if isinstance(mark, ChoicesFrom)]
    offered = list(choices.get(named[0].name, ())) if named else options_of(get_args(kind)[0] if many else kind)
    field = _choice(kind, offered, many, common) if offered or named else _plain(kind, info, common)
    field.sensitive = bool(marks_of(info, Sensitive))  # type: ignore[attr-defined]
    field.unit = next((mark.text for mark in marks_of(info, Unit)), "")  # type: ignore[attr-defined]
    field.last = next((mark.text for mark in marks_of(info, Last)), "")  # type: ignore[attr-defined]
    field.widget.attrs.setdefault("autocomplete", "off")
    return field


def _choice(kind: Any, offered: list[tuple[Any, str]], many: bool, common: dict[str, Any]) -> forms.Field:
    """Boxes for several, radio buttons for a few, a select for more; the answer has the type of the choice.

    A schema that has an answer of its own (``decided``) offers no empty one.
    """
    typed = {str(value): value for value, _ in offered}
    if many:
        boxes = forms.CheckboxSelectMultiple
        return forms.TypedMultipleChoiceField(choices=offered, coerce=typed.__getitem__, widget=boxes, **common)
    decided = bool(common.get("initial")) and not common["required"]
    blank = [("", "请选择" if common["required"] else "未选")]
    few = len(offered) + (not common["required"] and not decided) <= FEW
    widget = forms.RadioSelect() if few else forms.Select(attrs={"class": "form-select"})
    options = offered if decided or (few and common["required"]) else [*blank, *offered]
    field = forms.TypedChoiceField(choices=options, coerce=typed.__getitem__, empty_value=None, widget=widget, **common)
    field.decided = decided  # type: ignore[attr-defined]
    return field


def _plain(kind: Any, info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    """A field to type into; a kind that is not known is a text."""
    return PLAIN.get(kind, _text)(info, common)


def _yes_or_no(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    return forms.BooleanField(**{**common, "required": False})


def _range(info: FieldInfo) -> dict[str, Any]:
    low, high = limit(info, annotated_types.Ge, "ge"), limit(info, annotated_types.Le, "le")
    return {"min_value": low, "max_value": high}


def _integer(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    widget = forms.NumberInput({"class": "form-control", "inputmode": "numeric"})
    return forms.IntegerField(widget=widget, **_range(info), **common)


def _decimal(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    places = next((mark.decimal_places for mark in info.metadata if hasattr(mark, "decimal_places")), None)
    widget = forms.NumberInput({"class": "form-control", "inputmode": "decimal"})
    return forms.DecimalField(widget=widget, decimal_places=places, **_range(info), **common)


def _moment(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    widget = forms.DateTimeInput({"class": "form-control", "type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    return MomentField(widget=widget, **common)


def _date(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    return forms.DateField(widget=forms.DateInput({"class": "form-control", "type": "date"}, "%Y-%m-%d"), **common)


def _uuid(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    return forms.UUIDField(widget=forms.TextInput({"class": "form-control"}), **common)


def _text(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    long = {"class": "form-control", "rows": LongText.rows}
    widget = forms.Textarea(long) if marks_of(info, LongText) else forms.TextInput({"class": "form-control"})
    longest = limit(info, annotated_types.MaxLen, "max_length")
    shortest = limit(info, annotated_types.MinLen, "min_length")
    return forms.CharField(max_length=longest, min_length=shortest or None, widget=widget, **common)


PLAIN: dict[Any, Callable[[FieldInfo, dict[str, Any]], forms.Field]] = {
    bool: _yes_or_no,
    int: _integer,
    Decimal: _decimal,
    datetime: _moment,
    date: _date,
    UUID: _uuid,
}


def _help(info: FieldInfo) -> str:
    """The description, followed by the limits in words."""
    low, high = limit(info, annotated_types.Ge, "ge"), limit(info, annotated_types.Le, "le")
    shortest = limit(info, annotated_types.MinLen, "min_length")
    said = [info.description] if info.description else []
    if low is not None and high is not None:
        said.append(f"{low}–{high}")
    elif low is not None:
        said.append(f"不小于 {low}")
    elif high is not None:
        said.append(f"不大于 {high}")
    if shortest and shortest > 1:
        said.append(f"至少 {shortest} 字")
    return "，".join(said)
