"""Forms derived from pydantic models: labels, kinds and limits are declared once, in the schema of the service.

``form_for(Submission, choices={"departments": …})`` gives a form class whose ``data_object`` is the validated model.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pydantic
from django import forms
from django.http import QueryDict

from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.ui.fields import field_for
from yigongti.kernel.ui.wording import in_chinese

Choices = Mapping[str, Iterable[tuple[Any, str]]]


class SchemaForm(forms.Form):
    """A form of a pydantic model. After ``is_valid()``, ``data_object`` is the model."""

    schema: ClassVar[type[pydantic.BaseModel]]
    #: fields that stand in a second column beside the others, such as long texts
    beside: frozenset[str] = frozenset()
    data_object: pydantic.BaseModel | None = None

    def clean(self) -> dict[str, Any]:
        """Validate with the schema; its messages land on their fields."""
        cleaned = super().clean() or self.cleaned_data
        given = {name: value for name, value in cleaned.items() if not self._silent(name, value)}
        if self.errors:
            return cleaned
        try:
            self.data_object = self.schema.model_validate(given)
        except pydantic.ValidationError as error:
            for item in error.errors():
                place = str(item["loc"][0]) if item["loc"] else ""
                self.add_error(place if place in self.fields else None, in_chinese(item))
        return cleaned

    def _silent(self, name: str, value: Any) -> bool:
        """An empty answer to an optional question is no answer: the schema's default holds."""
        return value in (None, "", []) and not self.schema.model_fields[name].is_required()

    def refuse(self, error: YigongtiError) -> None:
        """Show the refusal of a service at the field that it names, else above the form."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, f"{error.message}{'。' + error.hint if error.hint else ''}")

    @property
    def sensitive(self) -> bool:
        """Whether any field must never be kept in the browser."""
        return any(getattr(field, "sensitive", False) for field in self.fields.values())


def form_for(
    schema: type[pydantic.BaseModel],
    choices: Choices | None = None,
    *,
    exclude: Iterable[str] = (),
) -> type[SchemaForm]:
    """The form class of a schema. ``choices`` fills the fields marked ``ChoicesFrom(name)``."""
    left_out = set(exclude)
    fields = {
        name: field_for(name, info, dict(choices or {}))
        for name, info in schema.model_fields.items()
        if name not in left_out
    }
    return type(f"{schema.__name__}Form", (SchemaForm,), {"schema": schema, **fields})


def idempotency_key(data: QueryDict) -> str:
    """The key that the form carried; the same key twice has one effect."""
    return data.get("idempotency_key", "")
