"""How registry rows are written: the database decides, and its refusal is told in the words of the field.

Constraints live in the models; nothing is asked twice, so two people who write at once get the same answer as one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

import psycopg
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from yigongti.kernel.errors import Conflict, Invalid, NotFound, YigongtiError
from yigongti.registry.periods import UNTIL

M = TypeVar("M", bound=models.Model)

WAYS_OUT = {
    "23505": "请换一个，或打开已有的那一条修改",
    "23P01": "请先结束原来的一条，或调整起止日期",
    "23503": "还有别的记录用到它，请先处理那些记录",
}


def store(row: M, /, **changes: Any) -> M:
    """Set ``changes`` on a row and write it.

    Raises :class:`Invalid` for a value that makes no sense and :class:`Conflict` for one that clashes with another row.
    """
    for name, value in changes.items():
        setattr(row, name, value)
    with explained(type(row)):
        relations = {field.name for field in row._meta.fields if field.is_relation}
        row.clean_fields(exclude=relations)
        row.save()
    return row


def locked(row: M) -> M:
    """The row as it is now, locked until the command ends."""
    try:
        return type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
    except type(row).DoesNotExist as error:  # type: ignore[attr-defined]
        raise NotFound(f"这条{row._meta.verbose_name}已不存在", hint="请返回列表刷新") from error


def finish(row: M, on: date, *, until: str = UNTIL) -> M:
    """End a period on a day (the first day on which it no longer holds)."""
    row = locked(row)
    ended: date | None = getattr(row, until)
    if ended is not None and ended <= on:
        raise Conflict(f"这条{row._meta.verbose_name}已于 {ended} 结束", hint="如日期有误，请更正起止日期", field="on")
    return store(row, **{until: on})


@contextmanager
def explained(model: type[models.Model]) -> Iterator[None]:
    """Turn a refusal of the model or of the database into an error that names the field and the way out."""
    try:
        with transaction.atomic():
            yield
    except ValidationError as error:
        raise _invalid(model, error) from error
    except IntegrityError as error:
        raise _refused(model, error) from error


def _invalid(model: type[models.Model], error: ValidationError) -> Invalid:
    field, messages = next(iter(error.message_dict.items()))
    return Invalid(f"{_label(model, field)}：{messages[0].rstrip('。')}", hint="请更正后再保存", field=field)


def _refused(model: type[models.Model], error: IntegrityError) -> YigongtiError:
    cause = error.__cause__
    diagnosis = cause.diag if isinstance(cause, psycopg.Error) else None
    state = (diagnosis and diagnosis.sqlstate) or ""
    name = (diagnosis and diagnosis.constraint_name) or ""
    constraint = next((c for c in model._meta.constraints if c.name == name), None)
    field = _field(model, constraint, (diagnosis and diagnosis.message_detail) or "")
    label = _label(model, field) if field else str(model._meta.verbose_name)
    if isinstance(constraint, models.CheckConstraint):
        return Invalid(f"{label}：{constraint.get_violation_error_message()}", hint="请更正后再保存", field=field)
    message = str(constraint.get_violation_error_message()) if constraint else f"{label}已被使用"
    return Conflict(message, hint=WAYS_OUT.get(state, "请更正后再保存"), field=field)


def _field(model: type[models.Model], constraint: models.BaseConstraint | None, detail: str) -> str:
    """The field that a person would change: the last of a unique key, the first of a check."""
    if isinstance(constraint, models.CheckConstraint):
        return _first_name(constraint.condition)
    key = detail.partition("(")[2].partition(")=")[0].partition("daterange")[0]
    columns = key.replace(" ", "").split(",")
    named = [field.name for column in columns for field in model._meta.fields if field.column == column]
    return named[-1] if named else ""


def _first_name(condition: Any) -> str:
    while isinstance(condition, Q):
        condition = condition.children[0]
    return str(condition[0]).split("__", maxsplit=1)[0]


def _label(model: type[models.Model], field: str) -> str:
    names = {f.name: str(f.verbose_name) for f in model._meta.fields}
    return names.get(field, str(model._meta.verbose_name))
