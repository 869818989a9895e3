"""The pages of the review desk: who reaches what, what they show, what a stale page and two people at once do."""

import threading
from datetime import date

import pytest
from care_community import START, person
from care_community import build as build_care
from django.db import connection
from django.test import Client
from index_people import ANOTHER, NUMBER, open_reviews, tied, told

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale, YigongtiError
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents import desk, services
from yigongti.records.residents.access import access_reviewed, reviewing
from yigongti.records.residents.models import (
    MergedRow,
    Resident,
    ResidentMerge,
    SignedCentre,
    SourceIdentity,
    SourceSystem,
)
from yigongti.records.residents.services.detaching import propose_move
from yigongti.records.residents.services.merging import propose_merge
from yigongti.records.residents.services.reviewing import answer
from yigongti.records.residents.workflow import ResidentMerging
from yigongti.registry.consortia.models import Membership

SAME = {"phone": "13900139001", "address": "塔峰镇测试村2组38号"}
CLERKS = ("county", "town", "town2", "commission", "foreign")


class World:
    """The lead, two members, the commission, a foreign hospital: a data office in each, two at the town."""

    def __init__(self) -> None:
        self.made = build_care()
        for place in CLERKS:
            person(self.made, place + "-clerk", "data-office", place)
        person(self.made, "town-second", "data-office", "town")
        with acting(SYSTEM):
            for code in ("his", "lis"):
                SourceSystem.objects.create(code=code, title=code.upper(), organization=self.made.organizations["town"])

    def clerk(self, place: str) -> Actor:
        return self.made[f"{place}-clerk"]

    def page(self, name: str) -> Client:
        client = Client()
        client.force_login(self.made.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
        return client

    def question(self) -> tuple[SourceIdentity, SourceIdentity]:
        """Two identities with two valid numbers who may be one person; nobody has a relation to either."""
        [one] = tied(told("his", id_number=NUMBER, **SAME))
        [two] = tied(told("lis", id_number=ANOTHER, **SAME))
        with acting(SYSTEM):
            one.resident.relations.all().delete()  # type: ignore[union-attr]
            two.resident.relations.all().delete()  # type: ignore[union-attr]
        return one, two


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_the_lead_reviews_for_its_members_and_the_commission_for_its_county(world: World) -> None:
    world.question()
    reached = {place: desk.count(world.clerk(place)) for place in CLERKS}
    assert reached == {"county": 1, "town": 1, "town2": 0, "commission": 1, "foreign": 0}
    county = world.made.organizations["county"].pk
    assert county in reviewing(world.clerk("commission"))
    assert world.made.organizations["foreign"].pk not in reviewing(world.clerk("commission"))
    with acting(SYSTEM):
        member = Membership.objects.get(organization=world.made.organizations["town"])
        member.until = clock.today()
        member.save()
    assert desk.count(world.clerk("county")) == 0
    assert desk.count(world.clerk("town")) == 1
    with acting(SYSTEM):
        member.until = None
        member.save()
    assert clock.today() > START
    assert desk.count(world.clerk("county")) == 1


def test_only_who_reaches_a_question_opens_and_answers_it(world: World) -> None:
    one, two = world.question()
    [review] = open_reviews(two)
    for place in ("foreign", "town2"):
        with pytest.raises(NotFound):
            desk.question(world.clerk(place), review.pk)
        with pytest.raises(NotFound):
            answer(world.clerk(place), review_id=review.pk, answer="same")
        with pytest.raises(NotFound):
            access_reviewed(world.clerk(place), one.resident_id)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            propose_merge(world.clerk(place), one=one.resident_id, two=two.resident_id)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            propose_move(world.clerk(place), identity_id=two.pk, target=None, reason="不是同一人")
    for wrong in ("family-doctor", "director", "commission"):
        with pytest.raises(Forbidden):
            answer(world.made[wrong], review_id=review.pk, answer="different")
        assert world.page(wrong).get("/residents/review/").status_code == 403
    assert desk.question(world.clerk("county"), review.pk).review.pk == review.pk
    assert answer(world.clerk("county"), review_id=review.pk, answer="different").state == "different"
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="residents:review", user_id=world.clerk("county").user_id).exists()


def clinical(world: World, *identities: SourceIdentity) -> None:
    with acting(SYSTEM):
        for one in identities:
            Encounter.objects.create(
                resident_id=one.resident_id,
                organization=world.made.organizations["town"],
                kind="outpatient",
                started_at=clock.now(),
                identity=one,
            )


def test_the_lead_is_the_second_person_of_a_member(world: World) -> None:
    one, two = world.question()
    clinical(world, one, two)
    case = propose_merge(world.clerk("town"), one=one.resident_id, two=two.resident_id, reason="同一人")  # type: ignore[arg-type]
    assert case.counterpart_organization_id == world.made.organizations["county"].pk
    for place in ("foreign", "town2"):
        with pytest.raises((NotFound, Forbidden)):
            advance(world.clerk(place), ResidentMerging, case.pk, "approve")
    assert advance(world.clerk("county"), ResidentMerging, case.pk, "approve", version=1).case.state == "merged"


