"""Configuration: the environment wins over the installation file, and production refuses what is dangerous."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from yigongti.config import DEVELOPMENT_SECRET, Configuration, DatabaseRole, installation_file, refusals

SERVING = DatabaseRole("yigongti_app", superuser=False, bypasses_row_security=False, owns_tables=False)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Configuration.model_fields:
        monkeypatch.delenv(f"YIGONGTI_{name.upper()}", raising=False)


def production(home: Path, **changes: Any) -> Configuration:
    """A production configuration in which nothing is wrong, apart from ``changes``."""
    sound = {"mode": "production", "home": home, "secret_key": "s" * 50, "public_url": "https://ygt.example.cn"}
    return Configuration(**(sound | changes))


def test_a_sound_production_is_not_refused(tmp_path: Path) -> None:
    assert refusals(production(tmp_path), SERVING) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"secret_key": DEVELOPMENT_SECRET}, "默认值"),
        ({"secret_key": "short"}, "太短"),
        ({"debug": True}, "YIGONGTI_DEBUG"),
        ({"public_url": ""}, "没有设置"),
        ({"public_url": "http://ygt.example.cn"}, "不是 https"),
    ],
)
def test_production_refuses(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    (reason,) = refusals(production(tmp_path, **changes), SERVING)
    assert says in reason


def test_production_on_this_machine_alone_may_do_without_tls(tmp_path: Path) -> None:
    assert refusals(production(tmp_path, public_url="http://127.0.0.1:8000"), SERVING) == []


@pytest.mark.parametrize(
    ("flag", "says"),
    [("superuser", "超级用户"), ("bypasses_row_security", "BYPASSRLS"), ("owns_tables", "拥有业务表")],
)
def test_production_refuses_a_strong_database_role(tmp_path: Path, flag: str, says: str) -> None:
    role = DatabaseRole(**{**SERVING.__dict__, flag: True})
    (reason,) = refusals(production(tmp_path), role)
    assert says in reason


def test_production_refuses_keys_that_others_can_read(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o640)
    (reason,) = refusals(production(tmp_path), SERVING)
    assert "chmod 600" in reason
    keys.chmod(0o600)
    assert refusals(production(tmp_path), SERVING) == []


def test_every_reason_is_said_at_once(tmp_path: Path) -> None:
    wrong = production(tmp_path, secret_key="x", debug=True, public_url="")
    assert len(refusals(wrong, DatabaseRole("postgres", True, True, True))) == 6


def test_the_environment_wins_over_the_installation_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation_file(tmp_path).write_text(json.dumps({"mode": "demo", "port": 9001}))
    monkeypatch.setenv("YIGONGTI_HOME", str(tmp_path))
    assert (Configuration().mode, Configuration().port) == ("demo", 9001)
    monkeypatch.setenv("YIGONGTI_PORT", "9002")
    assert (Configuration().mode, Configuration().port) == ("demo", 9002)


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIGONGTI_DATABASE_URL", "")
    assert Configuration().database_url is None


def test_a_wrong_value_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIGONGTI_WORKERS", "0")
    with pytest.raises(ValidationError, match="workers"):
        Configuration()
