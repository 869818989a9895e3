"""The desk of source systems: registered, agreed upon, silent, retired; each office sees its own."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access import applications
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.records.exchange.models import Agreement
from yigongti.records.exchange.services import accept
from yigongti.records.exchange.services.uploading import withdraw
from yigongti.records.exchange.silence import heard
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.organizations.models import Organization

BACKEND = "yigongti.kernel.access.backends.GrantedBackend"
SYSTEMS = "/exchange/systems/"


def office(organization: Organization) -> Client:
    """The browser of a data office."""
    with acting(SYSTEM):
        actor = works_at(organization, "data-office")
        Grant.objects.create(user_id=actor.user_id, role="data-office", organization=organization)
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend=BACKEND)
    return client


@pytest.fixture
def mine(community: Community) -> Client:
    return office(community.hospital)


ENTRY = {
    "code": "his",
    "title": "医院信息系统",
    "kind": "his",
    "organization": "H1",
    "contact": "王工",
    "phone": "0746-1",
    "every_hours": "24",
    "note": "每天凌晨两点",
}


def test_a_system_is_registered_changed_retired_and_revived(mine: Client, community: Community) -> None:
    assert "还没有登记来源系统" in mine.get(SYSTEMS).content.decode()
    assert mine.get(f"{SYSTEMS}new/").status_code == 200
    assert mine.post(f"{SYSTEMS}new/", ENTRY).status_code == 302
    assert mine.post(f"{SYSTEMS}new/", ENTRY).status_code == 422, "the code is taken"
    assert mine.post(f"{SYSTEMS}new/", {**ENTRY, "code": "HIS 1"}).status_code == 422
    page = mine.get(f"{SYSTEMS}his/").content.decode()
    assert "王工" in page
    assert "24 小时（约定）" in page
    changed = {**ENTRY, "title": "新 HIS", "every_hours": ""}
    assert mine.post(f"{SYSTEMS}his/change/", changed).status_code == 302
    with acting(SYSTEM):
        assert SourceSystem.objects.get().title == "新 HIS"
        assert Agreement.objects.get().every_hours is None
    assert "新 HIS" in mine.get(f"{SYSTEMS}his/change/").content.decode()
    assert mine.post(f"{SYSTEMS}his/retire/").status_code == 302
    page = mine.get(f"{SYSTEMS}his/").content.decode()
    assert "停用" in page
    assert "医院信息系统" in page, "what it was called stands in its history"
    assert mine.post(f"{SYSTEMS}his/revive/").status_code == 302
    with acting(SYSTEM):
        assert SourceSystem.objects.get().active


def test_an_open_load_holds_its_system(mine: Client, community: Community, tmp_path: Path) -> None:
    mine.post(f"{SYSTEMS}new/", ENTRY)
    file = tmp_path / "patient.csv"
    file.write_text("source_key\np1\n")
    accept(SYSTEM, source="his", mapping="interchange", files=[file])
    answer = mine.post(f"{SYSTEMS}his/retire/")
    assert answer.status_code == 422
    assert "还没有办完" in answer.content.decode()


def test_others_neither_see_nor_change_it(mine: Client, community: Community) -> None:
    mine.post(f"{SYSTEMS}new/", ENTRY)
    theirs = office(community.foreign)
    assert "his/" not in theirs.get(SYSTEMS).content.decode()
    for address in ("", "change/", "retire/"):
        assert theirs.get(f"{SYSTEMS}his/{address}").status_code == 404
    assert theirs.post(f"{SYSTEMS}his/retire/").status_code in (404, 422)
    assert theirs.post(f"{SYSTEMS}new/", {**ENTRY, "code": "his2"}).status_code == 422, "H1 is not theirs"
    with acting(SYSTEM):
        assert SourceSystem.objects.get().active


def test_clients_that_may_deliver_stand_on_its_page(mine: Client, community: Community) -> None:
    mine.post(f"{SYSTEMS}new/", ENTRY)
    applications.open_application(
        SYSTEM, name="HIS 接口", organization_id=community.hospital.pk, scopes=["exchange.receive"]
    )
    applications.open_application(SYSTEM, name="只读", organization_id=community.hospital.pk, scopes=["record.read"])
    page = mine.get(f"{SYSTEMS}his/").content.decode()
    assert "HIS 接口" in page
    assert "只读" not in page


def loads(code: str, *days_ago: float) -> None:
    """Deliveries in the past."""
    with acting(SYSTEM):
        system = SourceSystem.objects.get(pk=code)
        for days in days_ago:
            with clock.travelling(clock.now() - timedelta(days=days)):
                load = accept(SYSTEM, source=system, mapping="interchange", files=[])
            withdraw(SYSTEM, load=load)


def test_silence_is_told(mine: Client, community: Community) -> None:
    for code, every in (("daily", "24"), ("usual", ""), ("steady", ""), ("young", "")):
        mine.post(f"{SYSTEMS}new/", {**ENTRY, "code": code, "title": code, "every_hours": every})
    loads("daily", 3, 2)
    loads("usual", 40, 38, 36, 34, 20)
    loads("steady", 9, 7, 5, 3, 1)
    loads("young", 90)
    with acting(SYSTEM):
        silent = {code: one.silent for code, one in heard(SYSTEM).items()}
    assert silent == {"daily": True, "usual": True, "steady": False, "young": False}
    with CaptureQueriesContext(connection) as statements:
        page = mine.get(f"{SYSTEMS}?silent=true").content.decode()
    assert len(statements) <= 10
    assert "daily" in page
    assert "steady" not in page.split("<tbody")[1]
    assert "已 2 天 未送" in page
    assert "usual" in mine.get(f"{SYSTEMS}usual/").content.decode()
