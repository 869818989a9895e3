"""Notices reach the right people once, are read by them alone, and leave through the outbox."""

import pytest
from access_community import Community, Enter, build
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Invalid
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.events.outbox import deliver
from yigongti.kernel.notices import sending
from yigongti.kernel.notices.gateways import Message, NotSent
from yigongti.kernel.notices.models import Notice
from yigongti.kernel.notices.services import Telling, at_desk, holding, notify, tell, unread

pytestmark = pytest.mark.django_db


@pytest.fixture
def community(db: None) -> Community:
    return build()


@pytest.fixture
def enter(community: Community) -> Enter:
    def log_in(username: str) -> Client:
        client = Client()
        client.force_login(community.users[username], backend="yigongti.kernel.access.backends.GrantedBackend")
        return client

    return log_in


class Recorder:
    """A gateway that remembers, or fails."""

    def __init__(self, failing: bool = False) -> None:
        self.sent: list[Message] = []
        self.failing = failing

    def reaches(self, message: Message) -> bool:
        return True

    def send(self, message: Message) -> None:
        if self.failing:
            raise NotSent("不通")
        self.sent.append(message)


def test_a_desk_is_its_people_or_else_those_above(community: Community) -> None:
    county, town = community.organizations["county"].pk, community.organizations["town"].pk
    assert at_desk(county, Permission.REFERRAL_ACCEPT) == {community.users["office"].pk}
    assert at_desk(town, Permission.REFERRAL_STATISTICS) == {community.users["director"].pk}
    above = {community.users[name].pk for name in ("council", "commission")}
    assert at_desk(community.organizations["town2"].pk, Permission.REFERRAL_STATISTICS) == above


def test_a_notice_reaches_each_person_once(community: Community) -> None:
    who = {"organization_id": community.organizations["county"].pk, "permission": Permission.REFERRAL_ACCEPT}
    for _ in range(2):
        notify(**who, users=[community.users["director"].pk], title="新转诊", link="/referrals/1/", key="event-1")
    with acting(SYSTEM):
        assert Notice.objects.count() == 2
    office = community["office"]
    with acting(office), CaptureQueriesContext(connection) as captured:
        assert unread(office) == 1
    assert len(captured) == 1
    with pytest.raises(Invalid):
        notify(users=[1], title="x", link="https://evil.cn/")


def test_many_notices_are_left_in_few_statements(community: Community) -> None:
    county = community.organizations["county"].pk
    tellings = [
        Telling(
            title=f"第 {n} 件", key=f"event-{n}", urgent=n == 0, desks=[(county, holding(Permission.REFERRAL_ACCEPT))]
        )
        for n in range(30)
    ]
    waiting = Outbox.objects.count()
    with acting(SYSTEM), CaptureQueriesContext(connection) as captured:
        assert tell(tellings) == 30
    assert len([q for q in captured if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]]) == 2
    assert tell([*tellings, *tellings]) == 0
    assert Outbox.objects.count() == waiting + 1
    left_out = Telling(title="x", users=[community.users["office"].pk], but=community.users["office"].pk)
    assert tell([left_out]) == 0


def test_people_read_their_own_notices_only(community: Community, enter: Enter) -> None:
    notify(users=[community.users["office"].pk], title="新转诊到达", text="请尽快受理", link="/my/sessions/")
    with acting(SYSTEM):
        notice = Notice.objects.get()
    assert enter("specialist").get(f"/my/notices/{notice.pk}/").status_code == 404
    assert "新转诊到达" not in enter("specialist").get("/my/notices/").content.decode()
    client = enter("office")
    page = client.get("/my/notices/").content.decode()
    assert "新转诊到达" in page
    assert "未读" in page
    assert ">1<" in client.get("/ui/badges/").content.decode()
    assert client.get(f"/my/notices/{notice.pk}/")["Location"] == "/my/sessions/"
    assert "未读" not in client.get("/my/notices/").content.decode()


def test_everything_is_marked_read(community: Community, enter: Enter) -> None:
    for number in range(3):
        notify(users=[community.users["office"].pk], title=f"第 {number} 条")
    client = enter("office")
    client.post("/my/notices/read/")
    with acting(community["office"]):
        assert unread(community["office"]) == 0


def test_urgent_notices_and_those_to_residents_leave(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(sending, "gateways", lambda: [recorder])
    resident = new_id()
    with acting(SYSTEM):
        User.objects.create_user("wang", "x", name="王某", resident_id=resident, email="wang@example.cn")
    notify(users=[community.users["office"].pk], title="平常的事")
    notify(users=[community.users["office"].pk], title="急事", urgent=True)
    notify(resident_id=resident, title="转诊已接收", link="/")
    assert not recorder.sent  # never inside the command
    while deliver():
        pass
    assert sorted(message.title for message in recorder.sent) == ["急事", "转诊已接收"]
    assert {message.email for message in recorder.sent} == {"", "wang@example.cn"}


def test_what_fails_is_tried_again_and_what_was_sent_is_not(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(failing=True)
    monkeypatch.setattr(sending, "gateways", lambda: [recorder])
    monkeypatch.setattr(sending, "_resting", {})
    notify(users=[community.users["office"].pk], title="急事", urgent=True)
    deliver()
    waiting = Outbox.objects.get()
    assert (waiting.consumer, waiting.attempts) == ("yigongti.kernel.notices.sending.send_notice", 1)
    with pytest.raises(NotSent, match="刚刚失败过"), acting(SYSTEM):
        sending.send_notice(waiting.payload)
    recorder.failing = False
    monkeypatch.setattr(sending, "_resting", {})
    Outbox.objects.update(next_at="2020-01-01T00:00Z")
    deliver()
    with acting(SYSTEM):
        sending.send_notice(waiting.payload)
    assert len(recorder.sent) == 1
    assert not Outbox.objects.exists()


def test_rooms_know_how_people_are_reached(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_books", [])
    user = community.users["office"]
    user.email = "office@example.cn"
    sending.address_book(lambda user: sending.Contact(phone="13900000001"))
    assert sending.contact_of(user) == sending.Contact(email="office@example.cn", phone="13900000001")
