"""As-of-date: rows that hold from a day until a day (not included)."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from yigongti.kernel import clock


class PeriodQuerySet(models.QuerySet):
    """Rows with ``start`` and ``until``."""

    def on(self, day: date | None = None) -> Self:
        """Those in force on a day (default: today)."""
        day = day or clock.today()
        return self.filter(Q(until__isnull=True) | Q(until__gt=day), start__lte=day)


class Period(models.Model):
    """A row that holds from ``start`` until ``until`` (not included; empty: until further notice)."""

    start = models.DateField("起", default=clock.today)
    until = models.DateField("止（不含）", null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True


def in_order(name: str) -> models.CheckConstraint:
    """A period ends after it starts."""
    return models.CheckConstraint(
        condition=Q(until__isnull=True) | Q(until__gt=F("start")),
        name=name,
        violation_error_message="结束日期应晚于开始日期",
    )


def one_at_a_time(name: str, *fields: str) -> ExclusionConstraint:
    """At most one row at any day for the same ``fields``."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *[(field, RangeOperators.EQUAL) for field in fields],
            (
                Func(F("start"), F("until"), Value("[)"), function="daterange", output_field=DateRangeField()),
                RangeOperators.OVERLAPS,
            ),
        ],
        violation_error_message="同一时期已有一条相同的记录，请先结束原来的一条",
    )
