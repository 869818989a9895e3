"""A form page calls one service: as a page, in the dialog, refused, repeated."""

import pytest
from access_community import Community, person
from django.test import Client

from yigongti.registry.organizations.models import Organization

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


def place() -> str:
    return str(Organization.objects.get(code="T1").pk)


def test_the_form_is_a_page_with_a_fresh_key_and_no_browser_validation(reader: Client) -> None:
    text = reader.get("/rename/").content.decode()
    assert "<html" in text
    assert 'name="idempotency_key" value="' in text
    assert "novalidate" in text
    assert "data-once" in text


def test_the_same_form_opens_in_the_dialog(reader: Client) -> None:
    text = reader.get("/rename/", headers=DIALOG).content.decode()
    assert "<html" not in text
    assert 'hx-target="#dialog-body"' in text
    assert "data-close" in text


def test_success_goes_on_with_key_and_version(reader: Client) -> None:
    given = {"organization": place(), "name": "新名称", "idempotency_key": "k-1", "version": "3"}
    response = reader.post("/rename/", given)
    assert response["Location"] == f"/one/{place()}/?key=k-1&version=3"
    response = reader.post("/rename/", given, headers=DIALOG)
    assert (response.status_code, response["HX-Redirect"]) == (204, f"/one/{place()}/?key=k-1&version=3")


@pytest.mark.parametrize(
    ("name", "words"),
    [("x", "2"), ("", "请填写"), ("重名", "已有机构叫“重名”。请换一个名称"), ("无处", "现在不能更名")],
)
def test_a_refusal_keeps_what_was_typed_and_the_key(reader: Client, name: str, words: str) -> None:
    given = {"organization": place(), "name": name, "idempotency_key": "k-2"}
    response = reader.post("/rename/", given, headers=DIALOG)
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert f'value="{name}"' in text or not name
    assert 'value="k-2"' in text


def test_visitors_log_in_and_people_without_the_permission_are_told_so(reader: Client, community: Community) -> None:
    assert Client().get("/rename/")["Location"] == "/login/?next=/rename/"
    resident = person(community, "resident", "resident", "town")
    reader.force_login(resident, backend="yigongti.kernel.access.backends.GrantedBackend")
    assert reader.get("/rename/").status_code == 403
    assert reader.post("/rename/", {"organization": place(), "name": "新名称"}, headers=DIALOG).status_code == 403


def test_a_version_that_is_none_says_that_the_page_is_old(reader: Client) -> None:
    given = {"version": "x", "organization": place(), "name": "新名称"}
    assert "页面已过期" in reader.post("/rename/", given, headers=DIALOG).content.decode()