def test_a_page_that_somebody_overtook_says_so(world: World) -> None:
    one, two = world.question()
    clinical(world, one, two)
    [review] = open_reviews(two)
    clerk, second = world.page("town-clerk"), world.page("town-second")
    done = clerk.post(f"/residents/review/{review.pk}/answer/", {"answer": "same"}, follow=True)
    assert "第二人复核" in done.content.decode()
    late = second.post(f"/residents/review/{review.pk}/answer/", {"answer": "different"})
    assert late.status_code == 409
    with acting(SYSTEM):
        case = ResidentMerge.objects.get()
    page = second.get(f"/residents/merges/{case.pk}/").content.decode()
    assert "同意合并" in page
    assert "同意合并" not in clerk.get(f"/residents/merges/{case.pk}/").content.decode()
    advance(world.made["town-second"], ResidentMerging, case.pk, "decline", {"reason": "两个人"})
    stale = second.post(f"/residents/merges/{case.pk}/approve/", {"version": "1"})
    assert stale.status_code == 409
    with acting(SYSTEM):
        assert not Resident.objects.exclude(merged_into=None).exists()
    with pytest.raises((Stale, Conflict)):
        advance(world.clerk("county"), ResidentMerging, case.pk, "approve", version=1)


def test_a_move_by_the_pages(world: World) -> None:
    [one] = tied(told("his", id_number=NUMBER, **SAME))
    [two] = tied(told("lis", **SAME))
    assert one.resident_id == two.resident_id
    clinical(world, two)
    clerk, second = world.page("town-clerk"), world.page("town-second")
    panel = clerk.get(f"/residents/{one.resident_id}/identities/").content.decode()
    assert f"/residents/identities/{two.pk}/move/" in panel
    form = clerk.get(f"/residents/identities/{two.pk}/move/").content.decode()
    assert "就诊 1" in form
    assert world.page("foreign-clerk").get(f"/residents/identities/{two.pk}/move/").status_code == 404
    key = "0190a6c0-0000-7000-8000-000000000001"
    wrong = clerk.post(
        f"/residents/identities/{two.pk}/move/", {"target": "JK1", "reason": "不是他", "idempotency_key": key}
    )
    assert "没有这个档案号" in wrong.content.decode()
    made = clerk.post(f"/residents/identities/{two.pk}/move/", {"reason": "不是他", "idempotency_key": key})
    assert made.status_code == 302
    assert "GG" in second.get("/residents/review/").content.decode()
    page = second.get(made["Location"]).content.decode()
    assert "同意改归" in page
    assert "同意改归" not in clerk.get(made["Location"]).content.decode()
    assert second.post(made["Location"] + "approve/", {"version": "1"}).status_code == 302
    with acting(SYSTEM):
        two.refresh_from_db()
        assert two.resident_id != one.resident_id
        assert Encounter.objects.get().resident_id == two.resident_id
    assert "已改归" in second.get(made["Location"]).content.decode()
    undone = clerk.post(
        made["Location"] + "undo/", {"reason": "看错了", "idempotency_key": key[:-1] + "2", "version": "2"}
    )
    assert undone.status_code == 302
    with acting(SYSTEM):
        assert Encounter.objects.get().resident_id == one.resident_id


def test_what_stays_is_shown_before_and_after_with_the_way_out(world: World) -> None:
    one, two = world.question()
    clinical(world, one, two)
    town = world.made.organizations["town"]
    with acting(SYSTEM):
        for identity in (one, two):
            SignedCentre.objects.create(resident_id=identity.resident_id, organization=town, start=date(2026, 1, 1))
    case = propose_merge(world.clerk("town"), one=one.resident_id, two=two.resident_id, reason="同一人")  # type: ignore[arg-type]
    second = world.page("town-second")
    before = second.get(f"/residents/merges/{case.pk}/").content.decode()
    assert "合并后会留在原档案 1" in before
    assert "先在保留的档案解约" in before
    with acting(SYSTEM):
        assert not MergedRow.objects.exists()
        assert Encounter.objects.filter(resident_id=case.loser_id).count() == 1
    second.post(f"/residents/merges/{case.pk}/approve/")
    page = f"/residents/merges/{case.pk}/"
    assert "移动留下的内容" in second.get(page).content.decode()
    assert "仍与保留的档案冲突" in second.post(page + "follow/", follow=True).content.decode()
    with acting(SYSTEM):
        assert MergedRow.objects.filter(stayed=True, table="residents_signedcentre").count() == 1
        SignedCentre.objects.filter(resident_id=case.survivor_id).update(until=date(2026, 1, 2))
        SignedCentre.objects.filter(resident_id=case.loser_id).update(start=date(2026, 1, 2))
    assert "已经移到保留的档案" in second.post(page + "follow/", follow=True).content.decode()
    with acting(SYSTEM):
        assert SignedCentre.objects.filter(resident_id=case.survivor_id).count() == 2
    advance(world.clerk("town"), ResidentMerging, case.pk, "unmerge", {"reason": "看错了"})
    with acting(SYSTEM):
        assert SignedCentre.objects.filter(resident_id=case.loser_id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_do_not_both_win() -> None:
    world = World()
    _one, two = world.question()
    [review] = open_reviews(two)
    said: list[str] = []

    def attempt(name: str, what: str) -> None:
        try:
            said.append(answer(world.made[name], review_id=review.pk, answer=what).state)
        except YigongtiError as refused:
            said.append(type(refused).__name__)
        finally:
            connection.close()

    people = [
        threading.Thread(target=attempt, args=(name, what))
        for name, what in (("town-clerk", "same"), ("town-second", "different"))
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(said) in (["Conflict", "different"], ["Conflict", "same"])
    with acting(SYSTEM):
        assert ResidentMerge.objects.count() == said.count("same")
    with pytest.raises(Invalid):
        services.register_unknown(world.made["family-doctor"], estimated_age=200, place="村口", features="男")
    assert User.objects.exists()
