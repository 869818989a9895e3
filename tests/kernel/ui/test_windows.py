"""Parts of several lists in one statement."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ui.windows import Wanted, Windows
from yigongti.registry.organizations.models import Organization

pytestmark = pytest.mark.django_db
ROWS: Windows[Organization] = Windows(
    lambda: Organization.objects.select_related("part_of").only("name", "tier", "part_of__name")
)


@pytest.fixture
def county() -> None:
    with acting(SYSTEM):
        town = Organization.objects.create(code="T", name="镇", tier="township", opened_on=date(2024, 1, 1))
        for n in range(30):
            Organization.objects.create(
                code=f"V{n:02}", name=f"村{n:02}", tier="village", part_of=town, opened_on=date(2024, 1, 1)
            )


def test_lists_are_read_together_each_in_its_order(county: None) -> None:
    villages = Organization.objects.filter(tier="village")
    wanted = [
        Wanted(villages.order_by("-name"), 0, 3, 1001),
        Wanted(villages.order_by("name"), 28, 5, 1001),
        Wanted(Organization.objects.filter(pk__in=[]), 0, 3, 1001),
        Wanted(Organization.objects.filter(tier="county"), 0, 3, 1001),
        Wanted(villages.order_by("name"), 60, 5, 1001),
        Wanted(villages.order_by("name"), 0, 2, 10),
    ]
    with acting(SYSTEM), CaptureQueriesContext(connection) as captured:
        found = ROWS(wanted)
        above = {row.part_of.name for window in found for row in window.rows}  # type: ignore[union-attr]
    assert len(captured) == 1
    assert [[row.name for row in window.rows] for window in found] == [
        ["村29", "村28", "村27"],
        ["村28", "村29"],
        [],
        [],
        [],
        ["村00", "村01"],
    ]
    assert [window.known for window in found] == [30, 30, 0, 0, 0, 10]
    assert above == {"镇"}


def test_rows_are_whole_objects(county: None) -> None:
    with acting(SYSTEM):
        [window] = ROWS([Wanted(Organization.objects.filter(code="T"), 0, 1, 10)])
        [town] = window.rows
        assert (town.name, town.part_of, town.get_tier_display()) == ("镇", None, "乡镇（社区）级")
        assert town.get_deferred_fields() >= {"code", "opened_on"}
        assert town.code == "T"


def test_a_shape_with_conditions_is_refused() -> None:
    with acting(SYSTEM), pytest.raises(TypeError, match="no conditions"):
        Windows(lambda: Organization.objects.filter(code="T"))([Wanted(Organization.objects.all(), 0, 1, 1)])
