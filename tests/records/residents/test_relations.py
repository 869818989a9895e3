import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from records_community import Community, make_community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.notices.models import Notice
from yigongti.records.health_record import services as record
from yigongti.records.residents import queries, services
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.alarms import alarm
from yigongti.records.residents.duties import signings_of_the_day
from yigongti.records.residents.grounds import grounds_of
from yigongti.records.residents.models import CareRelation, Consent, Resident, SignedCentre
from yigongti.records.residents.services.signing import midnight

PERSONAL = [
    "residents_resident",
    "residents_contact",
    "residents_consent",
    "residents_signedcentre",
    "health_record_encounter",
    "health_record_observation",
    "health_record_condition",
    "health_record_medicationstatement",
    "health_record_allergyintolerance",
    "health_record_documentreference",
]


def counted(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def full_record(community: Community) -> Resident:
    """A resident with a row in every personal table."""
    doctor = community.family_doctor
    resident = community.resident()
    who = {"resident_id": resident.pk}
    record.record_encounter(doctor, **who, kind="outpatient", measurements={"sbp": 150, "dbp": 90})
    record.diagnose(doctor, **who, code="I10", name="高血压")
    record.prescribe(doctor, **who, name="氨氯地平", dose="5mg", frequency="qd")
    record.record_allergy(doctor, **who, substance="青霉素")
    record.attach(doctor, **who, title="心电图", kind="report", content=b"%PDF-1.4")
    services.sign(doctor, **who, organization_id=community.centre.pk)
    services.grant_consent(doctor, **who, kind="referral", evidence="本人签字")
    services.add_contact(doctor, **who, name="王大力", relation="儿子", phone="13900139000")
    return resident


@pytest.mark.parametrize("table", PERSONAL)
def test_raw_sql_shows_a_stranger_nothing_and_no_setting_shows_nobody_anything(
    community: Community, table: str
) -> None:
    resident = full_record(community)
    with acting(community.village_doctor):
        assert counted(table) >= 1
    with acting(community.stranger):
        assert counted(table) == 0
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")
            assert cursor.rowcount == 0
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0
    with acting(Actor(None, "本人", resident_id=resident.pk)):
        assert counted(table) >= 1


def test_a_stranger_gets_the_same_answer_as_for_nobody(community: Community) -> None:
    from yigongti.kernel.cases.keys import new_id

    resident = community.resident()
    with acting(community.stranger):
        for key in (resident.pk, new_id()):
            with pytest.raises(NotFound) as refused:
                access_resident(community.stranger, key)
            assert "没有服务关系" in refused.value.message


def test_a_relation_opens_and_closes_the_record(community: Community) -> None:
    resident = community.resident()
    specialist = community.specialist
    with acting(specialist), pytest.raises(NotFound):
        access_resident(specialist, resident.pk)
    given = {
        "resident_id": resident.pk,
        "organization_id": community.hospital.pk,
        "kind": "referral",
        "source": "up-1",
    }
    services.open_relation(**given)
    services.open_relation(**given)
    assert CareRelation.objects.filter(kind="referral").count() == 1
    with acting(specialist):
        assert access_resident(specialist, resident.pk) == resident
    assert services.close_relation(**given) == 1
    assert services.close_relation(**given) == 0
    with acting(specialist), pytest.raises(NotFound):
        access_resident(specialist, resident.pk)
    services.open_relation(**given)
    assert CareRelation.objects.filter(kind="referral").count() == 2, "the first time stays dated"


def test_a_limited_relation_grows_and_never_shrinks(community: Community) -> None:
    resident = community.resident()
    given = {"resident_id": resident.pk, "organization_id": community.hospital.pk, "kind": "encounter"}
    soon, later = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=9)
    for until in (soon, later, soon):
        services.open_relation(**given, until=until)
    assert [r.until for r in CareRelation.objects.filter(kind="encounter")] == [later]
    services.open_relation(**given)
    services.open_relation(**given, until=later)
    assert [r.until for r in CareRelation.objects.filter(kind="encounter")] == [None]


