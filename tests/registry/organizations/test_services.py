from datetime import date, timedelta

import pytest
from registry.community import LONG_AGO, County, actor_at, organization

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.models import Outbox
from yigongti.registry.consortia.services import end_membership
from yigongti.registry.organizations.models import CareFunction, Organization
from yigongti.registry.organizations.queries import (
    capable,
    departments_open,
    functions_of,
    organizations_nearby,
    search_organizations,
)
from yigongti.registry.organizations.services import (
    assign_function,
    close_department,
    close_organization,
    edit_department,
    edit_function,
    edit_organization,
    end_function,
    open_department,
    open_organization,
)

DAY = date(2026, 3, 1)
Extent = CareFunction.Extent


def test_an_organisation_is_found_by_code_name_and_pinyin(here: County) -> None:
    for text in ("蓝山县中心", "lsxzxyy", "lanshanxianzhongxin", here.hospital.code):
        assert here.hospital in search_organizations(text)
    renamed = edit_organization(SYSTEM, organization=here.hospital, name="蓝山县人民医院", short_name="县医院")
    assert renamed.pinyin.startswith("lsxrmyy lanshanxianrenminyiyuan xyy")
    assert str(renamed) == "县医院"


def test_what_makes_no_sense_is_refused_with_its_field(here: County) -> None:
    with pytest.raises(Conflict, match="机构代码已被使用") as taken:
        organization("又一家", "township", here.authority, code=here.east.code)
    assert (taken.value.field, "打开已有的" in taken.value.hint) == ("code", True)
    with pytest.raises(Invalid, match="机构类别"):
        organization("没有类别", "township", here.authority, institution_class="")
    with pytest.raises(Invalid, match="机构类别（WS 218）：值 'Z999' 不是有效选项") as unknown:
        organization("类别不对", "township", here.authority, institution_class="Z999")
    assert unknown.value.field == "institution_class"
    with pytest.raises(Invalid, match="不能作它的上级") as circle:
        edit_organization(SYSTEM, organization=here.authority, part_of=here.clinic)
    assert circle.value.field == "part_of"


def test_an_organisation_closes_when_nothing_holds_there_any_more(here: County) -> None:
    department = open_department(SYSTEM, organization=here.west, code="02", name="全科", opened_on=LONG_AGO)
    function = assign_function(
        SYSTEM,
        tier="",
        kind="disease",
        code="I10",
        name="高血压",
        extent="treat",
        organization=here.west,
        start=LONG_AGO,
    )
    with pytest.raises(Conflict, match="城西卫生院 仍有1 条成员"):
        close_organization(SYSTEM, organization=here.west, on=DAY)
    with pytest.raises(Conflict, match="仍有1 条下属机构"):
        close_organization(SYSTEM, organization=here.east, on=DAY)
    end_membership(SYSTEM, membership=here.membership(here.west), on=DAY)
    closed = close_organization(SYSTEM, organization=here.west, on=DAY)
    department.refresh_from_db()
    function.refresh_from_db()
    assert (closed.closed_on, department.closed_on, function.until) == (DAY, DAY, DAY)
    assert here.west not in Organization.objects.on(DAY)
    assert here.west in Organization.objects.on(DAY - timedelta(days=1))
    assert Outbox.objects.get(name="OrganizationClosed").payload["organization"] == here.west.pk


def test_a_department_name_is_single_at_a_time(here: County) -> None:
    first = open_department(SYSTEM, organization=here.east, code="02", name="全科", opened_on=LONG_AGO)
    with pytest.raises(Conflict, match="已有同名科室"):
        open_department(SYSTEM, organization=here.east, code="03", name="全科", opened_on=DAY)
    close_department(SYSTEM, department=first, on=DAY)
    again = open_department(SYSTEM, organization=here.east, code="02", name="全科", opened_on=DAY)
    assert list(departments_open(here.east, DAY)) == [again]
    assert not edit_department(SYSTEM, department=again, accepts_referrals=False).accepts_referrals


def test_the_own_function_goes_before_that_of_the_level_and_the_exact_code_first(here: County) -> None:
    def say(code: str, extent: str, owner: Organization | None = None, **dates: date) -> CareFunction:
        return assign_function(
            SYSTEM, tier="township", kind="disease", code=code, name=code, extent=extent, organization=owner,
            **{"start": LONG_AGO, **dates},  # type: ignore[arg-type]
        )  # fmt: skip

    say("I", Extent.REFER)
    exact = say("I10", Extent.TREAT)
    own = say("I", Extent.CONTINUE, here.east)
    assert capable(here.west, "I10.x00", DAY) == Extent.TREAT
    assert capable(here.west, "I21.900", DAY) == Extent.REFER
    assert capable(here.east, "I10.x00", DAY) == Extent.CONTINUE
    assert capable(here.hospital, "I10.x00", DAY) is None
    end_function(SYSTEM, function=exact, on=DAY)
    assert capable(here.west, "I10.x00", DAY) == Extent.REFER
    assert edit_function(SYSTEM, function=own, extent="treat").extent == "treat"
    assert functions_of(here.east, DAY).count() == 2
    with pytest.raises(Conflict, match="已有定位"):
        say("I", Extent.TREAT)


def test_the_nearest_come_first(here: County) -> None:
    for place, (x, y) in {here.east: (112.19, 25.37), here.west: (112.05, 25.40), here.city: (111.61, 26.42)}.items():
        edit_organization(SYSTEM, organization=place, longitude=x, latitude=y)
    near = list(organizations_nearby(longitude=112.20, latitude=25.37, within_km=30, on=DAY))
    assert near == [here.east, here.west]
    assert near[0].distance == pytest.approx(1.0, abs=0.02)  # type: ignore[attr-defined]


def test_who_may_open_edit_and_close_what(here: County) -> None:
    director = actor_at("director", here.east, here.clinic)
    edit_organization(director, organization=here.clinic, phone="0746-1")
    opened = open_organization(
        director, code="V9", name="新村卫生室", tier="village", institution_class="D600", part_of=here.east
    )
    assert opened.part_of == here.east
    refused = [
        lambda who: edit_organization(who, organization=here.west, phone="1"),
        lambda who: close_organization(who, organization=here.west),
        lambda who: open_department(who, organization=here.west, code="02", name="全科"),
        lambda who: open_organization(who, code="W", name="无上级", tier="county", institution_class="A100"),
        lambda who: edit_organization(who, organization=here.clinic, part_of=here.west),
        lambda who: assign_function(who, tier="township", kind="disease", name="高血压", extent="treat"),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt(director)
        with pytest.raises(Forbidden):
            attempt(actor_at("family-doctor", here.west))
    open_organization(
        actor_at("commission", here.authority), code="W", name="新医院", tier="county", institution_class="A100"
    )
