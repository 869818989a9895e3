"""A person is found by a further name, a second telephone, and what was told before a correction; within rights."""

from datetime import date

import pytest
from records_community import Community, make_community, works_at

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.records.exchange.mllp import services, taking
from yigongti.records.exchange.services import register_source
from yigongti.records.residents import queries
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import SaidAlso

NUMBER = generate(date(1961, 5, 17), "1", "431127", 7)
NAMES = "周^建国^^^^^L~周^大毛^^^^^N"
PHONES = "13900001111^PRN^CP~0746-2211000^PRN^PH"


@pytest.fixture
def community(db: None) -> Community:
    made = make_community()
    source = register_source(SYSTEM, code="his-h1", title="县医院 HIS", organization=made.hospital)
    services.register_sender(SYSTEM, application="HIS", facility="H1", source=source)
    return made


def sent(control: str, names: str = NAMES, phones: str = PHONES) -> str:
    head = f"MSH|^~\\&|HIS|H1|YGT|YGT|20260301103000||ADT^A31|{control}|P|2.5.1||||||UNICODE UTF-8"
    person = f"PID|1||P1^^^H1^PI~{NUMBER}^^^^NI||{names}||19610517|M|||永兴路3号^^蓝山县^湖南省||{phones}"
    [answer] = taking.take("\r".join([head, "EVN|A31|20260301102500", person, ""]).encode())
    return answer.split("\r")[1].split("|")[1]


def found(actor: Actor, text: str) -> list[tuple[str, str]]:
    with acting(actor):
        return [(one.name, getattr(one, "known_as", "")) for one in queries.search(actor, text)]


def test_a_further_name_and_a_second_telephone_find_the_person(community: Community) -> None:
    assert sent("1") == "AA"
    doctor = works_at(community.hospital, "specialist")
    assert found(doctor, "周建国") == [("周建国", "")]
    assert found(doctor, "周大毛") == [("周建国", "县医院 HIS 还登记过这个姓名")]
    assert found(doctor, "07462211000") == [("周建国", "县医院 HIS 登记过这个电话")]
    assert found(doctor, "周大") == [], "the whole name: only its index is kept"
    assert found(community.stranger, "周大毛") == []
    assert found(community.stranger, "0746-2211000") == []


def test_what_was_told_before_a_correction_finds_the_person(community: Community) -> None:
    assert sent("1", "周^建果^^^^^L", "13900002222^PRN^CP") == "AA"
    assert sent("2") == "AA"
    doctor = works_at(community.hospital, "specialist")
    assert [name for name, _ in found(doctor, "周建果")] == ["周建国"]
    assert [name for name, _ in found(doctor, "13900002222")] == ["周建国"]
    with acting(SYSTEM):
        rows = SaidAlso.objects.count()
    assert sent("3") == "AA"
    with acting(SYSTEM):
        assert SaidAlso.objects.count() == rows, "told again, nothing is kept twice"
