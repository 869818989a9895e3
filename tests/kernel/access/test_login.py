"""Logging in: wrong passwords, lock-out, second factor, obligations, and the audit entry of each."""

import pytest
from access_community import PASSWORD, Community, Enter
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from yigongti.config import configuration
from yigongti.kernel.access.models import Session, User
from yigongti.kernel.audit.models import Entry

pytestmark = pytest.mark.django_db


def logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(secret: str) -> str:
    """The code that an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def test_a_person_logs_in_and_out_and_both_are_audited(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    assert logged_in(client)
    client.post("/logout/")
    assert not logged_in(client)
    outcomes = list(Entry.objects.filter(action="LOGIN").order_by("id").values_list("data__outcome", "user_id"))
    assert outcomes == [("成功", community["family-doctor"].user_id), ("退出", community["family-doctor"].user_id)]


def test_the_login_page_is_chinese_and_keeps_where_to_go(community: Community) -> None:
    answer = Client().get("/login/?next=/access/matrix/")
    assert "登录" in answer.content.decode()
    client = Client()
    answer = client.post("/login/", {"login": "family-doctor", "password": PASSWORD, "next": "/access/matrix/"})
    assert answer["Location"] == "/access/matrix/"


def test_nobody_is_sent_to_another_site_after_login(community: Community) -> None:
    answer = Client().post("/login/", {"login": "family-doctor", "password": PASSWORD, "next": "https://evil.cn/"})
    assert answer["Location"] == "/"


def test_five_wrong_passwords_lock_this_account_on_this_address(community: Community, enter: Enter) -> None:
    for _ in range(5):
        client = enter("family-doctor", "wrong password")
    answer = client.post("/login/", {"login": "family-doctor", "password": PASSWORD})
    assert answer.status_code == 429
    assert "锁定" in answer.content.decode()
    assert not logged_in(client)
    assert logged_in(enter("specialist"))
    assert logged_in(enter("family-doctor", address="10.0.0.2"))
    refused = Entry.objects.filter(action="REFUSED", subject="login", user_id=community["family-doctor"].user_id)
    assert refused.count() >= 5


def test_an_unknown_name_is_not_written_down(community: Community, enter: Enter) -> None:
    enter("my-secret-password", "family-doctor")
    entry = Entry.objects.filter(action="REFUSED").get()
    assert entry.data["account"] == "不存在"
    assert "my-secret-password" not in str(entry.data)


def test_a_password_set_by_someone_else_is_changed_first(community: Community, enter: Enter) -> None:
    User.objects.filter(username="family-doctor").update(must_change_password=True)
    client = enter("family-doctor")
    assert client.get("/my/sessions/")["Location"] == "/my/password/"
    assert (
        client.get("/ui/badges/", headers={"HX-Request": "true"}).status_code == 200
    )  # else the page reloads for ever
    assert client.get("/api/nothing").status_code in (403, 404)
    answer = client.post("/my/password/", {"oldpassword": PASSWORD, "password1": "12345", "password2": "12345"})
    assert "10" in answer.content.decode()
    new = "another-Horse-7"
    client.post("/my/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not User.objects.get(username="family-doctor").must_change_password
    assert client.get("/my/second-factor/").status_code == 200
    assert logged_in(enter("family-doctor", new))


def test_an_old_password_is_due(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.get(username="family-doctor")
    assert not user.password_is_due
    monkeypatch.setattr(configuration(), "password_days", 90)
    assert not user.password_is_due
    user.password_changed_at = user.password_changed_at.replace(year=2020)
    assert user.password_is_due


def activate(client: Client) -> str:
    """Set up TOTP as the page asks; returns the secret."""
    client.get("/my/second-factor/activate/")
    secret = str(client.session["mfa.totp.secret"])
    client.post("/my/second-factor/activate/", {"code": code_of(secret)})
    return secret


def test_privileged_people_set_up_a_second_factor_before_anything_else(
    community: Community, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration(), "require_second_factor", True)
    client = enter("auditor")
    assert client.get("/my/sessions/")["Location"] == "/my/second-factor/activate/"
    secret = activate(client)
    assert client.get("/my/sessions/").headers.get("Location") != "/my/second-factor/activate/"
    assert "mfa.totp.secret" not in str(User.objects.raw("SELECT * FROM access_user")[0].__dict__)
    client.post("/logout/")

    again = enter("auditor")
    assert not logged_in(again)
    assert again.get("/login/").headers.get("Location", "/login/code/") == "/login/code/"
    again.post("/login/code/", {"code": "000000"})
    assert not logged_in(again)
    from django.core.cache import cache

    cache.clear()
    again.post("/login/code/", {"code": code_of(secret)})
    assert logged_in(again)


def test_the_secret_is_sealed_in_the_database(community: Community, enter: Enter) -> None:
    from allauth.mfa.models import Authenticator

    client = enter("auditor")
    assert client.get("/my/second-factor/activate/")["Location"].startswith("/login/again/")
    client.post("/login/again/", {"password": PASSWORD})
    secret = activate(client)
    stored = Authenticator.objects.get(type="totp").data
    assert secret not in str(stored)


def test_guessing_codes_locks_out_and_drops_the_half_open_login(community: Community, enter: Enter) -> None:
    client = enter("auditor")
    client.post("/login/again/", {"password": PASSWORD})
    activate(client)
    client = enter("auditor")
    for _ in range(5):
        answer = client.post("/login/code/", {"code": "000000"})
    assert answer.status_code == 429
    assert "account_login" not in client.session
    assert not logged_in(enter("auditor"))
    assert Session.objects.filter(user_id=community["auditor"].user_id).count() == 1


def test_a_disabled_account_cannot_log_in_and_its_sessions_are_dead(community: Community, enter: Enter) -> None:
    client = enter("family-doctor")
    User.objects.filter(username="family-doctor").update(is_active=False)
    assert client.get("/my/second-factor/").status_code == 302
    assert not logged_in(enter("family-doctor"))


def test_a_code_is_accepted_once_whichever_worker_sees_it(community: Community, enter: Enter) -> None:
    from django.core.cache import cache

    client = enter("auditor")
    client.post("/login/again/", {"password": PASSWORD})
    code = code_of(activate(client))
    outcomes = []
    for _ in range(2):
        cache.clear()  # another worker remembers nothing
        again = enter("auditor")
        again.post("/login/code/", {"code": code})
        outcomes.append(logged_in(again))
    assert outcomes == [True, False]
