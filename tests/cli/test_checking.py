"""``yigongti check`` names every problem and says so by its exit code."""

import json
import os

import psycopg
import pytest
from testbed import TEST_DATABASE
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.cli.checking import SUBJECTS, look_at
from yigongti.cli.structure import lacking
from yigongti.config import configuration
from yigongti.kernel.errors import Invalid


def check() -> dict[str, list[str]]:
    """Problems by subject."""
    answer = json.loads(CliRunner().invoke(app, ["check", "--json"]).stdout)
    assert answer["ok"] is not any(finding["problems"] for finding in answer["findings"])
    return {finding["subject"]: finding["problems"] for finding in answer["findings"]}


@pytest.mark.django_db
def test_a_sound_installation_has_no_problems() -> None:
    assert check() == {subject: [] for subject in SUBJECTS}
    assert CliRunner().invoke(app, ["check"]).exit_code == 0


@pytest.mark.django_db
def test_a_superuser_is_found(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("YIGONGTI_DATABASE_URL", os.environ["YIGONGTI_TEST_ADMIN_URL"])
    configuration.cache_clear()
    request.addfinalizer(configuration.cache_clear)
    found = check()
    assert "是超级用户" in found["数据库角色"][0]


def test_without_a_database_the_rest_is_still_checked(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("YIGONGTI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    configuration.cache_clear()
    request.addfinalizer(configuration.cache_clear)
    found = check()
    assert found["政策"] == []
    assert "连不上数据库" in found["数据库"][0]
    assert CliRunner().invoke(app, ["check"]).exit_code == 1


@pytest.mark.django_db
def test_what_a_database_of_an_early_version_lacks_is_named() -> None:
    where = psycopg.conninfo.make_conninfo(os.environ["YIGONGTI_TEST_ADMIN_URL"], dbname=TEST_DATABASE)
    with psycopg.connect(where) as connection:
        assert lacking(connection) == []
        connection.execute("SET lock_timeout = '10s'; DROP INDEX run_at; ALTER TABLE results_run DROP COLUMN digest")
        connection.execute("DROP TABLE alarms_judgement; ALTER TABLE results_unit DROP CONSTRAINT unit_key")
        assert sorted(lacking(connection)) == [
            "列 results_run.digest",
            "索引或约束 run_at（results_run）",
            "索引或约束 unit_key（results_unit）",
            "表 alarms_judgement",
        ]
        connection.rollback()


def test_any_error_is_a_problem_and_not_an_end() -> None:
    def known() -> tuple[list[str], str]:
        raise Invalid("不对", hint="这样改")

    def unknown() -> tuple[list[str], str]:
        raise RuntimeError("boom")

    assert look_at("a", known).problems == ["不对。这样改"]
    assert look_at("b", unknown).problems == ["RuntimeError: boom"]
