"""What a target of a delivery is: a kind of row that can be received, and its columns.

The interchange layout with its templates, validation, the check of mappings and the documents all follow from here.
Types, lengths and lists of codes are those of the models, so they cannot differ from the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models

from yigongti.kernel.errors import NotFound

TYPES: Mapping[type[models.Field], str] = {
    models.DateTimeField: "timestamp",
    models.DateField: "date",
    models.DecimalField: "decimal",
    models.BooleanField: "boolean",
    models.JSONField: "json",
    models.BinaryField: "base64",
    models.IntegerField: "integer",
    models.Field: "text",
}
"""The first that fits says the type of a column; dates are ``2026-11-21``, times ISO 8601 (Beijing time if silent)."""


@dataclass(frozen=True)
class TargetColumn:
    """A column of a target.

    ``column`` is where it is stored (empty: resolved before, such as a key of the source to the row it names).
    ``codes`` lists what is allowed (code to Chinese word); ``system`` names the code system that the code is from;
    ``refers`` the target whose ``source_key`` stands here; ``key`` that it makes rows the same. An ``inner`` column
    is filled by messages alone, never by a spreadsheet.
    """

    name: str
    type: str
    title: str
    required: bool = False
    meaning: str = ""
    system: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    refers: str = ""
    column: str = ""
    length: int | None = None
    default: object = None
    sensitive: bool = False
    inner: bool = False


@dataclass(frozen=True)
class Target:
    """One kind of row that can be received. ``at`` is the column that says when it happened (empty: undated)."""

    name: str
    title: str
    resource: str
    model: type[models.Model]
    columns: tuple[TargetColumn, ...]
    at: str = ""
    key: tuple[str, ...] = ("source_key",)

    @property
    def table(self) -> str:
        """Where it is stored."""
        return self.model._meta.db_table

    @cached_property
    def by_name(self) -> Mapping[str, TargetColumn]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that no row may leave empty."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> TargetColumn:
        """The column of that name. Raises NotFound."""
        try:
            return self.by_name[name]
        except KeyError:
            hint = "可用：" + "、".join(self.by_name)
            raise NotFound(f"{self.title}没有字段 {name}", hint=hint) from None


def _type(of: models.Field) -> str:
    return next(name for kind, name in TYPES.items() if isinstance(of, kind))


def column_of(model: type[models.Model], name: str, meaning: str = "", **other: object) -> TargetColumn:
    """A column as the model declares it; a trailing ``!`` says that it is required."""
    of = model._meta.get_field(name.removesuffix("!"))
    assert isinstance(of, models.Field)
    return TargetColumn(
        name=of.name,
        type=_type(of),
        title=str(of.verbose_name),
        required=name.endswith("!"),
        meaning=meaning,
        codes={str(code): str(word) for code, word in of.flatchoices},
        column=str(of.column),
        length=of.max_length if _type(of) == "text" else None,
        default=None if of.get_default() in ("", None, [], {}) or callable(of.default) else of.get_default(),
        **other,  # type: ignore[arg-type]
    )
