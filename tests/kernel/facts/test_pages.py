"""The data dictionary in the product."""

import pytest
from care_community import Community, build, person
from django.test import Client

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM


@pytest.fixture
def community(db: None) -> Community:
    made = build()
    with acting(SYSTEM):
        person(made, "data-office", "data-office", "county")
    return made


def visit(community: Community, who: str, url: str, **given: str) -> tuple[int, str]:
    client = Client()
    client.force_login(community.users[who], backend="yigongti.kernel.access.backends.GrantedBackend")
    response = client.post(url, given) if given else client.get(url)
    if response.status_code == 302:
        response = client.get(response["Location"])
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("who", ["data-office", "council", "commission"])
def test_those_who_steer_read_the_dictionary(community: Community, who: str) -> None:
    status, page = visit(community, who, "/facts/")
    assert status == 200
    assert "转诊" in page
    assert "/facts/referral/" in page
    status, page = visit(community, who, "/facts/referral/")
    assert status == 200
    assert "等待接收历时" in page
    assert "小数（共 12 位，小数 2 位）" in page


@pytest.mark.parametrize("who", ["family-doctor", "director"])
def test_others_do_not(community: Community, who: str) -> None:
    assert visit(community, who, "/facts/")[0] == 403
    assert visit(community, who, "/facts/referral/")[0] == 403


def test_it_is_searched_by_any_word(community: Community) -> None:
    _, page = visit(community, "data-office", "/facts/", q="改派次数")
    assert "/facts/referral/" in page
    assert "/facts/resident/" not in page
    _, page = visit(community, "data-office", "/facts/referral/", q="历时")
    assert "waiting_minutes" in page
    assert "priority" not in page


def test_an_unknown_fact_is_not_found(community: Community) -> None:
    assert visit(community, "data-office", "/facts/nothing/")[0] == 404
