"""Sessions end after a pause, after a day, and when there are too many; the table opens nothing."""

from datetime import timedelta

import pytest
from access_community import PASSWORD, Community, Enter
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yigongti.config import configuration
from yigongti.kernel.access.models import Session
from yigongti.kernel.access.sessions import browser, clear_expired

pytestmark = pytest.mark.django_db


def alive(client: Client) -> bool:
    return client.get("/my/second-factor/").status_code == 200


def test_the_key_in_the_cookie_is_not_in_the_table(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    cookie = client.cookies["sessionid"].value
    row = Session.objects.get()
    assert cookie not in (row.session_key, row.session_data)
    assert row.user_id == community["family-doctor"].user_id
    stolen = Client()
    stolen.cookies["sessionid"] = row.session_key
    assert alive(client)
    assert not alive(stolen)


def test_a_pause_ends_the_login_and_use_prolongs_it(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    Session.objects.update(
        seen_at=timezone.now() - timedelta(minutes=20), expire_date=timezone.now() + timedelta(minutes=10)
    )
    assert alive(client)
    assert Session.objects.get().expire_date > timezone.now() + timedelta(minutes=29)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not alive(client)
    clear_expired()
    assert not Session.objects.exists()


def test_a_late_answer_does_not_take_away_the_cookie_of_a_login_that_has_a_new_key(
    community: Community, enter: Enter
) -> None:
    client, late = enter("family-doctor"), Client()
    late.cookies["sessionid"] = before = client.cookies["sessionid"].value
    new = {"oldpassword": PASSWORD, "password1": "塔峰镇的秋天-2026年", "password2": "塔峰镇的秋天-2026年"}
    assert client.post("/my/password/", new).status_code == 302
    assert client.cookies["sessionid"].value != before
    assert "sessionid" not in late.get("/ui/badges/").cookies
    assert alive(client)
    assert client.post("/logout/").cookies["sessionid"].value == ""


def test_a_login_ends_after_twelve_hours_however_busy(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    Session.objects.update(
        started_at=timezone.now() - timedelta(hours=11, minutes=50), seen_at=timezone.now() - timedelta(minutes=20)
    )
    assert alive(client)
    assert Session.objects.get().expire_date < timezone.now() + timedelta(minutes=11)


def test_the_oldest_login_ends_when_there_are_too_many(
    community: Community, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration(), "sessions_per_user", 2)
    first, second, third = (enter("family-doctor") for _ in range(3))
    assert [alive(client) for client in (first, second, third)] == [False, True, True]
    assert alive(enter("specialist"))


def test_a_request_loads_session_and_user_with_grants_in_one_statement(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get("/nowhere/").status_code == 404
    statements = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert '"access_session"' in statements[0]
    assert '"access_user"' in statements[0]
    assert len(statements) == 2, statements  # and the settings of row-level security
    assert "set_config" in statements[1]


def test_a_visitor_costs_no_statement(db: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        Client().get("/nowhere/")
    assert len(captured) == 0


def test_browsers_are_named_as_people_know_them() -> None:
    assert browser("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/120.0 Safari/537") == "Chrome Windows"
    assert browser("curl/8") == ""
