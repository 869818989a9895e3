"""The change feed: every version, in order, without gaps, to those who may see it."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from records_community import Community, make_community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.errors import Invalid
from yigongti.records.exchange.changes import queries, sealing
from yigongti.records.exchange.changes.models import Change
from yigongti.records.health_record import services as record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def community() -> Community:
    return make_community()


def visit(community: Community, resident: object, sbp: int = 148) -> object:
    return record.record_encounter(
        community.family_doctor, resident_id=resident.pk, kind="follow-up", measurements={"sbp": sbp, "dbp": 92}
    )


def placed() -> int:
    """Place all that waits; how many rows were. Transactions of other databases of the server hold places back too, and
    the other half of the tests runs there: wait for them.
    """
    count, deadline = 0, time.monotonic() + 300
    while True:
        count += sealing.seal()
        with acting(SYSTEM):
            waiting = Change.objects.filter(position=None).exists()
        if not waiting:
            return count
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def followed(actor: object, limit: int = 3, after: str = "", **asked: object) -> tuple[list[queries.Item], str]:
    """Everything from a cursor on, page by page."""
    found = []
    while True:
        page = queries.changes(actor, after=after, limit=limit, **asked)
        found += page.items
        after = page.next
        if not page.more:
            return found, after


def test_every_version_is_told_to_those_who_may_see_it(community: Community) -> None:
    resident = community.resident()
    encounter = visit(community, resident)
    placed()
    items, end = followed(community.family_doctor)
    assert [item.type for item in items].count("Observation") == 2
    assert ("Patient", "created") in {(item.type, item.action) for item in items}
    assert [item.id for item in items if item.type == "Encounter"] == [encounter.pk]
    assert followed(community.family_doctor, after=end) == ([], end)
    assert followed(community.stranger)[0] == []
    assert len({item.cursor for item in items}) == len(items)

    only, _ = followed(community.family_doctor, types=["Encounter"])
    assert [item.type for item in only] == ["Encounter"]


def test_what_a_late_transaction_wrote_is_not_passed_over(community: Community) -> None:
    """Two writers; the one who began first commits last."""
    slow, quick = community.resident(name="张慢"), community.resident(name="李快")
    placed()
    _, start = followed(community.family_doctor)
    written, leave = threading.Event(), threading.Event()

    def linger() -> None:
        with acting(SYSTEM), transaction.atomic():
            visit(community, slow)
            written.set()
            leave.wait(20)
        connections.close_all()

    thread = threading.Thread(target=linger)
    thread.start()
    assert written.wait(20)
    visit(community, quick)
    assert sealing.seal() == 0, "held back: the older transaction is still open"
    assert followed(community.family_doctor, after=start)[0] == []
    leave.set()
    thread.join()
    assert placed() > 0
    items, _ = followed(community.family_doctor, after=start)
    assert [item.resident for item in items] == [slow.pk] * 3 + [quick.pk] * 3


def test_concurrent_writers_leave_no_gap(community: Community) -> None:
    people = [community.resident(name=f"人{n}") for n in range(4)]
    placed()
    _, cursor = followed(community.family_doctor)
    stop = threading.Event()
    made: list[object] = []

    def write(resident: object) -> None:
        for n in range(12):
            made.append(visit(community, resident, 120 + n).pk)
        connections.close_all()

    def place() -> None:
        while not stop.is_set():
            sealing.seal(limit=5)
        connections.close_all()

    writers = [threading.Thread(target=write, args=(one,)) for one in people]
    sealers = [threading.Thread(target=place) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    seen: list[object] = []
    while any(thread.is_alive() for thread in writers):
        items, cursor = followed(community.family_doctor, after=cursor, limit=7, types=["Encounter"])
        seen += [item.id for item in items]
    stop.set()
    for thread in sealers:
        thread.join()
    placed()
    seen += [item.id for item in followed(community.family_doctor, after=cursor, types=["Encounter"])[0]]
    assert sorted(seen) == sorted(made)
    assert len(seen) == 48
    positions = list(Change.objects.none())
    with acting(SYSTEM):
        positions = sorted(Change.objects.exclude(position=None).values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))


def test_a_load_costs_one_row_for_many(community: Community) -> None:
    resident = community.resident()
    encounter = visit(community, resident)
    placed()
    _, start = followed(community.family_doctor)
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO health_record_observation (id, resident_id, organization_id, code, value, unit, effective_at, "
            "recorded_at, category, status) "
            "SELECT gen_random_uuid(), resident_id, organization_id, 'sbp', 120, 'mmHg', started_at, now(), "
            "'vital-signs', 'final' FROM health_record_encounter, generate_series(1, 1300) WHERE id = %s",
            [encounter.pk],
        )
    assert 3 <= placed() <= 4
    items, _ = followed(community.family_doctor, after=start, limit=500)
    assert len(items) == 1300
    assert len({item.id for item in items}) == 1300


def test_cursors(community: Community) -> None:
    community.resident()
    placed()
    now = queries.changes(community.family_doctor, after="now")
    assert (now.items, now.more) == ([], False)
    community.resident(name="后来")
    placed()
    assert len(followed(community.family_doctor, after=now.next)[0]) == 1
    for wrong in ("x", "1", "-1-2", "1-2-3", "９-1"):
        with pytest.raises(Invalid):
            queries.changes(community.family_doctor, after=wrong)
    with pytest.raises(Invalid, match="Observationn"):
        queries.changes(community.family_doctor, types=["Observationn"])


def test_the_feed_reaches_back_for_ninety_days(community: Community) -> None:
    for n in range(5):
        community.resident(name=f"早{n}")
    placed()
    with acting(SYSTEM):
        last = Change.objects.order_by("-position").values_list("position", flat=True)[0]
    with clock.travelling(clock.now() + sealing.KEPT + timedelta(days=1)):
        sealing.forget_old()
    with acting(SYSTEM):
        assert list(Change.objects.values_list("position", flat=True)) == [last]
    with pytest.raises(queries.FeedGone):
        queries.changes(community.family_doctor, after="1-1")
    community.resident(name="新")
    placed()
    with acting(SYSTEM):
        assert Change.objects.order_by("-position").values_list("position", flat=True)[0] == last + 1


def test_over_the_api(community: Community) -> None:
    community.resident()
    placed()
    actor = community.family_doctor
    Grant.objects.create(
        user_id=actor.user_id, role="family-doctor", organization_id=actor.organization_id, subtree=True
    )
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    answer = client.get("/api/exchange/changes", {"types": "Patient"})
    assert answer.status_code == 200, answer.content
    assert [item["type"] for item in answer.json()["items"]] == ["Patient"]
    assert client.get("/api/exchange/changes", {"after": "bad"}).status_code == 422
    assert client.get("/api/exchange/changes", {"after": answer.json()["next"]}).json()["items"] == []
