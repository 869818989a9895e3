"""What became different at two branches, so that their figures have something to tell.

At one a family doctor left and nobody follows up the patients yet: fewer of them are measured, the months of control
fall out of their limits. At another follow-ups were few, and became regular within half a year.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.people import Member, Staff
from yigongti.kernel.access.models import Grant
from yigongti.registry.staff.models import Position

LEFT, IMPROVED = "suocheng", "taiping"
"""Keys of the branches (:mod:`.lanshan`)."""
SETTLED = timedelta(days=5)
"""A month is looked at when it has been over for so long."""
USUAL, FEWER, LEFT_ALONE = 0.9, 0.55, 0.05
"""Of the follow-ups that are due so many take place: usually, before they became regular, after the doctor left."""


@dataclass(frozen=True)
class Turn:
    """Who left and when, who stands in where it must be; the branch that got better, since when it does."""

    left: Member
    standing_in: Member
    left_on: date
    improved: int
    began_on: date


def turn(community: Community, staff: Staff, today: date) -> Turn:
    """The doctor left two months before the newest month that is over: nobody has come since in three of them."""
    left_on = today - SETTLED
    for _ in range(3):
        left_on = _month_before(left_on)
    doctors = staff.ever(community.organizations[LEFT].pk, "family-doctor")
    improved = community.organizations[IMPROVED].pk
    return Turn(doctors[-1], doctors[0], left_on, improved, _month_before(left_on - timedelta(days=270)))


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def leave(one: Turn) -> None:
    """The post of who left is over, and what the account was allowed."""
    Position.objects.filter(practitioner=one.left.practitioner, until=None).update(until=one.left_on)
    Grant.objects.filter(user=one.left.user, until=None).update(until=one.left_on)


def tell(database: duckdb.DuckDBPyConnection, one: Turn) -> None:
    """Macros of DuckDB: ``doctor_on`` (who sees a doctor's patients on a day), ``kept`` (the share of follow-ups)."""
    left, instead = one.left.practitioner.pk, one.standing_in.practitioner.pk
    database.execute(
        MACROS.format(left=left, instead=instead, left_on=one.left_on, improved=one.improved, began=one.began_on)
    )


MACROS = f"""
CREATE OR REPLACE MACRO doctor_on(doctor, day) AS
    CASE WHEN doctor = {{left}} AND day >= DATE '{{left_on}}' THEN {{instead}} ELSE doctor END;
CREATE OR REPLACE MACRO kept(township, doctor, day) AS
    CASE WHEN doctor = {{left}} AND day >= DATE '{{left_on}}' THEN {LEFT_ALONE}
         WHEN township = {{improved}} THEN least({USUAL}, greatest({FEWER},
              {FEWER} + ({USUAL} - {FEWER}) * (CAST(day AS DATE) - DATE '{{began}}') / 180.0))
         ELSE {USUAL} END;
"""
