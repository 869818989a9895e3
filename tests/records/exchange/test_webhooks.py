"""Webhooks: to those who may know, signed, tried again, given up with a notice, sent again; never into the house."""

import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from records_community import Community, works_at

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access import applications
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.errors import Forbidden, Invalid, NotFound
from yigongti.kernel.events.outbox import deliver, emit
from yigongti.kernel.notices.models import Notice
from yigongti.records.exchange.webhooks import offers, sending, services, signing, targets
from yigongti.records.exchange.webhooks.models import Delivery, Subscription
from yigongti.records.health_record import services as record


class Receiver(http.server.BaseHTTPRequestHandler):
    """A system that listens; ``answers`` are its next statuses, then 204."""

    answers: list[int] = []
    got: list[tuple[dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(type(self).answers.pop(0) if type(self).answers else 204)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(configuration(), "webhook_hosts", "127.0.0.0/8 *.example.cn")
    Receiver.got, Receiver.answers = [], []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?x=1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def system(community: Community) -> User:
    """A system at the centre."""
    made, _ = applications.open_application(
        SYSTEM, name="卫生院 HIS", organization_id=community.centre.pk, scopes=["record.read", "exchange.receive"]
    )
    return made.user


@pytest.fixture
def subscribed(system: User, receiver: str) -> tuple[Subscription, str]:
    with acting(SYSTEM):
        return services.subscribe(
            system_actor(system), url=receiver, events=["EncounterRecorded", "ResidentDied", "RecordChanged"]
        )


def system_actor(user: User) -> object:
    return User.objects.get(pk=user.pk).actor(purpose="接口")


def visit(community: Community) -> object:
    resident = community.resident()
    found = record.record_encounter(
        community.family_doctor, resident_id=resident.pk, kind="follow-up", complaint="头晕", measurements={"sbp": 188}
    )
    while deliver():
        pass
    return found


def test_a_message_says_which_and_nothing_clinical(community: Community, subscribed: tuple[Subscription, str]) -> None:
    encounter = visit(community)
    assert sending.drain() == 1
    [(headers, body)] = Receiver.got
    told = json.loads(body)
    assert told["event"] == headers["X-Yigongti-Event"] == "EncounterRecorded"
    assert told["references"] == [f"Encounter/{encounter.pk}", f"Patient/{encounter.resident_id}"]
    assert set(told) == {"id", "event", "at", "subscription", "references"}
    assert "王秀英" not in body.decode()
    stamp = headers[signing.TIMESTAMP].encode()
    wanted = hmac.new(subscribed[1].encode(), stamp + b"." + body, hashlib.sha256).hexdigest()
    assert headers[signing.SIGNATURE] == f"v1={wanted}"
    assert headers["X-Yigongti-Delivery"] == told["id"]
    with acting(SYSTEM):
        assert Delivery.objects.get().state == "done"
    assert sending.drain() == 0


def test_who_has_no_relation_hears_nothing(community: Community, receiver: str) -> None:
    made, _ = applications.open_application(
        SYSTEM, name="外县 HIS", organization_id=community.foreign.pk, scopes=["record.read", "exchange.receive"]
    )
    services.subscribe(system_actor(made.user), url=receiver, events=["EncounterRecorded"])
    visit(community)
    with acting(SYSTEM):
        assert not Delivery.objects.exists()


def test_what_fails_is_tried_again_given_up_and_sent_again(
    community: Community, subscribed: tuple[Subscription, str]
) -> None:
    subscription, _ = subscribed
    office = works_at(community.centre, "data-office")
    Grant.objects.create(user_id=office.user_id, role="data-office", organization=community.centre)
    visit(community)
    Receiver.answers = [500, 302, *[503] * 100]
    moment, pauses = clock.now(), []
    for _ in range(60):
        with clock.travelling(moment):
            sending.drain()
            with acting(SYSTEM):
                row = Delivery.objects.get()
            if row.state != "waiting":
                break
            pauses.append((row.next_at - moment).total_seconds())
            moment = row.next_at
    assert pauses[:6] == [10, 60, 300, 1800, 7200, 21600]
    assert (row.state, row.status) == ("dead", 503)
    assert moment - row.since >= timedelta(days=3)
    assert len(row.log) == 10
    assert row.log[0]["error"]
    with acting(SYSTEM):
        assert Notice.objects.filter(user_id=office.user_id, title="事件推送没有送达").count() == 1
    Receiver.answers = []
    assert services.replay(office, subscription=subscription) == 1
    sending.drain()
    with acting(SYSTEM):
        assert Delivery.objects.get().state == "done"
    assert len({headers["X-Yigongti-Delivery"] for headers, _ in Receiver.got}) == 1


def test_the_waking_call_is_enough_once(community: Community, subscribed: tuple[Subscription, str]) -> None:
    with acting(SYSTEM):
        emit("RecordChanged")
        emit("RecordChanged")
        deliver()
        emit("RecordChanged")
        deliver()
        [row] = Delivery.objects.all()
    assert row.body["references"] == []


def test_a_lease_keeps_others_away_and_ends(community: Community, subscribed: tuple[Subscription, str]) -> None:
    visit(community)
    assert len(sending.take()) == 1
    assert sending.take() == []
    with clock.travelling(clock.now() + sending.LEASE + timedelta(seconds=1)):
        assert len(sending.take()) == 1


def test_the_pulse_sends(community: Community, subscribed: tuple[Subscription, str]) -> None:
    visit(community)
    sender = sending.Sender()
    for _ in range(200):
        sender.beat()
        sender.pool.submit(lambda: None).result()
        with acting(SYSTEM):
            if Delivery.objects.get().state == "done":
                break
    assert len(Receiver.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://his.example.cn/",  # a name needs TLS
        "https://example.org/",
        "https://127.0.0.1.evil.org/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://user:pw@his.example.cn/",
        "https://his.example.cn/#x",
        "ftp://his.example.cn/",
        "https://",
        "https://his.example.cn:99999/",
        "https://his.example.cn/\r\nX: 1",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_addresses_that_are_refused(url: str, receiver: str) -> None:
    with pytest.raises(Invalid):
        targets.checked(url)


def test_a_name_that_leads_into_the_house_is_refused(receiver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("10.1.2.3", 443)), (2, 1, 6, "", ("203.0.114.9", 443))]

    monkeypatch.setattr(targets.socket, "getaddrinfo", lookup)
    with pytest.raises(Invalid, match=r"10\.1\.2\.3"):
        targets.address_of(targets.checked("https://his.example.cn/hook"))
    monkeypatch.setattr(configuration(), "webhook_hosts", "*.example.cn 10.1.0.0/16")
    assert targets.address_of(targets.checked("https://his.example.cn/hook")) == "10.1.2.3"


def test_nothing_is_allowed_where_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "webhook_hosts", "")
    with pytest.raises(Invalid, match="YIGONGTI_WEBHOOK_HOSTS"):
        targets.checked("https://his.example.cn/")


def test_who_may(community: Community, subscribed: tuple[Subscription, str], receiver: str, system: User) -> None:
    elsewhere = works_at(community.foreign, "data-office")
    with pytest.raises(NotFound):
        services.access_subscription(elsewhere, subscribed[0].pk)
    with pytest.raises(Invalid):
        services.subscribe(elsewhere, url=receiver, events=["ResidentDied"], user_id=system.pk)
    with pytest.raises(Forbidden):
        services.subscribe(community.family_doctor, url=receiver, events=["ResidentDied"], user_id=system.pk)
    with pytest.raises(Invalid, match="ResidentBorn"):
        services.subscribe(system_actor(system), url=receiver, events=["ResidentBorn"])
    assert services.replay(elsewhere, subscription=subscribed[0]) == 0


def test_pages(community: Community, subscribed: tuple[Subscription, str], receiver: str, system: User) -> None:
    subscription, _ = subscribed
    visit(community)
    Receiver.answers = [500]
    sending.drain(1)
    office = works_at(community.centre, "data-office")
    Grant.objects.create(user_id=office.user_id, role="data-office", organization=community.centre)
    client = Client()
    client.force_login(User.objects.get(pk=office.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    page = client.get(reverse("webhooks:list")).content.decode()
    assert "卫生院 HIS" in page
    with acting(SYSTEM):
        row = Delivery.objects.get()
    page = client.get(subscription.get_absolute_url()).content.decode()
    assert "对方应答 500" in page
    page = client.get(row.get_absolute_url()).content.decode()
    assert f"Encounter/{row.body['references'][0].split('/')[1]}" in page
    for name in ("subscribe", "change", "stop", "start", "rotate", "replay"):
        key = [] if name == "subscribe" else [subscription.pk]
        assert client.get(reverse(f"webhooks:{name}", args=key)).status_code == 200
    answer = client.post(
        reverse("webhooks:subscribe"), {"user": system.pk, "url": receiver, "events": ["ResidentDied"]}, follow=True
    )
    assert "签名密钥" in answer.content.decode()
    assert client.post(reverse("webhooks:stop", args=[subscription.pk])).status_code == 302
    assert client.post(reverse("webhooks:replay-one", args=[row.pk])).status_code == 302
    refused = client.post(
        reverse("webhooks:subscribe"), {"user": system.pk, "url": "https://evil.org/", "events": ["ResidentDied"]}
    )
    assert refused.status_code == 422


def test_over_the_api(community: Community, receiver: str) -> None:
    made, secret = applications.open_application(
        SYSTEM, name="检验系统", organization_id=community.centre.pk, scopes=["record.read", "exchange.receive"]
    )
    client = Client()
    asked = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
    token = client.post("/api/token", asked).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert "EncounterRecorded" in [
        one["name"] for one in client.get("/api/exchange/webhooks/events", headers=headers).json()
    ]
    body = {"url": receiver, "events": ["EncounterRecorded"]}
    answer = client.post("/api/exchange/webhooks", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    key = answer.json()["id"]
    assert len(answer.json()["secret"]) > 30
    visit(community)
    sending.drain()
    [row] = client.get(f"/api/exchange/webhooks/{key}/deliveries?state=done", headers=headers).json()
    assert row["status"] == 204
    assert client.post(f"/api/exchange/webhooks/{key}/replay", headers=headers).json() == {"count": 0}
    body["url"] = "https://his.example.cn/new"
    assert (
        client.put(f"/api/exchange/webhooks/{key}", body, content_type="application/json", headers=headers).status_code
        == 200
    )
    assert client.delete(f"/api/exchange/webhooks/{key}", headers=headers).json()["active"] is False
    assert len(client.get("/api/exchange/webhooks", headers=headers).json()) == 1


def test_news_of_the_index_are_offered() -> None:
    told = offers.offers()
    assert {"ResidentTied", "ResidentsMerged", "ResidentsUnmerged", "IdentityMoved", "ResponsibilityChanged"} <= set(
        told
    )
    moved = told["IdentityMoved"].of({"identity": "i", "before": "a", "after": "b", "move": "m"})
    assert moved == ["Patient/a", "Patient/b"]
