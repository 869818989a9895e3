"""Only the own organisation enters: neither the lead above it nor an authority."""

from collections.abc import Iterator

import pytest
from reporting_play import NOW, House, filled, make_house, opened, step

from yigongti.insight.reporting import evidence, services
from yigongti.insight.reporting.schemas import ItemIn
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.errors import Forbidden, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Iterator[House]:
    with clock.travelling(NOW):
        yield make_house()


def above(house: House, role: str) -> Actor:
    """Somebody at the lead with a role that reaches over everything below."""
    lead, town = house.organization("county"), house.organization("town")
    user = house.community.users["director"]
    return Actor(user.pk, user.name, lead, (GrantedRole(role, lead, frozenset({lead, town})),))


@pytest.mark.parametrize("role", ["director", "data-office"])
def test_who_stands_above_does_not_enter(house: House, role: str) -> None:
    report, actor = opened(house), above(house, role)
    with pytest.raises(Forbidden, match="自己的人填写"):
        services.fill(actor, report=report, items=[ItemIn(item="expert-days", absent=True, note="无")])
    with pytest.raises(Forbidden, match="自己的人填写"):
        evidence.add(actor, report=report, item="expert-days", name="a.pdf", content=b"%PDF-1.4")
    with pytest.raises(NotFound):
        services.access_report(actor, report.pk)
    with acting(SYSTEM):
        assert {duty.organization_id for duty in services.open_duties(actor)} == {house.organization("county")}


def test_desks_owe_their_own(house: House) -> None:
    report = opened(house)
    with acting(house.entering):
        assert [one.pk for one in services.to_handle(house.entering)] == [report.pk]
    with acting(house.reviewing):
        assert not services.to_handle(house.reviewing)
    step(house.entering, filled(house, report), "submit")
    with acting(house.entering):
        assert not services.to_handle(house.entering)
    with acting(house.reviewing):
        assert [one.pk for one in services.to_handle(house.reviewing)] == [report.pk]
