"""Source identities are tied to residents: by rule, by weights, by a person; nobody is lost and nobody is doubled."""

from datetime import date
from threading import Thread, current_thread
from time import sleep

import pytest
from django.db import connections
from index_people import ANOTHER, NUMBER, again, decision, open_reviews, tied, told
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reports import subjects
from yigongti.records.residents import services
from yigongti.records.residents.identity import generate
from yigongti.records.residents.index import tables, tying
from yigongti.records.residents.models import CareRelation, Resident, SourceIdentity
from yigongti.records.residents.services.matching import Tied, tie


def relations(resident: Resident) -> set[tuple[str, str]]:
    found = CareRelation.objects.filter(resident=resident).in_force()
    return set(found.values_list("kind", "organization__code"))


def test_a_number_with_its_name_is_one_person_in_every_system(house: Community) -> None:
    one, two, three = tied(
        told(id_number=NUMBER),
        told("lis", id_number=NUMBER.lower(), name="章建国"),
        told("lis", name="李四", id_number=ANOTHER),
    )
    assert one.resident_id == two.resident_id != three.resident_id
    assert one.resident is not None
    assert (one.resident.name, one.resident.sex, str(one.resident.id_number)) == ("张建国", "1", str(NUMBER))
    assert {one.state, two.state, three.state} == {"linked"}


def test_a_registered_resident_is_found_by_number_and_name(house: Community) -> None:
    resident = house.resident(name="王秀英")
    [one] = tied(told(name="王秀英", sex="2", birth_date=None, id_number=str(resident.id_number)))
    assert one.resident_id == resident.pk
    assert decision(one).rule == "number-and-name"
    assert tie().identities == 0


def test_a_number_of_fifteen_digits_is_the_same_number(house: Community) -> None:
    fifteen = NUMBER[:6] + NUMBER[8:17]
    one, two = tied(told(id_number=NUMBER), told("lis", id_number=fifteen))
    assert one.resident_id == two.resident_id


def test_without_a_number_the_weights_decide_and_the_evidence_is_kept(house: Community) -> None:
    same = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}
    [one] = tied(told(id_number=NUMBER, **same))
    [two] = tied(told("lis", **same))
    assert two.resident_id == one.resident_id
    made = decision(two)
    assert made.outcome == "auto"
    assert made.probability is not None
    assert made.probability > 0.98
    assert {field["field"] for field in made.match["evidence"]} >= {"name", "birth_date", "phone"}


def test_two_who_use_one_number_are_a_question(house: Community) -> None:
    [one] = tied(told(id_number=NUMBER))
    [two] = tied(told("lis", name="李四光", birth_date=date(1990, 1, 31), sex="2", id_number=NUMBER))
    assert two.resident_id != one.resident_id
    assert two.state == "review"
    [review] = open_reviews(two)
    assert (review.candidate_id, review.decision.rule) == (one.resident_id, "number-of-another")
    assert two.resident is not None
    assert two.resident.id_number is None


def test_two_numbers_of_one_person_are_a_question(house: Community) -> None:
    same = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}
    [one] = tied(told(id_number=NUMBER, **same))
    [two] = tied(told("lis", id_number=ANOTHER, **same))
    assert two.resident_id != one.resident_id
    [review] = open_reviews(two)
    assert review.candidate_id == one.resident_id


def test_a_changed_number_stays_with_the_person_and_the_old_one_still_finds_them(house: Community) -> None:
    [lis] = tied(told("lis", id_number=NUMBER))
    [one] = tied(told("civil", id_number=NUMBER))
    one = again(one, id_number=ANOTHER)
    assert one.resident is not None
    assert str(one.resident.id_number) == str(ANOTHER)
    [other] = tied(told("insurance", id_number=NUMBER))
    assert other.resident_id == one.resident_id == lis.resident_id


def test_an_invalid_number_identifies_nobody(house: Community) -> None:
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    one, two = tied(told(id_number=wrong), told("lis", name="王五", birth_date=date(1990, 2, 3), id_number=wrong))
    assert one.resident_id != two.resident_id
    assert one.resident is not None
    assert one.resident.id_number is None
    assert one.number_valid is False


