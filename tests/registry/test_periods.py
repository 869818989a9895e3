from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry.community import County, organization

from yigongti.kernel.errors import YigongtiError
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.consortia.queries import consortia_of, members
from yigongti.registry.storing import store

FIRST = date(2024, 1, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 45)), max_size=7))
def test_periods_as_the_database_keeps_them_equal_a_set_of_days(
    here: County, periods: list[tuple[int, int | None]]
) -> None:
    """What is accepted never overlaps, what overlaps is refused, and reading any day agrees with a set of days."""
    one = organization("某院", "township", here.authority)
    consortium = store(
        Consortium(
            code=one.code, name="盟", kind=Consortium.Kind.SPECIALIST, tightness=Consortium.Tightness.LOOSE, start=FIRST
        )
    )
    taken: set[int] = set()
    for start, until in periods:
        days = set(range(start, 60 if until is None else until))
        sensible = until is None or until > start
        row = Membership(
            consortium=consortium,
            organization=one,
            role="member",
            start=day(start),
            until=None if until is None else day(until),
        )
        try:
            store(row)
        except YigongtiError:
            assert not sensible or days & taken
        else:
            assert sensible
            assert not days & taken
            taken |= days
    edges = {0, 59} | {edge for start, until in periods for edge in (start, until or 59)}
    for number in sorted(edges | {edge - 1 for edge in edges if edge}):
        assert members(consortium, day(number)).exists() == (number in taken)
        assert consortia_of(one, day(number)).exists() == (number in taken)
        assert [row.holds(day(number)) for row in consortium.memberships.all()].count(True) == (number in taken)
