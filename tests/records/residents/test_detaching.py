"""A source identity tied to the wrong person goes to the right one with all that came under it, and comes back."""

from datetime import date, timedelta

import pytest
from index_people import ANOTHER, NUMBER, again, decision, open_reviews, tied, told
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.events.models import Outbox
from yigongti.records.health_record.models import Encounter, Observation
from yigongti.records.residents.models import CareRelation, IdentityMove, Resident, SourceIdentity
from yigongti.records.residents.services.detaching import propose_move
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.services.relations import open_relation
from yigongti.records.residents.workflow import IdentityMoving, ResidentMerging

SAME = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}


@pytest.fixture
def clerk(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="甲")


@pytest.fixture
def second(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="乙")


def visited(house: Community, identity: SourceIdentity) -> tuple[Encounter, Observation]:
    """A visit of the identity, and a result that was written here to it."""
    with acting(SYSTEM):
        visit = Encounter.objects.create(
            resident_id=identity.resident_id,
            organization=house.hospital,
            kind="outpatient",
            started_at=clock.now() - timedelta(days=1),
            identity=identity,
        )
        result = Observation.objects.create(
            resident_id=identity.resident_id,
            organization=house.hospital,
            encounter=visit,
            code="sbp",
            value=150,
            effective_at=clock.now(),
        )
        return visit, result


def linked(house: Community) -> tuple[SourceIdentity, SourceIdentity]:
    """Two of one name, birth date and telephone, tied by their weights: father's and son's telephone, say."""
    [one] = tied(told(id_number=NUMBER, phone="13900139001", address=SAME["address"]))
    [two] = tied(told("lis", **SAME))
    assert one.resident_id == two.resident_id
    return one, two


def who(resident: Resident | None) -> Resident:
    with acting(SYSTEM):
        return Resident.objects.get(pk=resident.pk if resident else None)


def fresh(identity: SourceIdentity) -> SourceIdentity:
    with acting(SYSTEM):
        return SourceIdentity.objects.select_related("resident").get(pk=identity.pk)


def holders(*rows: object) -> set[object]:
    with acting(SYSTEM):
        return {type(row).objects.get(pk=row.pk).resident_id for row in rows}  # type: ignore[attr-defined]


def test_an_identity_gets_a_record_of_its_own_and_is_not_tied_again(house: Community, clerk: Actor) -> None:
    one, two = linked(house)
    case = propose_move(clerk, identity_id=two.pk, target=None, reason="父子同用一部电话")
    assert (case.state, case.created, case.clinical) == ("moved", True, False)
    moved = fresh(two)
    assert moved.resident_id == case.target_id != one.resident_id
    assert moved.state == "linked"
    assert decision(two).outcome == "manual"
    assert again(two, phone="13900139001").resident_id == case.target_id
    assert not open_reviews(two)
    with acting(SYSTEM):
        assert who(moved.resident).restated_at
        assert Outbox.objects.filter(name="IdentityMoved").exists()


def test_a_number_that_the_identity_brought_goes_with_it(house: Community, clerk: Actor) -> None:
    [first] = tied(told("lis", **SAME))
    [second] = tied(told("civil", id_number=NUMBER, **{**SAME, "phone": "13800000000"}))
    assert first.resident_id == second.resident_id
    before = who(first.resident)
    assert before.told is not None
    assert (str(before.id_number), before.told["document"], str(before.phone)) == (str(NUMBER), "civil", "13800000000")
    case = propose_move(clerk, identity_id=second.pk, target=None, reason="不是同一人")
    left, gone = who(first.resident), who(fresh(second).resident)
    assert (left.id_number, left.identity_kind, str(left.phone)) == (None, "99", "13900139001")
    assert str(gone.id_number) == str(NUMBER)
    assert left.told is not None
    assert "civil" not in left.told.values()
    advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    back, empty = who(first.resident), who(gone)
    assert (str(back.id_number), str(back.phone), back.told) == (str(NUMBER), "13800000000", before.told)
    assert empty.merged_into_id == back.pk
    assert fresh(second).resident_id == back.pk


def test_what_was_entered_here_comes_back_when_the_wrong_source_goes(house: Community, clerk: Actor) -> None:
    resident = house.resident(name="王秀英", phone="13800138000")
    [wrong] = tied(
        told(
            "civil",
            name="王秀英",
            sex="2",
            birth_date=resident.birth_date,
            id_number=str(resident.id_number),
            phone="13711111111",
        )
    )
    assert wrong.resident_id == resident.pk
    propose_move(clerk, identity_id=wrong.pk, target=None, reason="冒用身份证")
    left, gone = who(resident), who(fresh(wrong).resident)
    assert (str(left.phone), str(left.id_number)) == ("13800138000", str(resident.id_number))
    assert gone.id_number is None
    assert str(gone.phone) == "13711111111"


def test_care_goes_along_after_a_second_person_and_comes_back(house: Community, clerk: Actor, second: Actor) -> None:
    one, two = linked(house)
    other = house.resident(name="张建国")
    kept, moving = visited(house, one), visited(house, two)
    case = propose_move(clerk, identity_id=two.pk, target=other.pk, reason="是堂兄弟")
    assert case.state == "proposed"
    with pytest.raises(Forbidden):
        advance(clerk, IdentityMoving, case.pk, "approve")
    with pytest.raises(Conflict):
        propose_move(second, identity_id=two.pk, target=None, reason="是堂兄弟")
    before = who(other)
    advance(second, IdentityMoving, case.pk, "approve")
    assert holders(*moving) == {other.pk}
    assert holders(*kept) == {one.resident_id}
    late = visited(house, fresh(two))
    assert holders(*late) == {other.pk}
    advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "确为同一人"})
    assert holders(*moving, *late, *kept) == {one.resident_id}
    after = who(other)
    assert (after.told, after.name, str(after.phone)) == (before.told, before.name, str(before.phone))
    with pytest.raises(Conflict):
        advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "再一次"})


