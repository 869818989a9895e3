"""The auditor's pages: every filter, old and new values, and the state of the chain."""

import pytest
from access_community import Community, Enter

from yigongti.kernel.access import services
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.audit.models import Entry, Verification
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.audit.sealing import seal
from yigongti.kernel.audit.verification import verify_waiting
from yigongti.records.residents.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(community: Community) -> Resident:
    with acting(SYSTEM):
        made = Resident.objects.create(
            number="R-1",
            name="盘志明",
            sex="1",
            birth_date="1960-05-01",
            phone="13900000001",
            registered_by=community.organizations["town"],
        )
    reading(community["family-doctor"], resident_id=made.pk, page="health_record:summary")
    return made


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"person": "family-doctor"}, 1),
        ({"person": "测试family"}, 1),
        ({"person": "nobody"}, 0),
        ({"resident": "R-1", "action": "READ"}, 1),
        ({"resident": "R-2"}, 0),
        ({"place": "测试town", "action": "READ"}, 1),
        ({"action": "READ", "since": "2020-01-01", "until": "2099-01-01"}, 1),
        ({"action": "READ", "until": "2020-01-01"}, 0),
        ({"subject": "login", "person": "auditor"}, 1),
    ],
)
def test_entries_are_found(
    community: Community, enter: Enter, resident: Resident, filters: dict[str, str], found: int
) -> None:
    client = enter("auditor")
    page = client.post("/audit/", filters, follow=True).content.decode()
    assert page.count("data-href") == found, page


def test_an_entry_shows_old_and_new_and_keeps_what_is_encrypted(
    community: Community, enter: Enter, resident: Resident
) -> None:
    with acting(SYSTEM):
        Resident.objects.filter(pk=resident.pk).update(name="盘志强", phone="13900000002")
    entry = Entry.objects.filter(subject="residents_resident", action="UPDATE").latest("id")
    page = enter("auditor").get(f"/audit/{entry.pk}/").content.decode()
    assert "盘志明" in page
    assert "盘志强" in page
    assert "13900000001" not in page
    assert "（加密）" in page
    looked = Entry.objects.get(action="READ", subject="audit:entry")
    assert looked.resident_id == resident.pk


def test_the_export_of_the_audit_is_itself_audited(community: Community, enter: Enter) -> None:
    answer = enter("auditor").get("/audit/?export=audit")
    assert "spreadsheet" in answer["Content-Type"]
    assert Entry.objects.filter(action="EXPORT", user_id=community["auditor"].user_id).exists()


def test_the_chain_page_asks_for_a_walk_and_shows_the_result(community: Community, enter: Enter) -> None:
    client = enter("auditor")
    seal()
    page = client.get("/audit/chain/").content.decode()
    assert "还没有核对过" in page
    client.post("/audit/chain/walk/")
    assert "hx-trigger" in client.get("/audit/chain/").content.decode().split('id="chain"')[1][:200]
    verify_waiting()
    page = client.get("/audit/chain/").content.decode()
    assert "完整" in page
    walk = Verification.objects.get()
    assert walk.requested_by == community["auditor"].user_id


def test_only_auditors_and_administrators_look(community: Community, enter: Enter) -> None:
    for path in ("/audit/", "/audit/chain/", "/audit/1/"):
        assert enter("family-doctor").get(path).status_code == 403
    assert enter("administrator").get("/audit/").status_code == 200
    refusals = Entry.objects.filter(action="REFUSED", user_id=community["family-doctor"].user_id)
    assert set(refusals.values_list("subject", flat=True)) == {"audit:entries", "audit:chain", "audit:entry"}


def test_a_grant_is_read_as_people_say_it(community: Community, enter: Enter) -> None:
    services.set_active(community["administrator"], user_id=community.users["specialist"].pk, active=False)
    entry = Entry.objects.filter(subject="access_user", action="UPDATE").latest("id")
    page = enter("auditor").get(f"/audit/{entry.pk}/").content.decode()
    assert "启用" in page
    assert "否" in page
    assert User.objects.get(username="administrator").name in page


def test_every_filter_has_an_index(community: Community) -> None:
    """A million entries: no filter walks through all of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    for filters in (
        {"user_id": 1},
        {"organization_id": 1},
        {"resident_id": "01a20050-0000-7000-8000-000000000000"},
        {"action": "EMERGENCY"},
    ):
        plan = Entry.objects.filter(**filters).order_by("-at", "-id")[:26].explain()
        assert next(iter(filters)) in plan.partition("Index Cond")[2].partition("\n")[0], plan
