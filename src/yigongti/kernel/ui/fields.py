"""From a pydantic field to a Django form field: the kind of input, its label, help and limits."""

from collections.abc import Iterable
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
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

FEW = 4


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
            return kinds[0], True
    return annotation, False


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
    if info.default is not PydanticUndefined and info.default is not None:
        common["initial"] = info.default.value if isinstance(info.default, Enum) else info.default
    named = marks_of(info, ChoicesFrom)
    many = get_origin(kind) in (list, tuple, set, frozenset)
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
    if many:
        return forms.MultipleChoiceField(choices=offered, widget=forms.CheckboxSelectMultiple, **common)
    options = offered if common["required"] else [("", "未选"), *offered]
    if len(options) <= FEW:
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
    blank = [] if not common["required"] else [("", "请选择")]
    select = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(choices=[*blank, *options], widget=select, **common)


def _plain(kind: Any, info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    attrs: dict[str, Any] = {"class": "form-control"}
    low, high = limit(info, annotated_types.Ge, "ge"), limit(info, annotated_types.Le, "le")
    if kind is bool:
        return forms.BooleanField(**{**common, "required": False})
    if kind is int:
        widget = forms.NumberInput(attrs={**attrs, "inputmode": "numeric", "data-narrow": ""})
        return forms.IntegerField(min_value=low, max_value=high, widget=widget, **common)
    if kind is Decimal:
        places = next((mark.decimal_places for mark in info.metadata if hasattr(mark, "decimal_places")), None)
        widget = forms.NumberInput(attrs={**attrs, "inputmode": "decimal", "data-narrow": ""})
        return forms.DecimalField(min_value=low, max_value=high, decimal_places=places, widget=widget, **common)
    if kind is datetime:
        return MomentField(widget=forms.DateTimeInput({**attrs, "type": "datetime-local"}, "%Y-%m-%dT%H:%M"), **common)
    if kind is date:
        return forms.DateField(widget=forms.DateInput({**attrs, "type": "date"}, "%Y-%m-%d"), **common)
    if kind is UUID:
        return forms.UUIDField(widget=forms.TextInput(attrs=attrs), **common)
    longest = limit(info, annotated_types.MaxLen, "max_length")
    shortest = limit(info, annotated_types.MinLen, "min_length")
    long = marks_of(info, LongText)
    widget = forms.Textarea(attrs={**attrs, "rows": LongText.rows}) if long else forms.TextInput(attrs=attrs)
    return forms.CharField(max_length=longest, min_length=shortest or None, widget=widget, **common)


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
