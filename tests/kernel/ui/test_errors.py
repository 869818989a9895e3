"""Errors say what, where and what to do, to whoever asked, and nothing about a person."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_our_own_error_is_a_page(reader: Client) -> None:
    response = reader.get("/refusing/")
    text = response.content.decode()
    assert response.status_code == 409
    assert "这份转诊已由县人民医院接收" in text
    assert "请刷新后查看" in text


def test_htmx_gets_a_notice_for_the_top_of_the_page(reader: Client) -> None:
    response = reader.get("/refusing/", headers={"HX-Request": "true"})
    assert response["HX-Retarget"] == "#notices"
    assert "<html" not in response.content.decode()


def test_the_api_gets_a_problem_document(reader: Client) -> None:
    response = reader.get("/api/refusing/")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:yigongti:problem:conflict",
        "title": "现在不能这样做",
        "status": 409,
        "detail": "这份转诊已由县人民医院接收",
        "hint": "请刷新后查看",
    }


def test_a_crash_shows_a_number_and_no_secret(reader: Client) -> None:
    reader.raise_request_exception = False
    response = reader.get("/failing/")
    text = response.content.decode()
    assert response.status_code == 500
    assert "编号" in text
    assert "431127196001013617" not in text
    assert "Traceback" not in text


def test_what_does_not_exist_is_not_found_in_chinese(reader: Client) -> None:
    response = reader.get("/nowhere/")
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()


def test_an_expired_form_says_that_the_draft_is_kept(reader: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/login/", {"login": "x"})
    assert response.status_code == 403
    assert "草稿还在" in response.content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/indicators/monitoring-2024/3%00/county/431127/2026/", 404),
        ("/exchange/quality/%00/", 404),
        ("/api/indicators/explanations/a/%00/county/431127/2026", 404),
        ("/api/indicators/numbers?indicator=monitoring-2024/3.1&unit=%00", 422),
    ],
)
def test_an_address_that_no_text_can_hold_is_refused(reader: Client, address: str, status: int) -> None:
    response = reader.get(address)
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json" if "/api/" in address else "text/html")
