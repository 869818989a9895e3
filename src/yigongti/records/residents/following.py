"""Which rows follow a resident into another record, and which stay where they are.

Every table with a foreign key to the resident follows by itself; what is history of its own is declared here or, by
higher rooms, with :func:`stays`. A row that would break a rule of its table (two signings at a time, one consent of a
kind, one open referral of an illness) is left with the merged record and remembered there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models


@dataclass(frozen=True)
class Follower:
    """A column that names the resident. ``besides`` are columns of the row that lead to other rows of the record."""

    table: str
    column: str
    key: str
    identity: bool
    clinical: bool
    besides: tuple[tuple[str, str], ...]


#: model and field: written down as it was then, or about the merge itself
_stays: set[tuple[str, str]] = {
    ("residents.matchdecision", "resident"),
    ("residents.matchreview", "resident"),
    ("residents.matchreview", "candidate"),
    ("residents.residentmerge", "resident"),
    ("residents.residentmerge", "survivor"),
    ("residents.residentmerge", "loser"),
    ("residents.identitymove", "resident"),
    ("residents.identitymove", "target"),
    ("residents.resident", "merged_into"),
}
#: columns that name a resident without a foreign key
LOOSE = (Follower("access_user", "resident_id", "id", False, False, ()),)


def stays(model: str, field: str) -> None:
    """Say that the rows of ``app.model`` keep naming the resident of their time."""
    _stays.add((model.lower(), field))


#: model → what a row of it says, what to do about it, and where; None: it says nothing that the survivor has not
Explain = Callable[[Any], tuple[str, str, str]]
_explained: dict[str, Explain | None] = {}


def explains(model: str, explain: Explain | None) -> None:
    """Say what a row of ``app.model`` is that a merge left behind: text, way out, address (empty: none).

    None: such a row adds nothing (the survivor has the same), so that nobody need look at it.
    """
    _explained[model.lower()] = explain


def explanation(model: type[models.Model]) -> Explain | None:
    """How rows of a model are explained that stayed behind."""
    return _explained.get(model._meta.label_lower, lambda row: (str(row), SAME, ""))


SAME = "保留的档案已有同样的一项：了结其中一份后，再移动留下的内容"


@cache
def followers() -> tuple[Follower, ...]:
    """Every column that follows."""
    return (*_declared(), *LOOSE)


def _declared() -> Iterator[Follower]:
    from .models import Resident

    tables: dict[tuple[type[models.Model], Any], None] = {}
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            names_one = isinstance(field, models.ForeignKey) and field.related_model is Resident
            if names_one and (model._meta.label_lower, field.name) not in _stays:
                tables[model, field] = None
    following = {model for model, _ in tables} - {Resident}
    for model, field in tables:
        names = {f.name for f in model._meta.concrete_fields}
        yield Follower(
            table=model._meta.db_table,
            column=str(field.column),
            key=str(model._meta.pk.column),
            identity="identity" in names,
            clinical=model._meta.app_label not in ("residents", "privacy", "exchange"),
            besides=tuple(_besides(model, following)),
        )


def _besides(model: type[models.Model], following: set[Any]) -> Iterator[tuple[str, str]]:
    """Column and table of the rows that a row belongs to."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and field.related_model in following and field.name != "identity":
            yield str(field.column), field.related_model._meta.db_table


def append_only() -> list[str]:
    """The triggers that keep rows as they are: the move of a merge is the one exception, and it is remembered."""
    return [
        str(trigger.get_pgid(model))
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if trigger.name == "append_only"
    ]


def ignored() -> str:
    """Those triggers as the setting that lets a move pass them."""
    return "{" + ",".join(append_only()) + "}"