def test_a_newborn_is_the_child_of_its_mother_and_gets_its_name_later(house: Community) -> None:
    [mother] = tied(told(name="陈静", sex="2", birth_date=date(1995, 5, 5), source_key="M1"))
    [child] = tied(told(name="", sex="1", birth_date=date(2026, 11, 1), mother_key="M1"))
    assert child.resident is not None
    assert (child.resident.name, child.resident.mother_id) == ("陈静之子", mother.resident_id)
    assert child.resident.identity_kind == "90"
    assert child.resident.id_number
    number = generate(date(2026, 11, 1), "1", "431127", 30)
    named = again(child, name="陈小宝", id_number=number)
    assert named.resident_id == child.resident_id
    assert named.resident is not None
    assert (named.resident.name, named.resident.identity_kind) == ("陈小宝", "01")


def test_a_child_that_the_house_registered_is_found_through_the_mother(house: Community) -> None:
    mother = house.resident(name="陈静")
    child = services.register_newborn(house.family_doctor, mother_id=mother.pk, sex="1", birth_date=date(2026, 11, 1))
    tied(told(name="陈静", sex="2", birth_date=mother.birth_date, id_number=str(mother.id_number), source_key="M1"))
    [found] = tied(told(name="", sex="1", birth_date=date(2026, 11, 1), mother_key="M1"))
    assert found.resident_id == child.pk


def test_twins_stay_two(house: Community) -> None:
    tied(told(name="陈静", sex="2", birth_date=date(1995, 5, 5), source_key="M1"))
    born = {"name": "", "sex": "1", "birth_date": date(2026, 11, 1), "mother_key": "M1"}
    one, two = tied(told(**born), told(**born))
    assert one.resident_id != two.resident_id


def test_an_unknown_patient_is_a_person_of_their_own_and_becomes_someone(house: Community) -> None:
    one, two = tied(
        told(name="", birth_date=None, identity_kind="91"), told(name="", birth_date=None, identity_kind="91")
    )
    assert one.resident_id != two.resident_id
    assert one.resident is not None
    assert one.resident.identity_kind == "91"
    known = again(
        one,
        name="周大山",
        birth_date=date(1963, 1, 2),
        identity_kind="01",
        id_number=generate(date(1963, 1, 2), "1", "431127", 9),
    )
    assert known.resident_id == one.resident_id
    assert known.resident is not None
    assert (known.resident.name, known.resident.birth_date) == (
        "周大山",
        date(1963, 1, 2),
    )


def test_a_foreigner_is_known_by_the_passport(house: Community) -> None:
    passport = {"name": "JOHN SMITH", "birth_date": date(1980, 2, 3), "identity_kind": "03", "id_number": "E12345678"}
    one, two = tied(told(**passport), told("lis", **{**passport, "birth_date": None}))
    assert one.resident_id == two.resident_id
    assert one.resident is not None
    assert one.resident.identity_kind == "03"


def test_an_insurance_number_with_the_name_is_enough(house: Community) -> None:
    [one] = tied(told("insurance", insurance_number="Y4311270001", phone="13900000000"))
    [two] = tied(told("his", insurance_number="Y4311270001"))
    assert two.resident_id == one.resident_id
    assert decision(two).rule == "insurance-number-and-name"


def test_a_key_given_to_somebody_else_is_somebody_else(house: Community) -> None:
    [one] = tied(told(id_number=NUMBER))
    other = again(
        one, name="李桂花", sex="2", birth_date=date(1950, 1, 1), id_number=generate(date(1950, 1, 1), "2", "431127", 4)
    )
    assert other.resident_id != one.resident_id


def test_a_new_resident_is_in_the_grid_of_the_area_or_of_the_one_above(house: Community) -> None:
    one, two, three = tied(
        told(area_id=house.village.pk), told(name="李四", area_id=house.other_village.pk), told(name="王五")
    )
    assert one.resident is not None
    assert two.resident is not None
    assert three.resident is not None
    with acting(SYSTEM):
        assert relations(one.resident) == {("registered", "H1"), ("grid", "C1"), ("grid", "V1")}
        assert relations(two.resident) == {("registered", "H1"), ("grid", "H1")}
        assert relations(three.resident) == {("registered", "H1")}