def test_a_new_record_that_holds_something_else_is_not_undone(house: Community, clerk: Actor, second: Actor) -> None:
    _one, two = linked(house)
    case = propose_move(clerk, identity_id=two.pk, target=None, reason="不是同一人")
    with acting(SYSTEM):
        Encounter.objects.create(
            resident_id=case.target_id, organization=house.hospital, kind="outpatient", started_at=clock.now()
        )
    with pytest.raises(Conflict, match="合并"):
        advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    with acting(SYSTEM):
        case.refresh_from_db()
    assert case.state == "moved"
    assert fresh(two).resident_id == case.target_id


def test_who_may_open_the_record_follows_the_identity(house: Community, clerk: Actor) -> None:
    one, two = linked(house)
    with acting(SYSTEM):
        for source in ("lis", "his"):
            open_relation(
                resident_id=one.resident_id,  # type: ignore[arg-type]
                organization_id=house.foreign.pk if source == "lis" else house.hospital.pk,
                kind=CareRelation.Kind.REGISTERED,
                source=source,
            )
    case = propose_move(clerk, identity_id=two.pk, target=None, reason="不是同一人")

    def openers(resident: object) -> set[int]:
        with acting(SYSTEM):
            found = CareRelation.objects.in_force().filter(resident_id=resident)
            return set(found.values_list("organization_id", flat=True))

    assert house.foreign.pk not in openers(one.resident_id)
    assert house.foreign.pk in openers(case.target_id)
    advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    assert house.foreign.pk in openers(one.resident_id)
    assert house.foreign.pk not in openers(case.target_id)


def test_the_organisation_keeps_the_record_while_another_of_its_systems_knows_the_person(
    house: Community, clerk: Actor
) -> None:
    one, two = linked(house)

    def registered(resident: object) -> list[tuple[int, str]]:
        with acting(SYSTEM):
            found = CareRelation.objects.in_force().filter(resident_id=resident, kind="registered")
            return list(found.values_list("organization_id", "source"))

    mine = [(house.hospital.pk, "")]
    assert registered(one.resident_id) == mine
    case = propose_move(clerk, identity_id=two.pk, target=None, reason="不是同一人")
    assert registered(one.resident_id) == registered(case.target_id) == mine
    # the last of its systems takes the relation along
    advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    with acting(SYSTEM):
        SourceIdentity.objects.filter(pk=two.pk).update(resident=None, state="new")
    other = house.resident(name="张建国")
    propose_move(clerk, identity_id=one.pk, target=other.pk, reason="不是同一人")
    assert mine[0] in registered(other.pk)
    assert registered(one.resident_id) == []


def test_a_merge_in_between_is_undone_first(house: Community, clerk: Actor, second: Actor) -> None:
    _one, two = linked(house)
    case = propose_move(clerk, identity_id=two.pk, target=None, reason="不是同一人")
    other = house.resident(name="张建国")
    merge = propose_merge(clerk, one=case.target_id, two=other.pk, reason="同一人")  # type: ignore[arg-type]
    assert merge.state == "merged"
    with pytest.raises(Conflict):
        advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    advance(clerk, ResidentMerging, merge.pk, "unmerge", {"reason": "看错了"})
    advance(clerk, IdentityMoving, case.pk, "undo", {"reason": "看错了"})
    assert fresh(two).resident_id == case.resident_id


def test_a_question_is_answered_by_the_move(house: Community, clerk: Actor) -> None:
    [one] = tied(told(id_number=NUMBER, **SAME))
    [two] = tied(told("lis", id_number=ANOTHER, **SAME))
    [three] = tied(told("insurance", **SAME))
    [review, *_] = open_reviews(two) or open_reviews(three)
    asked = fresh(review.identity)
    propose_move(clerk, identity_id=asked.pk, target=review.candidate_id, reason="核对过证件")
    assert fresh(asked).resident_id == review.candidate_id
    assert not open_reviews(asked)
    assert fresh(asked).state == "linked"
    assert one.resident_id


def test_what_cannot_be_moved_says_why(house: Community, clerk: Actor) -> None:
    [alone] = tied(told(name="李四", birth_date=date(1990, 1, 1)))
    with pytest.raises(Conflict, match="不必另建"):
        propose_move(clerk, identity_id=alone.pk, target=None, reason="不是同一人")
    with pytest.raises(Invalid):
        propose_move(clerk, identity_id=alone.pk, target=alone.resident_id, reason="不是同一人")
    with pytest.raises(Invalid):
        propose_move(clerk, identity_id=alone.pk, target=house.resident().pk, reason=" ")
    stranger = works_at(house.foreign, "data-office")
    with pytest.raises(NotFound):
        propose_move(stranger, identity_id=alone.pk, target=None, reason="不是同一人")
    with pytest.raises(Forbidden):
        propose_move(house.family_doctor, identity_id=alone.pk, target=None, reason="不是同一人")
    with acting(SYSTEM):
        assert not IdentityMove.objects.exists()
