"""A backup comes back whole, or not at all; never over data, never without its keys."""

import json
import zipfile
from pathlib import Path

import pytest
from django.db import connection, connections
from typer.testing import CliRunner, Result

from yigongti.cli import app
from yigongti.cli.backups import manifest_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def run(*arguments: object) -> Result:
    """Run the command line here, with no connection of ours in its way."""
    connections.close_all()
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup taken while one mark is in the database."""
    mark("before")
    file = tmp_path / "night.ygt"
    result = run("backup", file)
    assert result.exit_code == 0, result.output
    return file


def mark(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES ('mark', %s)", [name])


def marks() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT model FROM django_content_type WHERE app_label = 'mark'")
        return {name for (name,) in cursor.fetchall()}


def test_what_was_saved_comes_back_and_what_came_later_is_gone(saved: Path) -> None:
    mark("after")
    result = run("restore", saved, "--replace", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["ok"] is True
    assert marks() == {"before"}
    mark("again")


def test_a_database_with_data_is_not_overwritten_unasked(saved: Path) -> None:
    mark("after")
    result = run("restore", saved)
    assert result.exit_code == 1
    assert "--replace" in result.output
    assert marks() == {"before", "after"}


def test_a_damaged_file_changes_nothing(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    result = run("restore", saved, "--replace")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert marks() == {"before"}


def test_the_keys_are_not_in_the_file_but_must_be_here(saved: Path, tmp_path: Path) -> None:
    manifest = manifest_of(saved)
    assert all(name.startswith("k1:") for names in manifest["keys"].values() for name in names)
    other = tmp_path / "other.ygt"
    manifest["keys"]["data"] = ["k9:0123456789abcdef"]
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(other, "w") as target:
        target.writestr("manifest.json", json.dumps(manifest))
        target.writestr("database.dump", source.read("database.dump"))
    result = run("restore", other, "--replace")
    assert result.exit_code == 1
    assert "data k9" in result.output
    assert marks() == {"before"}


def test_a_backup_is_private_and_never_written_over(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    result = run("backup", saved)
    assert result.exit_code == 1
    assert "已存在" in result.output


def test_some_other_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("dear")
    result = run("restore", file, "--replace")
    assert result.exit_code == 1
    assert "不是 yigongti 的备份文件" in result.output


def test_nothing_is_restored_under_people_who_are_working(saved: Path) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
        result = CliRunner().invoke(app, ["restore", str(saved), "--replace"])
    assert result.exit_code == 1
    assert "正被" in result.output
