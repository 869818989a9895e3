"""What happened to registry rows, from the audit, in the words of their fields."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from yigongti.kernel.access.models import User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.ui.casepage import TimelineEntry

LATEST = 40
UNSAID = {"id", "pinyin", "initials"}


@dataclass(frozen=True)
class _Change:
    """One entry with what is needed to tell it."""

    entry: Entry
    model: type[models.Model]
    changes: dict[str, tuple[Any, Any]]


def history(*subjects: models.Model | models.QuerySet, latest: int = LATEST) -> list[TimelineEntry]:
    """The latest changes of rows and querysets of rows, newest first, with who did them."""
    keys: dict[type[models.Model], set[str]] = defaultdict(set)
    for subject in subjects:
        rows = subject.values_list("pk", flat=True) if isinstance(subject, models.QuerySet) else [subject.pk]
        keys[subject.model if isinstance(subject, models.QuerySet) else type(subject)] |= {str(pk) for pk in rows}
    wanted = Q()
    for model, ids in keys.items():
        wanted |= Q(subject=model._meta.db_table, subject_id__in=ids)
    tables = {model._meta.db_table: model for model in keys}
    entries = Entry.objects.filter(wanted).order_by("-at")[:latest] if any(keys.values()) else []
    told = [_Change(entry, tables[entry.subject], _changes(entry)) for entry in entries]
    names = _names(told)
    people = User.objects.in_bulk({change.entry.user_id for change in told if change.entry.user_id})
    return [_entry(change, people, names) for change in told]


def _changes(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Column → old and new value; a new row has no old ones."""
    if entry.action == Entry.Action.UPDATE:
        old, new = entry.data.get("old", {}), entry.data.get("new", {})
        return {column: (old.get(column), new.get(column)) for column in new if column not in UNSAID}
    shown = {column: value for column, value in entry.data.items() if value not in (None, "", False)}
    return {column: (None, value) for column, value in shown.items() if column not in UNSAID}


def _names(told: Iterable[_Change]) -> Mapping[tuple[type[models.Model], str], str]:
    """The names of everything that foreign keys in the changes point to: one statement for each kind."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for change in told:
        for field in change.model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.column in change.changes:
                wanted[field.related_model] |= {pk for pk in change.changes[field.column] if pk is not None}
    return {
        (model, str(pk)): str(row)
        for model, pks in wanted.items()
        for pk, row in model._base_manager.in_bulk(pks).items()
    }


def _entry(change: _Change, people: Mapping[int, User], names: Mapping[Any, str]) -> TimelineEntry:
    entry, fields = change.entry, {field.column: field for field in change.model._meta.concrete_fields}
    details = tuple(
        (str(fields[column].verbose_name), _told(fields[column], values, names, entry.action == Entry.Action.UPDATE))
        for column, values in change.changes.items()
        if column in fields
    )
    user = people.get(entry.user_id) if entry.user_id else None
    return TimelineEntry(
        title=f"{entry.get_action_display()}{change.model._meta.verbose_name}",
        at=entry.at,
        who=user.name if user else "平台",
        details=details,
    )


def _told(field: models.Field, values: tuple[Any, Any], names: Mapping[Any, str], both: bool) -> str:
    old, new = (_word(field, value, names) for value in values)
    return f"{old or '空'} → {new or '空'}" if both else new


def _word(field: models.Field, value: Any, names: Mapping[Any, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, models.ForeignKey):
        return names.get((field.related_model, str(value)), str(value))
    return str(dict(field.flatchoices).get(value, value))
