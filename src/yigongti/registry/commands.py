"""Base of the registry's form pages: who may be chosen, where a form leads, and one small form for ending things."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.shortcuts import get_object_or_404
from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import SchemaForm
from yigongti.registry.organizations.models import Organization
from yigongti.registry.staff.sheets import SEXES
from yigongti.registry.terminology import shipped
from yigongti.registry.terminology.models import CodeSystem


class Ending(BaseModel):
    """From which day on something no longer holds."""

    on: date = Field(default_factory=clock.today, title="日期", description="从这一天起不再有效")


class Offered:
    """Choices that are read when a field of the form asks for them, once."""

    def __init__(self, read: Callable[[], Iterable[tuple[Any, str]]]) -> None:
        self._read = read

    @cached_property
    def _pairs(self) -> list[tuple[Any, str]]:
        return list(self._read())

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        return iter(self._pairs)


def organization_choices(within: Iterable[int] | None = None) -> Offered:
    """Organisations that are open (``within``: only these), by code, the higher levels first."""
    return Offered(lambda: _organizations(within))


def _organizations(within: Iterable[int] | None) -> Iterator[tuple[str, str]]:
    order = {
        tier: place for place, tier in enumerate(("authority", "city", "county", "township", "support", "village"))
    }
    rows = Organization.objects.on().values_list("code", "name", "tier")
    rows = rows if within is None else rows.filter(pk__in=within)
    for code, name, _ in sorted(rows, key=lambda row: (order.get(row[2], 9), row[0])):
        yield code, f"{name}（{code}）"


class RegistryCommand(CommandView):
    """A form about one registry row, found as ``self.row`` by the number in the address."""

    model: ClassVar[type[models.Model] | None] = None

    @cached_property
    def row(self) -> Any:
        """The row that the form is about; ``None`` for a form that makes a new one."""
        return get_object_or_404(self.model, pk=self.kwargs["pk"]) if self.model else None

    def choices(self, actor: Any) -> dict[str, Iterable[tuple[Any, str]]]:
        """Everything that registry forms offer; lists are read when a field needs them."""
        return {
            "organizations": organization_choices(),
            "institution_classes": shipped.institution_classes(),
            "hospital_levels": shipped.hospital_levels(),
            "management_types": shipped.management_types(),
            "specialities": self.specialities(),
            "sexes": list(SEXES.items()),
            "systems": Offered(lambda: CodeSystem.objects.order_by("code").values_list("code", "name")),
        }

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """The form of the schema; dates that default to today show today."""
        form = super().form_class(actor)
        for name, info in self.schema.model_fields.items():
            if info.default_factory and name in form.base_fields:
                form.base_fields[name].initial = info.get_default(call_default_factory=True)
        return form

    def specialities(self) -> list[tuple[str, str]]:
        """诊疗科目, and the one that the row has although it is not in the list."""
        own = getattr(self.row, "code", "") if self.model and self.model._meta.model_name == "department" else ""
        known = {code: f"{code} {name}" for code, name in shipped.specialities()}
        return list({**({own: own} if own else {}), **known}.items())

    def context(self, actor: Any) -> dict[str, Any]:
        """Where to go back to."""
        return {"cancel": self.back(), "lead": self.about()}

    def back(self) -> str:
        """The page of the row."""
        return self.row.get_absolute_url() if self.row is not None and hasattr(self.row, "get_absolute_url") else ""

    def about(self) -> str:
        """What the form is about."""
        return str(self.row) if self.row is not None else ""
