"""A merge takes everything along, an un-merge gives everything back, and nothing is lost or doubled on the way."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_people import ANOTHER, NUMBER, again, open_reviews, tied, told
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.clock import travelling
from yigongti.kernel.errors import Conflict, Forbidden, Moved, NotFound
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.facts.declaration import fact
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.residents import desk, queries, services
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.following import followers
from yigongti.records.residents.models import CareRelation, Resident, ResidentMerge, SignedCentre, SourceIdentity
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.services.relations import open_relation
from yigongti.records.residents.services.reviewing import answer
from yigongti.records.residents.workflow import ResidentMerging
from yigongti.registry.organizations.models import Organization


@pytest.fixture
def clerk(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="甲")


@pytest.fixture
def second(community: Community) -> Actor:
    return works_at(community.hospital, "data-office", name="乙")


def seen(community: Community, resident: UUID, identity: SourceIdentity | None = None, days: int = 1) -> Encounter:
    """A visit with a result."""
    with acting(SYSTEM):
        at = clock.now() - timedelta(days=days)
        visit = Encounter.objects.create(
            resident_id=resident, organization=community.hospital, kind="outpatient", started_at=at, identity=identity
        )
        Observation.objects.create(
            resident_id=resident,
            organization=community.hospital,
            encounter=visit,
            code="sbp",
            value=150,
            unit="mmHg",
            effective_at=at,
            identity=identity,
        )
        return visit


def state(*residents: UUID) -> dict[str, list[str]]:
    """Every row of these people, and who they are; not the counters."""
    found: dict[str, list[str]] = {}
    with acting(SYSTEM), connection.cursor() as cursor:
        for one in {(f.table, f.column) for f in followers()}:
            cursor.execute(
                f'SELECT to_jsonb(t)::text FROM "{one[0]}" t WHERE "{one[1]}" = ANY (%s) ORDER BY 1', [list(residents)]
            )
            found[".".join(one)] = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """SELECT (to_jsonb(r) - 'version' - 'restated_at')::text FROM residents_resident r
            WHERE id = ANY (%s) ORDER BY 1""",
            [list(residents)],
        )
        found["who"] = [row[0] for row in cursor.fetchall()]
    return found


def merge(clerk: Actor, one: UUID, two: UUID, second: Actor | None = None) -> ResidentMerge:
    case = propose_merge(clerk, one=one, two=two, reason="同一人")
    if case.state == "proposed" and second:
        advance(second, ResidentMerging, case.pk, "approve")
    with acting(SYSTEM):
        return ResidentMerge.objects.get(pk=case.pk)


def unmerge(clerk: Actor, case: ResidentMerge) -> None:
    advance(clerk, ResidentMerging, case.pk, "unmerge", {"reason": "合并有误"})


def treated(house: Community, who: Resident) -> None:
    """The hospital, whose data office merges, has treated the person."""
    with acting(SYSTEM):
        open_relation(resident_id=who.pk, organization_id=house.hospital.pk, kind=CareRelation.Kind.ENCOUNTER)


def two_people(house: Community) -> tuple[Resident, Resident]:
    one = house.resident(name="王秀英")
    two = house.resident(name="王秀英", phone="")
    services.sign(house.family_doctor, resident_id=one.pk, organization_id=house.centre.pk)
    services.sign(house.family_doctor, resident_id=two.pk, organization_id=house.centre.pk)
    for who in (one, two):
        treated(house, who)
        services.grant_consent(house.family_doctor, resident_id=who.pk, kind="sharing", evidence="签字")
    services.add_contact(house.family_doctor, resident_id=two.pk, name="王强", relation="子", phone="13800000000")
    return one, two


def test_everything_follows_and_everything_goes_back(house: Community, clerk: Actor, second: Actor) -> None:
    one, two = two_people(house)
    seen(house, one.pk), seen(house, two.pk, days=3)
    before = state(one.pk), state(two.pk)
    case = merge(clerk, two.pk, one.pk, second)
    assert (case.state, case.survivor_id, case.loser_id) == ("merged", one.pk, two.pk)
    with acting(SYSTEM):
        assert Encounter.objects.filter(resident=one).count() == 2
        assert Observation.objects.filter(resident=one).count() == 2
        assert not Encounter.objects.filter(resident=two).exists()
        assert SignedCentre.objects.filter(resident=one).count() == 1
        assert one.contacts.count() == 1
        assert Outbox.objects.filter(name="ResidentsMerged").exists()
        assert Resident.objects.get(pk=one.pk).restated_at
    unmerge(clerk, case)
    assert (state(one.pk), state(two.pk)) == before


def test_two_records_with_care_need_a_second_person(house: Community, clerk: Actor, second: Actor) -> None:
    one, two = two_people(house)
    seen(house, one.pk), seen(house, two.pk)
    case = merge(clerk, one.pk, two.pk)
    assert case.state == "proposed"
    with pytest.raises(Forbidden):
        advance(clerk, ResidentMerging, case.pk, "approve")
    with pytest.raises(Conflict):
        merge(second, one.pk, two.pk)
    advance(second, ResidentMerging, case.pk, "decline", {"reason": "是两姐妹"})
    with acting(SYSTEM):
        assert not Resident.objects.exclude(merged_into=None).exists()


def test_a_record_without_care_is_merged_at_once_and_leads_to_the_other(house: Community, clerk: Actor) -> None:
    one, two = two_people(house)
    assert merge(clerk, one.pk, two.pk).state == "merged"
    with acting(house.family_doctor), pytest.raises(Moved) as moved:
        access_resident(house.family_doctor, two.pk)
    assert moved.value.address(f"/record/{two.pk}/") == f"/record/{one.pk}/"
    with acting(house.family_doctor):
        assert [found.pk for found in queries.search(house.family_doctor, "王秀英")] == [one.pk]
    [shown] = services.present(house.family_doctor, id_number=str(two.id_number))
    assert services.receive(house.family_doctor, ticket=shown.ticket).pk == one.pk
    with pytest.raises(services.AlreadyRegistered) as known:
        services.register(house.family_doctor, name="王秀英", id_number=str(two.id_number))
    assert known.value.resident_id == one.pk


def test_what_arrives_later_goes_with_its_identity(house: Community, clerk: Actor) -> None:
    [mine] = tied(told(id_number=NUMBER))
    [theirs] = tied(told("lis", name="张建", birth_date=date(1965, 3, 12), id_number=ANOTHER))
    assert mine.resident_id
    assert theirs.resident_id
    assert mine.resident_id != theirs.resident_id
    case = merge(clerk, mine.resident_id, theirs.resident_id)
    survivor, loser = case.survivor_id, case.loser_id
    by = {one.resident_id: one for one in (mine, theirs)}
    late, own = seen(house, survivor, by[loser]), seen(house, survivor, by[survivor])
    with acting(SYSTEM):
        result = Observation.objects.create(
            resident_id=survivor,
            organization=house.hospital,
            encounter=late,
            code="dbp",
            value=90,
            effective_at=clock.now(),
        )
    unmerge(clerk, case)
    with acting(SYSTEM):
        assert Encounter.objects.get(pk=late.pk).resident_id == loser
        assert Observation.objects.get(pk=result.pk).resident_id == loser
        assert Encounter.objects.get(pk=own.pk).resident_id == survivor


def test_an_inner_merge_is_undone_after_the_outer_one(house: Community, clerk: Actor) -> None:
    people = sorted((house.resident(name=f"王秀{c}") for c in "英兰梅"), key=lambda r: r.registered_at)
    for one in people:
        treated(house, one)
    before = state(*[p.pk for p in people])
    inner = merge(clerk, people[1].pk, people[2].pk)
    outer = merge(clerk, people[0].pk, people[1].pk)
    with pytest.raises(Conflict):
        unmerge(clerk, inner)
    unmerge(clerk, outer)
    unmerge(clerk, inner)
    assert state(*[p.pk for p in people]) == before


def test_a_question_answered_with_yes_merges_and_with_no_closes(house: Community, clerk: Actor) -> None:
    [_one] = tied(told(id_number=NUMBER))
    [two] = tied(told("lis", name="李四光", birth_date=date(1990, 1, 31), id_number=NUMBER))
    [review] = open_reviews(two)
    answer(clerk, review_id=review.pk, answer="later")
    answer(clerk, review_id=review.pk, answer="different")
    with pytest.raises(Conflict):
        answer(clerk, review_id=review.pk, answer="same")
    assert again(two).state == "linked"
    assert not open_reviews(two)
    same = {"phone": "13900139001", "address": "楠市镇上洞村2组38号"}
    [three] = tied(told("insurance", name="周大山", birth_date=date(1970, 1, 2), **same, id_number=_number(1)))
    [four] = tied(told("civil", name="周大山", birth_date=date(1970, 1, 2), **same, id_number=_number(2)))
    [question] = open_reviews(four)
    assert answer(clerk, review_id=question.pk, answer="same").state == "same"
    with acting(SYSTEM):
        four.refresh_from_db(), three.refresh_from_db()
        assert four.resident_id == three.resident_id
        assert four.state == "linked"


def _number(n: int) -> str:
    from yigongti.records.residents.identity import generate

    return str(generate(date(1970, 1, 2), "1", "431127", n))


MOVES = st.lists(st.tuples(st.sampled_from(["merge", "unmerge", "load", "write"]), st.integers(0, 9)), max_size=9)


@given(moves=MOVES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merges_loads_and_unmerges_in_any_order_lose_nothing(
    house: Community,
    clerk: Actor,
    second: Actor,
    moves: list[tuple[str, int]],
) -> None:
    identities: list[SourceIdentity] = [
        tied(told(name=f"王{c}", birth_date=date(1950 + n, 2, 3)))[0] for n, c in enumerate("甲乙丙")
    ]
    owner = {one.pk: one.resident_id for one in identities}
    visits: dict[UUID, UUID] = {}
    merged: list[ResidentMerge] = []
    for move, n in moves:
        with acting(SYSTEM):
            here = list(Resident.objects.filter(pk__in=set(owner.values()), merged_into=None).order_by("pk"))
        if move == "merge" and len(here) > 1:
            case = merge(clerk, here[n % len(here)].pk, here[(n + 1) % len(here)].pk, second)
            merged.append(case)
        elif move == "unmerge" and merged:
            case = merged[n % len(merged)]
            try:
                unmerge(clerk, case)
            except Conflict:
                continue
            merged.remove(case)
        elif move == "write":
            identity = identities[n % 3]
            with acting(SYSTEM):
                identity.refresh_from_db()
            visits[seen(house, identity.resident_id, identity).pk] = identity.pk  # type: ignore[arg-type]
        elif move == "load":
            again(identities[n % 3], phone=f"1390000000{n}")
    while merged:
        for case in list(merged):
            try:
                unmerge(clerk, case)
            except Conflict:
                continue
            merged.remove(case)
    with acting(SYSTEM):
        assert {one.pk: one.resident_id for one in SourceIdentity.objects.filter(pk__in=owner)} == owner
        found: Any = dict(Encounter.objects.filter(pk__in=visits).values_list("pk", "resident_id"))
        assert found == {visit: owner[identity] for visit, identity in visits.items()}
        assert Observation.objects.filter(encounter__in=visits).count() == len(visits)
        assert User.objects.count()


def test_the_data_office_of_another_house_sees_and_merges_nothing(house: Community, clerk: Actor) -> None:
    one, two = two_people(house)
    with acting(SYSTEM):
        foreign = Organization.objects.get(pk=house.stranger.organization_id)
    stranger = works_at(foreign, "data-office", name="丙")
    with pytest.raises((NotFound, Forbidden)):
        propose_merge(stranger, one=one.pk, two=two.pk, reason="同一人")
    case = merge(clerk, one.pk, two.pk)
    with pytest.raises((NotFound, Forbidden)):
        desk.merging(stranger, case.pk)


def looked(house: Community, resident: UUID) -> None:
    with acting(house.specialist):
        reading(house.specialist, resident_id=resident, page="record:resident")


def test_who_read_a_record_that_was_merged_stands_in_the_log_of_the_whole(house: Community, clerk: Actor) -> None:
    one, two = two_people(house)

    def readers(resident: Resident) -> int:
        with acting(SYSTEM):
            found = queries.readers_of(resident.pk).filter(user_id=house.specialist.user_id)
            return found.filter(subject="record:resident").count()

    looked(house, one.pk), looked(house, two.pk)
    case = merge(clerk, one.pk, two.pk)
    survivor, loser = (one, two) if case.survivor_id == one.pk else (two, one)
    assert (readers(survivor), readers(loser)) == (2, 1)
    looked(house, survivor.pk)
    assert readers(survivor) == 3
    unmerge(clerk, case)
    # whoever read the whole has read both
    assert (readers(survivor), readers(loser)) == (2, 2)
    looked(house, survivor.pk)
    assert (readers(survivor), readers(loser)) == (3, 2)


def changed(name: str, since: Any) -> set[Any]:
    """What a reader by watermark loads again."""
    told = fact(name)
    key = told.names[0]
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM ({told.sql}) f WHERE {told.watermark_column} >= %s", [since])
        return {row[0] for row in cursor.fetchall()}


def test_facts_of_both_are_told_again_after_a_merge_an_unmerge_and_a_voiding(house: Community, clerk: Actor) -> None:
    one, two = two_people(house)
    visit = seen(house, two.pk)
    other = seen(house, one.pk)
    with acting(SYSTEM):
        Condition.objects.create(resident=two, organization=house.hospital, code="I10", name="高血压")
        results = set(Observation.objects.values_list("pk", flat=True))
    before = clock.now()
    assert not changed("encounter", before)
    with travelling(before + timedelta(hours=1)):
        case = merge(clerk, one.pk, two.pk, works_at(house.hospital, "data-office", name="乙"))
        assert case.state == "merged"
        assert changed("encounter", before) == {visit.pk, other.pk}
        assert changed("measurement", before) == results
        assert len(changed("condition", before)) == 1
    with travelling(before + timedelta(hours=2)):
        now = clock.now()
        assert not changed("encounter", now)
        unmerge(clerk, case)
        assert changed("encounter", now) == {visit.pk, other.pk}
    with travelling(before + timedelta(hours=3)):
        now = clock.now()
        with acting(SYSTEM):
            entry = Observation.objects.get(encounter=visit)
            Observation.objects.filter(pk=entry.pk).update(voided_reason="录错人", voided_at=now)
        assert changed("measurement", now) == {entry.pk}
    resident = fact("resident")
    with acting(SYSTEM), connection.cursor() as cursor:
        again = merge(clerk, one.pk, two.pk, works_at(house.hospital, "data-office", name="丁"))
        cursor.execute(f"SELECT resident_id, merged_into_id FROM ({resident.sql}) f WHERE merged_into_id IS NOT NULL")
        assert cursor.fetchall() == [(again.loser_id, again.survivor_id)]


def test_whoever_agrees_is_in_the_audit_and_sees_no_more_afterwards_than_before(
    house: Community, clerk: Actor, second: Actor
) -> None:
    one, two = two_people(house)
    stranger = house.resident(name="李四")
    for who in (one, two):
        seen(house, who.pk)
    case = propose_merge(clerk, one=one.pk, two=two.pk, reason="同一人")
    with acting(second):
        advance(second, ResidentMerging, case.pk, "approve")
        assert not Resident.objects.filter(pk=stranger.pk).exists()
    with acting(SYSTEM):
        assert Resident.objects.filter(pk=stranger.pk).exists()
        changed = Entry.objects.filter(
            subject="residents_resident", action="UPDATE", data__new__has_key="merged_into_id"
        )
        assert [entry.user_id for entry in changed.filter(resident_id=two.pk)] == [second.user_id]
