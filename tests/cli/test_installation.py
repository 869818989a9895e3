"""One installation per HOME, its secrets private, its database of a known version."""

import json
import subprocess
from pathlib import Path

import pytest

from yigongti.cli import installation
from yigongti.cli.postgres import free_port, port_taken, write_private
from yigongti.cli.supervisor import python
from yigongti.config import Configuration, installation_file
from yigongti.kernel.errors import Conflict

HOLD = """
import sys, pathlib
from yigongti.cli.installation import sole_use
with sole_use(pathlib.Path(sys.argv[1])):
    print("held", flush=True); sys.stdin.read()
"""


def test_a_home_has_one_running_system(tmp_path: Path) -> None:
    command = python("-c", HOLD, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match=str(holder.pid)), installation.sole_use(tmp_path):
            pass
        holder.communicate()
    with installation.sole_use(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_demonstration_keeps_its_own_secret_in_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.keep_secret(tmp_path)
    first = installation.recorded(tmp_path)["secret_key"]
    installation.keep_secret(tmp_path)
    assert installation.recorded(tmp_path)["secret_key"] == first
    assert len(first) >= 48
    assert installation_file(tmp_path).stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("YIGONGTI_HOME", str(tmp_path))
    monkeypatch.delenv("YIGONGTI_SECRET_KEY", raising=False)
    assert Configuration().secret_key.get_secret_value() == first
    assert first not in repr(Configuration())


def test_private_files_are_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    write_private(file, json.dumps({"a": 1}))
    write_private(file, json.dumps({"a": 2}))
    assert json.loads(file.read_text()) == {"a": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.json"]


def test_a_server_that_does_not_answer_is_named() -> None:
    url = f"postgresql://yigongti_app@127.0.0.1:{free_port()}/yigongti"
    with pytest.raises(installation.DatabaseUnavailable, match="连不上数据库"):
        installation.require_supported(url)


def test_free_ports_are_free() -> None:
    assert not port_taken(free_port())
