"""``yigongti keys`` as an operator types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from yigongti.config import configuration
from yigongti.kernel.ciphers import keys
from yigongti.kernel.ciphers.command import app
from yigongti.kernel.errors import Conflict, Invalid


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_create_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_file: Path) -> None:
    fresh = tmp_path / "production" / "keys.json"
    monkeypatch.setattr(configuration(), "mode", "production")
    monkeypatch.setattr(configuration(), "key_file", fresh)
    monkeypatch.setenv("YGT_TEST_DATA_KEY", "MDEyMzQ1Njc4OWFiY2RlZg==")
    assert typed("create", "--data", "env:YGT_TEST_DATA_KEY").exit_code == 0
    assert fresh.stat().st_mode & 0o777 == 0o600
    assert keys.ring().data.active.secret == b"0123456789abcdef"
    assert "MDEyMzQ1" not in fresh.read_text()
    assert isinstance(typed("create").exception, Conflict)


def test_a_reference_has_a_form(key_file: Path) -> None:
    assert isinstance(typed("rotate", "--key", "vault:x").exception, Invalid)


@pytest.mark.django_db
def test_status_and_rotation(key_file: Path) -> None:
    assert json.loads(typed("status", "--json").stdout)["active"]["data"] == "k1"
    result = typed("rotate", "--index", "--settle", "0", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["residents_resident"] == {"resealed": 0, "conflicts": [], "left": 0}
    status = json.loads(typed("status", "--json").stdout)
    assert (status["active"]["data"], status["active"]["index"], status["active"]["code"]) == ("k2", "k2", "k1")
    assert "residents_resident.id_number" in status["columns"]
    assert "residents_resident.phone" in typed("status").stdout
