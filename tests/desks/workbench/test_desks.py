"""Each role's desk: the right lists, few statements, honest when empty, refused for others."""

import pytest
from care_community import Community, person
from django.db import connection
from django.test.utils import CaptureQueriesContext
from referral_play import client_of, sent

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

DESKS = {
    "village-doctor": "今天要办的事",
    "family-doctor": "今天要办的事",
    "office": "待接收",
    "specialist": "等待接诊",
    "director": "超时的事在谁手里",
    "town-director": "待本院审核",
    "council": "变化最大的",
    "commission": "待批准的规则修订",
    "auditor": "审计链上次核对",
    "data-office": "登记表",
    "administrator": "被锁定的账号",
}


@pytest.fixture
def everyone(community: Community) -> Community:
    """With people of the roles that the community lacks."""
    with acting(SYSTEM):
        person(community, "data-office", "data-office", "county", subtree=True)
        person(community, "administrator", "administrator", "county", subtree=True)
    return community


@pytest.mark.parametrize(("name", "shows"), DESKS.items())
def test_every_desk_says_what_would_be_there(everyone: Community, name: str, shows: str) -> None:
    page = client_of(everyone, name).get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert shows in text
    assert "工作台" in text


@pytest.mark.parametrize("name", DESKS)
def test_every_desk_takes_six_statements(everyone: Community, name: str) -> None:
    sent(everyone)
    sent(everyone, "li")
    client = client_of(everyone, name)
    client.get("/")
    with CaptureQueriesContext(connection) as statements:
        client.get("/")
    own = [q["sql"] for q in statements if not frame(q["sql"])]
    assert len(own) <= 6, "\n".join(own)


def frame(sql: str) -> bool:
    """Statements of every page: login, transaction, row-level security, session."""
    words = ("access_session", "SAVEPOINT", "set_config", '"access_user"."password"', "jsonb_build_array(g.role")
    return any(word in sql for word in words)
