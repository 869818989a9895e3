"""A new installation gets its first administrator from the command line."""

import json

import pytest
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission

pytestmark = pytest.mark.django_db
FIRST = ["account", "create", "guanli", "--name", "管理员", "--at", "C431127", "--json"]


def test_the_first_administrator_of_an_empty_installation() -> None:
    answer = CliRunner().invoke(app, [*FIRST, "--organization", "某县卫生健康局"])
    assert answer.exit_code == 0, answer.output
    with acting(SYSTEM):
        user = User.objects.with_grants().get(username="guanli")
        assert user.check_password(json.loads(answer.stdout)["password"])
        assert user.must_change_password
        assert user.actor().organizations(Permission.GRANT_MANAGE)


def test_without_an_organisation_the_way_out_is_named() -> None:
    answer = CliRunner().invoke(app, FIRST)
    assert answer.exit_code == 1
    assert "--organization" in answer.output


def test_a_lost_password_is_replaced() -> None:
    first = CliRunner().invoke(app, [*FIRST, "--organization", "某县卫生健康局"])
    again = CliRunner().invoke(app, ["account", "reset", "guanli", "--json"])
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["password"] != json.loads(first.stdout)["password"]
    with acting(SYSTEM):
        assert User.objects.get(username="guanli").check_password(json.loads(again.stdout)["password"])


def test_a_taken_name_is_refused() -> None:
    CliRunner().invoke(app, [*FIRST, "--organization", "某县卫生健康局"])
    assert CliRunner().invoke(app, FIRST).exit_code == 1
