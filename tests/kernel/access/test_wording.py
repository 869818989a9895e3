"""Login, password and second factor refuse in Chinese, also where a library has no Chinese of its own."""

import re
from collections.abc import Iterator

import pytest
from access_community import PASSWORD, Community, Enter
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.test import Client

from yigongti.kernel.access.models import User

ENGLISH = re.compile(r"\b[A-Za-z]{2,}[ ,.]+[A-Za-z]{2,}[ ,.]+[a-z]{2,}")
CHINESE = re.compile("[一-鿿]")


def complaints(form: BaseForm) -> Iterator[str]:
    for messages in form.errors.values():
        yield from (str(message) for message in messages)


def assert_chinese(said: list[str], where: str) -> None:
    wrong = [text for text in said if ENGLISH.search(text) or not CHINESE.search(text)]
    assert wrong == [], where


def test_the_language_is_chinese_and_passwords_are_judged_in_it() -> None:
    assert (settings.LANGUAGE_CODE, settings.USE_I18N) == ("zh-hans", True)
    person = User(username="lanshan431127", name="王秀英")
    said = list(password_validators_help_texts())
    for wrong in ("a", "12345678901", "password1234", "lanshan431127"):
        with pytest.raises(ValidationError) as refused:
            validate_password(wrong, person)
        said += refused.value.messages
    assert len(said) >= 8
    assert_chinese(said, "passwords")


PASSWORDS = (
    {"oldpassword": "wrong", "password1": "a", "password2": "b"},
    {"oldpassword": PASSWORD, "password1": "1234567890", "password2": "1234567890"},
    {"oldpassword": PASSWORD, "password1": "family-doctor", "password2": "family-doctor"},
    {"oldpassword": PASSWORD, "password1": "password12", "password2": "another12345"},
    {},
)


@pytest.mark.django_db
def test_login_password_and_second_factor_refuse_in_chinese(community: Community, enter: Enter) -> None:
    said: list[str] = []
    for given in (
        {},
        {"login": "family-doctor"},
        {"login": "family-doctor", "password": "wrong"},
        {"login": "x" * 500},
    ):
        said += complaints(Client().post("/login/", given).context["form"])
    client = enter("family-doctor")
    for given in PASSWORDS:
        said += complaints(client.post("/my/password/", given).context["form"])
    for code in ("", "abc", "000000"):
        page = client.post("/my/second-factor/activate/", {"code": code}, follow=True)
        said += complaints(page.context["form"])
        page = client.post("/login/again/", {"password": code}, follow=True)
        said += complaints(page.context["form"])
    assert len(said) > 15
    assert_chinese(said, "account")


@pytest.mark.django_db
def test_an_account_that_is_locked_is_told_so_in_chinese(community: Community, enter: Enter) -> None:
    for _ in range(6):
        client = enter("specialist", "wrong password")
    page = client.post("/login/", {"login": "specialist", "password": PASSWORD}).content.decode()
    text = re.sub(r"<(script|style|svg|head).*?</\1>|<[^>]+>", " ", page, flags=re.S)
    assert "锁定" in text
    assert not ENGLISH.search(text), text
