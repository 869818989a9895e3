"""The database role that serves people is weak, and HTTPS brings its settings."""

import os

import pytest

from yigongti.config import Configuration
from yigongti.site.production import database_role, hardening


@pytest.mark.django_db
def test_the_serving_role_has_no_power_over_the_schema() -> None:
    role = database_role(os.environ["YIGONGTI_DATABASE_URL"])
    assert (role.name, role.superuser, role.bypasses_row_security, role.owns_tables) == (
        "yigongti_app",
        False,
        False,
        False,
    )


@pytest.mark.django_db
def test_the_owner_and_the_superuser_are_told_apart() -> None:
    assert database_role(os.environ["YIGONGTI_OWNER_DATABASE_URL"]).owns_tables
    assert database_role(os.environ["YIGONGTI_TEST_ADMIN_URL"]).superuser


def test_https_brings_secure_cookies_and_hsts() -> None:
    plain, secure = (hardening(Configuration(public_url=f"{scheme}://ygt.example.cn")) for scheme in ("http", "https"))
    assert "SESSION_COOKIE_SECURE" not in plain
    assert secure["SESSION_COOKIE_SECURE"] is True
    assert secure["SECURE_HSTS_SECONDS"] >= 31536000
    assert plain["X_FRAME_OPTIONS"] == "DENY"