def test_a_second_signing_names_the_first(community: Community) -> None:
    resident = community.resident()
    doctor = community.practitioner(community.family_doctor)
    signing = {"resident_id": resident.pk, "organization_id": community.centre.pk}
    services.sign(community.family_doctor, **signing, doctor_id=doctor.pk)
    with pytest.raises(Conflict, match="李医生"):
        services.sign(community.family_doctor, **signing)
    with acting(community.family_doctor):
        assert queries.signed_centre(resident.pk).doctor == doctor
        assert queries.signed_centre(resident.pk, clock.today() - timedelta(days=1)) is None
    services.end_signing(community.family_doctor, resident_id=resident.pk)
    assert not CareRelation.objects.filter(kind="signed").in_force().exists()
    services.sign(community.family_doctor, **signing, until=clock.today() + timedelta(days=365))
    with pytest.raises(Forbidden):
        services.sign(community.village_doctor, **signing)


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_at_once_one_wins() -> None:
    with transaction.atomic():
        community = make_community()
    resident = community.resident()
    start, outcomes = threading.Barrier(2), []

    def sign() -> None:
        try:
            start.wait()
            services.sign(community.family_doctor, resident_id=resident.pk, organization_id=community.centre.pk)
            outcomes.append("signed")
        except Conflict as refused:
            outcomes.append(refused.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sign) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.sort()
    assert outcomes[0] == "signed"
    assert "已与楠市镇卫生院签约" in outcomes[1]
    with acting(SYSTEM):
        assert SignedCentre.objects.count() == 1


def test_a_withdrawn_consent_is_news_and_can_be_given_again(community: Community) -> None:
    resident = community.resident()
    who = {"resident_id": resident.pk, "kind": "referral"}
    given = services.grant_consent(community.village_doctor, **who, evidence="口头，村支书见证")
    assert services.grant_consent(community.village_doctor, **who, evidence="再次").pk == given.pk
    herself = Actor(99, "王秀英", grants=works_as_resident(), resident_id=resident.pk)
    services.withdraw_consent(herself, **who)
    assert Outbox.objects.get(name="ConsentWithdrawn").payload == {"resident": str(resident.pk), "kind": "referral"}
    with pytest.raises(Conflict):
        services.withdraw_consent(herself, **who)
    services.grant_consent(herself, **who, evidence="本人在手机上确认")
    with acting(herself):
        assert Consent.objects.count() == 2
        assert queries.has_consent(resident, "referral")


def works_as_resident() -> tuple:
    from yigongti.kernel.access.actor import GrantedRole

    return (GrantedRole("resident", 0, frozenset({0})),)


def test_breaking_the_glass_is_loud_and_short(community: Community) -> None:
    resident = community.resident()
    doctor = community.stranger
    given = {"resident_id": resident.pk, "reason": "life", "text": "昏迷，需了解用药史", "minutes": 30}
    for wrong in ({"reason": "curious"}, {"text": "急"}, {"minutes": 100_000}):
        with pytest.raises(Invalid):
            services.open_in_emergency(doctor, **{**given, **wrong})
    _, relation = services.open_in_emergency(doctor, **given)
    assert timedelta(minutes=29) < relation.until - clock.now() <= timedelta(minutes=30)
    with acting(doctor):
        assert access_resident(doctor, resident.pk) == resident
    news = Outbox.objects.get(name="RecordOpenedInEmergency").payload
    assert (news["resident"], news["organization"]) == (str(resident.pk), community.foreign.pk)
    with acting(SYSTEM):
        entry = Entry.objects.get(action="EMERGENCY")
        assert (entry.user_id, entry.resident_id) == (doctor.user_id, resident.pk)
        assert "昏迷" in entry.data["reason"]
        assert queries.readers_of(resident.pk)[0].action == "EMERGENCY"
    herself = User.objects.create(username="wxy", name="王秀英", resident_id=resident.pk)
    director = works_at(community.foreign, "director")
    with acting(SYSTEM):
        Grant.objects.create(user_id=director.user_id, role="director", organization=community.foreign)
    for _ in range(2):
        alarm(news)
    told = dict(Notice.objects.values_list("user_id", "title"))
    assert told == {herself.pk: "您的健康档案被紧急调阅", director.user_id: "有档案被紧急调阅"}
    assert Notice.objects.count() == 2
    CareRelation.objects.filter(kind="emergency").update(until=clock.now())
    with acting(doctor), pytest.raises(NotFound):
        access_resident(doctor, resident.pk)


