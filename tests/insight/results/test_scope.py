"""Whose numbers are seen: of the own county, not of another."""

import pytest
from care_community import Community, build

from yigongti.insight.results import scope
from yigongti.insight.results.models import Unit
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.registry.organizations.models import Organization


@pytest.fixture
def community(db: None) -> Community:
    made = build()
    with acting(SYSTEM):
        for county in ("431127", "431128", "431202"):
            Unit.objects.create(level="county", key=county, title=county, county=county)
        Unit.objects.create(level="consortium", key="1", title="医共体", county="431127")
        Unit.objects.create(level="consortium", key="2", title="邻县医共体", county="431128")
    return made


@pytest.mark.parametrize(
    ("area", "counties", "consortia"),
    [
        ("431127", {"431127"}, {"1"}),
        ("431127000000", {"431127"}, {"1"}),
        ("431100", {"431127", "431128"}, {"1", "2"}),
        ("430000", {"431127", "431128", "431202"}, {"1", "2"}),
        ("431200", {"431202"}, set()),
        ("", set(), set()),
    ],
)
def test_who_watches_sees_the_own_area(
    community: Community, area: str, counties: set[str], consortia: set[str]
) -> None:
    actor = community.actors["commission"]
    with acting(SYSTEM):
        Organization.objects.filter(pk=actor.organization_id).update(area_code=area)
    with acting(actor):
        seen = set(scope.units(actor).values_list("level", "key"))
    assert seen == {("county", one) for one in counties} | {("consortium", one) for one in consortia}


def test_a_member_sees_the_own_county_only(community: Community) -> None:
    actor = community.actors["town-director"]
    with acting(actor):
        levels = set(scope.units(actor).filter(level="county").values_list("key", flat=True))
    assert levels == {"431127"}
