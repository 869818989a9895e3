"""One person at a desk or in a message: who among the residents it may be."""

from datetime import date
from time import process_time

import pytest
from index_people import ANOTHER, NUMBER, open_reviews, tied, told
from records_community import Community

from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.errors import Forbidden
from yigongti.records.residents.services.matching import match

SAME = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}
ZHANG = {"name": "张建国", "sex": "1", "birth_date": date(1965, 3, 12), **SAME}


@pytest.fixture
def zhang(house: Community) -> object:
    [one] = tied(told(id_number=NUMBER, **SAME))
    return one.resident_id


@pytest.mark.parametrize(
    "said",
    [
        {"name": "张建国", "id_number": str(NUMBER)},
        ZHANG,
        {**ZHANG, "name": "章建国"},
        {**ZHANG, "birth_date": "1965-03-21", "id_number": str(NUMBER)},
        {"name": "张建国", "birth_date": "1965-03-12", "phone": "139 0013 9001"},
    ],
)
def test_the_person_is_found_and_the_evidence_adds_up(zhang: object, said: dict) -> None:
    found = match(SYSTEM, said)
    assert [one.resident_id for one in found] == [zhang]
    assert found[0].outcome == "link"
    assert found[0].match.weight == pytest.approx(
        found[0].match.prior_weight + sum(one.weight for one in found[0].match.evidence)
    )


def test_a_stranger_is_nobody(zhang: object) -> None:
    assert match(SYSTEM, {"name": "李四", "birth_date": "1990-01-31", "sex": "2"}) == []
    assert match(SYSTEM, {}) == []


def test_only_people_within_reach_unless_the_index_asks(house: Community, zhang: object) -> None:
    assert match(house.stranger, ZHANG) == []
    assert match(house.specialist, ZHANG)[0].resident_id == zhang
    assert match(house.stranger, ZHANG, everywhere=True)[0].resident_id == zhang
    with pytest.raises(Forbidden):
        match(Actor(1, "无", None, ()), ZHANG)


def test_it_costs_little(zhang: object) -> None:
    match(SYSTEM, ZHANG)
    started = process_time()
    for _ in range(20):
        match(SYSTEM, ZHANG)
    assert (process_time() - started) / 20 < 0.02


def test_two_who_are_as_likely_are_asked_about_wherever_the_question_comes_from(house: Community) -> None:
    one, two = tied(told(id_number=NUMBER, **SAME), told("lis", id_number=ANOTHER, **SAME))
    assert one.resident_id != two.resident_id
    found = match(SYSTEM, ZHANG)
    assert len(found) == 2
    assert {(each.outcome, each.match.rule) for each in found} == {("review", "more-than-one")}
    [three] = tied(told("insurance", **SAME))
    assert three.resident_id not in (one.resident_id, two.resident_id)
    asked = {(review.candidate_id, review.decision.rule) for review in open_reviews(three)}
    assert asked == {(one.resident_id, "more-than-one"), (two.resident_id, "more-than-one")}