def test_namesakes_without_more_are_not_one(house: Community) -> None:
    one, two = tied(
        told(name="王伟", birth_date=date(1980, 1, 1)), told("lis", name="王伟", birth_date=date(1981, 7, 9))
    )
    assert one.resident_id != two.resident_id


def test_many_are_tied_at_once_as_one_by_one(house: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    from yigongti.records.residents.index import scoring

    same = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}
    monkeypatch.setattr(scoring, "FEW", 0)
    one, two, three = tied(
        told(id_number=NUMBER, **same), told("lis", **same), told("lis", name="李四", birth_date=date(1990, 1, 1))
    )
    assert one.resident_id == two.resident_id != three.resident_id
    [four] = tied(told("insurance", **same))
    assert four.resident_id == one.resident_id


def test_the_source_that_is_trusted_more_wins_and_the_page_knows_who_told(house: Community) -> None:
    [one] = tied(told(id_number=NUMBER, phone="13900000001"))
    tied(told("civil", id_number=NUMBER, name="章建国"))
    with acting(SYSTEM):
        resident = Resident.objects.get(pk=one.resident_id)
    assert resident.name == "章建国"
    assert resident.told["name"] == "civil"
    assert str(resident.phone) == "13900000001"


def test_what_changes_in_an_identity_is_audited_once_and_a_decision_is_its_own_entry(house: Community) -> None:
    [one] = tied(told())
    with acting(SYSTEM):
        entries = Entry.objects.filter(subject="residents_sourceidentity", subject_id=str(one.pk))
        assert not entries.exists()
        one.household = "H7"
        one.save()
        [entry] = entries
        assert (entry.action, entry.resident_id) == ("UPDATE", one.resident_id)
        assert entry.data == {"old": {"household": ""}, "new": {"household": "H7"}}
        SourceIdentity.objects.filter(pk=one.pk).update(household="H7")
        assert entries.count() == 1
    assert {"residents_resident", "residents_sourceidentity"} <= {subject for subject, _ in subjects()}


def test_a_cohort_without_names_asks_nobody(house: Community) -> None:
    """Many of thousands share a birthday and a sex; none of them is asked about for that."""
    said = [told("lis", name=f"队列居民{14500 + n}") for n in range(8)]
    done = tie()
    assert (done.linked, done.created, done.review) == (0, len(said), 0)
    one = again(said[0], name="队列居民14500 ")
    assert open_reviews(one) == []
    assert tie() == Tied(0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_load_in_portions_ties_everybody(house: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tying, "PORTION", 2)
    monkeypatch.setattr(tables, "FEW", 0)
    monkeypatch.setattr(tables, "WHOLE", 1)
    monkeypatch.setattr(tying, "WHOLE", 1)
    monkeypatch.setattr(tying, "FEW", 1)
    said = [told(id_number=NUMBER), told(name="李四"), told("lis", name="李四"), told("lis", id_number=NUMBER)]
    done = tie()
    assert (done.identities, done.created) == (4, 2)
    with acting(SYSTEM):
        assert {one.state for one in SourceIdentity.objects.filter(pk__in=[one.pk for one in said])} <= {
            "linked",
            "review",
        }


WAITS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.mark.django_db(transaction=True)
def test_who_arrives_during_a_load_waits_for_the_portion_at_hand_only(
    house: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tying, "PORTION", 1)
    load = [told(name=name).pk for name in ("李四", "王五", "赵六")]
    arrival = told("lis", name="周七").pk
    work = tying._tied
    order: list[str] = []
    loader = current_thread().name

    def arrive() -> None:
        tie([arrival])
        connections.close_all()

    visitor = Thread(target=arrive, name="visitor")

    def watched(count: int) -> Tied:
        if not order and current_thread().name == loader:
            visitor.start()
            while visitor.is_alive() and not tables.rows(WAITS)[0][0]:
                sleep(0.01)
        order.append(current_thread().name)
        return work(count)

    monkeypatch.setattr(tying, "_tied", watched)
    assert tie(load).created == 3
    visitor.join()
    assert order == [loader, "visitor", loader, loader]
