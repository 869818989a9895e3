"""As-of-date: rows that hold from a day until a day (not included)."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from yigongti.kernel import clock

START, UNTIL = "start", "until"


def holding(day: date | None = None, *, start: str = START, until: str = UNTIL) -> Q:
    """The condition that a row is in force on a day (default: today); the names may lead through relations."""
    day = day or clock.today()
    return Q(**{f"{start}__lte": day}) & (Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": day}))


class PeriodQuerySet(models.QuerySet):
    """Rows with ``start`` and ``until``."""

    def on(self, day: date | None = None) -> Self:
        """Those in force on a day (default: today)."""
        return self.filter(holding(day))

    def after(self, day: date) -> Self:
        """Those that hold on some day from ``day`` on."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=day))


class Period(models.Model):
    """A row that holds from ``start`` until ``until`` (not included; empty: until further notice)."""

    start = models.DateField("起", default=clock.today)
    until = models.DateField("止（不含）", null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True

    def holds(self, day: date | None = None) -> bool:
        """Whether the row is in force on a day (default: today)."""
        day = day or clock.today()
        return self.start <= day and (self.until is None or day < self.until)


def in_order(name: str, *, start: str = START, until: str = UNTIL) -> models.CheckConstraint:
    """A period ends after it starts."""
    return models.CheckConstraint(
        condition=Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": F(start)}),
        name=name,
        violation_error_message="结束日期应晚于开始日期",
    )


def one_at_a_time(
    name: str,
    *fields: str,
    start: str = START,
    until: str = UNTIL,
    message: str = "同一时期已有一条相同的记录，请先结束原来的一条",
    absent: tuple[str, ...] = (),
    condition: Q | None = None,
) -> ExclusionConstraint:
    """At most one row at any day for the same ``fields`` (``absent``: foreign keys of which emptiness is a value)."""
    same: list[tuple[Any, str]] = [(field, RangeOperators.EQUAL) for field in fields]
    same += [(Coalesce(F(field), Value(0)), RangeOperators.EQUAL) for field in absent]
    days = Func(F(start), F(until), Value("[)"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=name,
        expressions=[*same, (days, RangeOperators.OVERLAPS)],
        condition=condition,
        violation_error_message=message,
    )
