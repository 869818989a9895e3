import math
from datetime import date
from itertools import combinations

from registry.community import LONG_AGO, County, organization

from yigongti.kernel.access.actor import SYSTEM
from yigongti.registry.asof import AsOf
from yigongti.registry.consortia.picture import APART, HEIGHT, WIDTH, drawn, picture
from yigongti.registry.consortia.services import admit, arrange_assistance
from yigongti.registry.organizations.services import edit_organization

DAY = date(2026, 3, 1)


def test_without_coordinates_the_lead_stands_in_the_middle(here: County) -> None:
    arrange_assistance(SYSTEM, helper=here.city, helped=here.hospital, start=LONG_AGO)
    drawing = picture(here.consortium, DAY)
    kinds = {node.organization.name: node.kind for node in drawing.nodes}
    assert kinds == {
        "蓝山县中心医院": "lead",
        "城东卫生院": "member",
        "城西卫生院": "member",
        "东村卫生室": "village",
        "永州市中心医院": "outside",
    }
    lead = next(node for node in drawing.nodes if node.kind == "lead")
    assert lead.at == (WIDTH / 2, HEIGHT / 2)
    assert not drawing.mapped
    svg = drawn(drawing, "图", AsOf(DAY))
    assert all(f'href="{node.organization.get_absolute_url()}' in svg for node in drawing.nodes)
    assert "style=" not in svg


def test_with_coordinates_it_is_a_map_and_nobody_stands_on_anybody(here: County) -> None:
    for number, one in enumerate((here.hospital, here.east, here.west)):
        edit_organization(SYSTEM, organization=one, longitude=112.1 + (0.2 if number == 2 else 0), latitude=25.4)
    drawing = picture(here.consortium, DAY)
    members = [node for node in drawing.nodes if node.kind != "village"]
    assert drawing.mapped
    assert all(math.dist(one.at, other.at) >= APART - 1e-6 for one, other in combinations(members, 2))
    west = next(node for node in members if node.organization == here.west)
    assert all(node.at[0] <= west.at[0] for node in members)


def test_many_members_and_clinics_stay_inside_the_frame(here: County) -> None:
    for number in range(24):
        branch = organization(f"第{number}卫生院", "township", here.authority)
        admit(SYSTEM, consortium=here.consortium, organization=branch, role="branch", start=LONG_AGO)
        for clinic in range(3):
            organization(f"第{number}.{clinic}卫生室", "village", branch)
    drawing = picture(here.consortium, DAY)
    assert (drawing.count("member"), drawing.count("village")) == (26, 73)
    assert all(0 <= node.at[0] <= WIDTH and 0 <= node.at[1] <= HEIGHT for node in drawing.nodes)


def test_an_empty_consortium_draws_nothing(here: County) -> None:
    assert picture(here.consortium, date(2000, 1, 1)).nodes == []