def test_breaking_the_glass_needs_the_permission_and_a_person(community: Community) -> None:
    from yigongti.kernel.cases.keys import new_id

    given = {"reason": "life", "text": "昏迷，需了解用药史"}
    office = works_at(community.hospital, "referral-office")
    with pytest.raises(Forbidden):
        services.open_in_emergency(office, resident_id=community.resident().pk, **given)
    with pytest.raises(NotFound):
        services.open_in_emergency(community.specialist, resident_id=new_id(), **given)


def test_a_resident_who_logs_in_sees_nobody_else_of_the_place(community: Community) -> None:
    from yigongti.kernel.access.actor import GrantedRole

    resident, neighbour = community.resident(), community.resident(name="李四")
    home = community.centre.pk
    herself = Actor(99, "王秀英", home, (GrantedRole("resident", home, frozenset({home})),), resident_id=resident.pk)
    with acting(herself):
        assert list(Resident.objects.all()) == [resident]
        with pytest.raises(Forbidden):
            access_resident(herself, neighbour.pk)


@pytest.fixture
def tomorrow() -> Iterator[Callable[[], None]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(clock.travelling(clock.now() + timedelta(days=1))) and None


def signed(resident: Resident) -> list[CareRelation]:
    with acting(SYSTEM):
        return list(CareRelation.objects.in_force().filter(resident=resident, kind="signed"))


def test_a_signing_dated_ahead_opens_the_record_on_its_day(community: Community, tomorrow: Callable[[], None]) -> None:
    resident = community.resident(community.family_doctor)
    ahead = {"organization_id": community.centre.pk, "start": clock.today() + timedelta(days=1)}
    services.sign(community.family_doctor, resident_id=resident.pk, until=ahead["start"] + timedelta(days=9), **ahead)
    signings_of_the_day()
    assert signed(resident) == []
    tomorrow()
    signings_of_the_day()
    (made,) = signed(resident)
    assert (made.organization_id, made.until) == (community.centre.pk, midnight(clock.today() + timedelta(days=9)))
    signings_of_the_day()
    assert len(signed(resident)) == 1


def test_a_signing_ahead_of_somebody_who_moved_away_opens_nothing(
    community: Community, tomorrow: Callable[[], None]
) -> None:
    resident = community.resident(community.family_doctor)
    ahead = {"organization_id": community.centre.pk, "start": clock.today() + timedelta(days=1)}
    services.sign(community.family_doctor, resident_id=resident.pk, **ahead)
    services.record_moved(community.family_doctor, resident_id=resident.pk)
    tomorrow()
    signings_of_the_day()
    assert signed(resident) == []


def test_a_signing_that_follows_the_centres_own_leaves_no_gap(community: Community) -> None:
    resident, doctor = community.resident(community.family_doctor), community.family_doctor
    first = clock.today() + timedelta(days=3)
    for start, until in ((clock.today(), first), (first, first + timedelta(days=30))):
        services.sign(doctor, resident_id=resident.pk, organization_id=community.centre.pk, start=start, until=until)
    (held,) = signed(resident)
    assert held.until == midnight(first + timedelta(days=30))


def test_a_reading_says_by_which_relation(community: Community) -> None:
    resident, doctor = community.resident(community.family_doctor), community.family_doctor
    services.sign(doctor, resident_id=resident.pk, organization_id=community.centre.pk)
    for actor in (doctor, community.stranger):
        with acting(actor):
            reading(actor, resident_id=resident.pk, page="record:resident", why="x")
    with acting(SYSTEM):
        mine, theirs = Entry.objects.filter(subject="record:resident").order_by("pk")
    assert mine.data == {"why": "x", "relations": ["grid", "registered", "signed"]}
    assert grounds_of(mine.data) == "签约、网格责任、建档"
    assert (theirs.data, grounds_of(theirs.data)) == ({"why": "x"}, "")
