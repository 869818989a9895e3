from datetime import date, timedelta

import pytest
from registry.community import LONG_AGO, County, actor_at

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.models import Outbox
from yigongti.registry.consortia.models import Membership
from yigongti.registry.consortia.queries import consortia_of, fellow_members, lead_of, members, tight_consortium_of
from yigongti.registry.consortia.services import (
    admit,
    arrange_assistance,
    change_duties,
    close_centre,
    dissolve,
    edit_consortium,
    end_assistance,
    end_membership,
    found,
    name_lead,
    open_centre,
)

DAY = date(2026, 3, 1)


def names(here: County, on: date) -> list[str]:
    return [membership.organization.name for membership in members(here.consortium, on)]


def test_the_lead_is_the_first_member(here: County) -> None:
    assert names(here, LONG_AGO) == ["蓝山县中心医院", "城东卫生院", "城西卫生院"]
    assert lead_of(here.consortium, LONG_AGO) == here.hospital
    assert lead_of(here.consortium, LONG_AGO - timedelta(days=1)) is None


def test_membership_is_read_as_of_a_day(here: County) -> None:
    end_membership(SYSTEM, membership=here.membership(here.west), on=DAY)
    assert here.consortium in consortia_of(here.west, DAY - timedelta(days=1))
    assert not consortia_of(here.west, DAY).exists()
    assert tight_consortium_of(here.east, DAY) == here.consortium
    assert set(fellow_members(here.east, DAY)) == {here.hospital}
    news = Outbox.objects.get(name="MembershipEnded").payload
    assert news["organization"] == here.west.pk
    assert news["on"] == "2026-03-01"


def test_a_member_may_come_back_but_not_twice_at_once(here: County) -> None:
    with pytest.raises(Conflict, match="该机构在这一时期已是成员") as refused:
        admit(SYSTEM, consortium=here.consortium, organization=here.west, start=DAY)
    assert refused.value.field == "organization"
    assert "结束原来的一条" in refused.value.hint
    end_membership(SYSTEM, membership=here.membership(here.west), on=DAY)
    admit(SYSTEM, consortium=here.consortium, organization=here.west, start=DAY)
    assert names(here, DAY)[-1] == "城西卫生院"
    with pytest.raises(Conflict, match="已于 2026-03-01 结束"):
        end_membership(SYSTEM, membership=Membership.objects.filter(organization=here.west).earliest("start"), on=DAY)


def test_an_end_before_the_start_is_refused_with_its_field(here: County) -> None:
    with pytest.raises(Invalid, match="结束日期应晚于开始日期") as refused:
        end_membership(SYSTEM, membership=here.membership(here.west), on=LONG_AGO)
    assert refused.value.field == "until"


def test_another_lead_from_a_day_on(here: County) -> None:
    name_lead(SYSTEM, consortium=here.consortium, organization=here.east, on=DAY)
    before = DAY - timedelta(days=1)
    assert (lead_of(here.consortium, before), lead_of(here.consortium, DAY)) == (here.hospital, here.east)
    assert set(names(here, before)) == set(names(here, DAY))
    with pytest.raises(Conflict, match="已是牵头单位"):
        name_lead(SYSTEM, consortium=here.consortium, organization=here.east, on=DAY)
    name_lead(SYSTEM, consortium=here.consortium, organization=here.city, on=date(2026, 4, 1))
    assert lead_of(here.consortium, date(2026, 4, 1)) == here.city
    with pytest.raises(Conflict, match="牵头单位不能直接退出"):
        end_membership(SYSTEM, membership=here.membership(here.city))


def test_the_lead_does_not_join_or_change_by_the_side_door(here: County) -> None:
    with pytest.raises(Invalid, match="不能直接加入"):
        admit(SYSTEM, consortium=here.consortium, organization=here.city, role="lead")
    with pytest.raises(Invalid, match="生效日期"):
        change_duties(SYSTEM, membership=here.membership(here.east), duties="", role="lead")
    changed = change_duties(SYSTEM, membership=here.membership(here.east), duties="首诊、慢病管理")
    assert (changed.duties, changed.role) == ("首诊、慢病管理", "branch")


def test_members_join_while_consortium_and_organisation_exist(here: County) -> None:
    with pytest.raises(Invalid, match="存续期"):
        admit(SYSTEM, consortium=here.consortium, organization=here.city, start=date(2019, 1, 1))
    with pytest.raises(Invalid, match="没有开办"):
        admit(SYSTEM, consortium=found(SYSTEM, lead=here.city, start=date(2010, 1, 1), code="Z", name="专科联盟",
              kind="specialist", tightness="loose"), organization=here.east, start=date(2011, 1, 1))  # fmt: skip


def test_a_centre_is_run_by_a_member_and_keeps_it_there(here: County) -> None:
    with pytest.raises(Invalid, match="不是 蓝山县医共体 的成员"):
        open_centre(SYSTEM, consortium=here.consortium, kind="ecg", organization=here.city)
    centre = open_centre(SYSTEM, consortium=here.consortium, kind="ecg", organization=here.east, start=LONG_AGO)
    with pytest.raises(Conflict, match="还承办心电诊断中心"):
        end_membership(SYSTEM, membership=here.membership(here.east), on=DAY)
    close_centre(SYSTEM, centre=centre, on=DAY)
    end_membership(SYSTEM, membership=here.membership(here.east), on=DAY)


def test_dissolving_ends_everything_inside(here: County) -> None:
    open_centre(SYSTEM, consortium=here.consortium, kind="ecg", organization=here.east, start=LONG_AGO)
    dissolve(SYSTEM, consortium=here.consortium, on=DAY)
    assert not members(here.consortium, DAY).exists()
    assert here.consortium.centres.on(DAY).count() == 0
    assert Outbox.objects.filter(name="MembershipEnded").count() == 3


def test_assistance_by_a_city_hospital(here: County) -> None:
    help_ = arrange_assistance(SYSTEM, helper=here.city, helped=here.hospital, speciality="心内科", start=LONG_AGO)
    with pytest.raises(Conflict, match="同一专科的帮扶关系"):
        arrange_assistance(SYSTEM, helper=here.city, helped=here.hospital, speciality="心内科", start=DAY)
    with pytest.raises(Invalid, match="不能是同一家"):
        arrange_assistance(SYSTEM, helper=here.city, helped=here.city)
    assert end_assistance(SYSTEM, assistance=help_, on=DAY).until == DAY


def test_only_those_who_maintain_the_lead_maintain_its_consortium(here: County) -> None:
    council, sister = actor_at("council", here.hospital, here.east), actor_at("council", here.east)
    edit_consortium(council, consortium=here.consortium, description="一体化管理")
    for stranger in (sister, actor_at("family-doctor", here.hospital), actor_at("council", here.city)):
        with pytest.raises(Forbidden):
            edit_consortium(stranger, consortium=here.consortium, description="")
        with pytest.raises(Forbidden):
            admit(stranger, consortium=here.consortium, organization=here.city)
        with pytest.raises(Forbidden):
            end_membership(stranger, membership=here.membership(here.west))
        with pytest.raises(Forbidden):
            name_lead(stranger, consortium=here.consortium, organization=here.east)
