"""What the browser is told, and what error pages do not tell."""

import pytest
from access_community import PASSWORD, build
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from yigongti.config import Configuration
from yigongti.kernel.access.addresses import client_address
from yigongti.site import urls
from yigongti.site.production import hardening
from yigongti.site.signing_in import signing_in

SECRET = "431127196005013617"


def broken(request: HttpRequest) -> HttpResponse:
    """A view that fails with something private in hand."""
    raise RuntimeError(f"number {SECRET} at {request.path}")


urlpatterns = [*urls.urlpatterns, path("broken/", broken, name="broken"), path("api/broken", broken, name="api-broken")]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.mark.django_db
def test_every_page_says_what_the_browser_may() -> None:
    headers = Client().get("/login/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.django_db
def test_the_session_cookie_is_not_for_scripts_and_ends_with_the_browser() -> None:
    build()
    client = Client()
    client.post("/login/", {"login": "specialist", "password": PASSWORD})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == cookie["expires"] == ""


def test_under_https_cookies_are_secure_and_hsts_is_on() -> None:
    settings = hardening(Configuration(mode="production", public_url="https://ygt.example.cn"))
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000


def test_production_hashes_passwords_slowly() -> None:
    settings = signing_in(Configuration(mode="production"))
    assert settings["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    assert Configuration(mode="production").second_factor_required
    assert not Configuration(mode="demo").second_factor_required


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/broken/", "/api/broken"])
def test_a_failure_tells_nothing_but_a_number(address: str) -> None:
    answer = Client(raise_request_exception=False).get(f"{address}?q={SECRET}")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "系统出错了" in text
    for private in (SECRET, "RuntimeError", "Traceback", address):
        assert private not in text
    if address.startswith("/api/"):
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("address", [f"/nowhere/{SECRET}/", "/%00/", "/%ff/", "/../../etc/passwd", f"/api/{SECRET}"])
def test_an_unknown_address_is_not_repeated(address: str) -> None:
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code in (400, 404)
    assert SECRET not in answer.content.decode()
    assert "passwd" not in answer.content.decode()


@pytest.mark.django_db
def test_a_forged_form_is_refused_in_chinese() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str, found: str
) -> None:
    monkeypatch.setattr(
        "yigongti.kernel.access.addresses.configuration", lambda: Configuration(trusted_proxies=proxies)
    )
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == found
