from datetime import date, timedelta

import pytest
from registry.community import LONG_AGO, County, actor_at

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.models import Outbox
from yigongti.registry.organizations.services import open_department
from yigongti.registry.staff.models import Practitioner
from yigongti.registry.staff.queries import positions_of, practitioner_of, search_staff, staff_of
from yigongti.registry.staff.services import (
    appoint,
    dispatch,
    edit_position,
    edit_practitioner,
    end_position,
    register_practitioner,
)

DAY = date(2026, 3, 1)


def doctor(here: County, code: str = "W1") -> Practitioner:
    return register_practitioner(
        SYSTEM, code=code, name="李建国", sex="1", organization=here.east, post="家庭医生", start=LONG_AGO
    )


def test_a_person_is_registered_with_the_first_post_and_found(here: County) -> None:
    li = doctor(here)
    assert [position.practitioner for position in staff_of(here.east, DAY)] == [li]
    for text in ("李建", "ljg", "lijian", "W1"):
        assert list(search_staff(text, DAY)) == [li]
    assert not search_staff("李建", LONG_AGO - timedelta(days=1)).exists()
    assert practitioner_of(None) is None


def test_a_post_ends_and_is_told(here: County) -> None:
    position = doctor(here).positions.get()
    end_position(SYSTEM, position=position, on=DAY)
    assert not staff_of(here.east, DAY).exists()
    assert Outbox.objects.get(name="PositionEnded").payload["organization"] == here.east.pk
    with pytest.raises(Conflict, match="已于"):
        end_position(SYSTEM, position=position, on=DAY)


def test_the_same_post_is_held_once_at_a_time(here: County) -> None:
    li = doctor(here)
    with pytest.raises(Conflict, match="已任此岗位"):
        appoint(SYSTEM, practitioner=li, organization=here.east, post="家庭医生", start=DAY)
    appoint(SYSTEM, practitioner=li, organization=here.west, post="家庭医生", kind="multi-site", start=DAY)
    assert {p.organization for p in positions_of(li, DAY)} == {here.east, here.west}


def test_dispatch_is_from_where_one_is_employed(here: County) -> None:
    li = doctor(here)
    sent = dispatch(
        SYSTEM, practitioner=li, home=here.east, to=here.clinic, post="坐诊", start=DAY, until=date(2027, 3, 1)
    )
    assert (sent.kind, sent.organization) == ("dispatched", here.clinic)
    with pytest.raises(Conflict, match="不在 城西卫生院 任职"):
        dispatch(SYSTEM, practitioner=li, home=here.west, to=here.clinic, post="坐诊")
    with pytest.raises(Invalid, match="同一家"):
        dispatch(SYSTEM, practitioner=li, home=here.east, to=here.east, post="坐诊")


def test_a_department_belongs_to_the_house(here: County) -> None:
    li = doctor(here)
    foreign = open_department(SYSTEM, organization=here.west, code="02", name="全科")
    own = open_department(SYSTEM, organization=here.east, code="02", name="全科")
    with pytest.raises(Invalid, match="不是 城东卫生院 的科室") as refused:
        edit_position(SYSTEM, position=li.positions.get(), department=foreign)
    assert refused.value.field == "department"
    edit_position(SYSTEM, position=li.positions.get(), department=own)
    assert [p.department for p in staff_of(here.east, DAY, own)] == [own]


def test_staff_is_maintained_where_it_works(here: County) -> None:
    li = doctor(here)
    stranger, own = actor_at("director", here.west), actor_at("director", here.east)
    for attempt in (
        lambda who: edit_practitioner(who, practitioner=li, title="主任医师"),
        lambda who: end_position(who, position=li.positions.get(), on=DAY),
        lambda who: appoint(who, practitioner=li, organization=here.east, post="院长"),
        lambda who: dispatch(who, practitioner=li, home=here.east, to=here.west, post="坐诊"),
        lambda who: register_practitioner(who, code="W2", name="王", sex="1", organization=here.east, post="护士"),
    ):
        with pytest.raises(Forbidden):
            attempt(stranger)
        with pytest.raises(Forbidden):
            attempt(actor_at("family-doctor", here.east))
    assert edit_practitioner(own, practitioner=li, title="主任医师").title == "主任医师"
