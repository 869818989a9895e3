"""What an entry says, in the words of the models: which record, which fields, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .kinds import declared, tables
from .models import Entry
from .triggers import is_audited

LONGEST = 200


@dataclass(frozen=True)
class Change:
    """A field with its old and new value, as people read them."""

    label: str
    old: str
    new: str


def subjects() -> list[tuple[str, str]]:
    """The kinds of things that leave entries, for a filter."""
    audited = [
        (table, str(model._meta.verbose_name))
        for table, model in tables().items()
        if is_audited(getattr(model._meta, "triggers", ()))
    ]
    return [*sorted(audited, key=lambda item: item[1]), *declared().items()]


def labels(subject: str) -> Mapping[str, str]:
    """Column → label of the model."""
    model = tables().get(subject)
    fields = model._meta.concrete_fields if model else ()
    return {field.column: str(field.verbose_name) for field in fields if field.column}


def shown(value: Any) -> str:
    """A value for people; encrypted columns stay closed."""
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    text = str(value)
    if text.startswith("\\x"):
        return "（加密）"
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def changes(entry: Entry) -> list[Change]:
    """Field by field: what was and what is."""
    names = labels(entry.subject)
    data = entry.data if isinstance(entry.data, dict) else {}
    if entry.action == Entry.Action.UPDATE and "old" in data:
        old, new = data["old"], data.get("new") or {}
    elif entry.action == Entry.Action.DELETE:
        old, new = data, {}
    else:
        old, new = {}, data
    columns = dict.fromkeys([*old, *new])
    return [
        Change(
            names.get(column, column),
            shown(old[column]) if column in old else "",
            shown(new[column]) if column in new else "",
        )
        for column in columns
    ]
