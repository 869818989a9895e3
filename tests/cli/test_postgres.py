"""The embedded PostgreSQL: data survives, roles are weak, a kill is survived."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yigongti.cli import binaries
from yigongti.cli.postgres import ADMIN, SERVING, TESTING, Server
from yigongti.cli.roles import APP, OWNER


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"), SERVING | {"shared_buffers": "32MB"})
    server.start()
    yield server
    server.stop()


def one(server: Server, statement: str, role: str = APP) -> object:
    with psycopg.connect(server.url(role)) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def test_the_app_writes_the_owners_tables_but_cannot_make_or_empty_any(server: Server) -> None:
    with psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("CREATE TABLE note (id bigserial PRIMARY KEY, text text)")
    with psycopg.connect(server.url(APP)) as connection:
        connection.execute("INSERT INTO note (text) VALUES ('高血压')")
    assert one(server, "SELECT text FROM note WHERE text % '高血压'") == "高血压"
    for forbidden in (
        "CREATE TABLE mine (id int)",
        "TRUNCATE note",
        "ALTER TABLE note ADD more int",
        "DROP TABLE note",
    ):
        with psycopg.connect(server.url(APP)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(forbidden)


def test_neither_role_is_a_superuser_or_passes_row_level_security(server: Server) -> None:
    weak = (
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'yigongti%' AND NOT (rolsuper OR rolbypassrls OR rolcreatedb)"
    )
    assert one(server, weak) == 2


def test_files_with_passwords_are_private(server: Server) -> None:
    assert (server.home / "postgres.json").stat().st_mode & 0o777 == 0o600
    assert not list(server.home.glob("initdb*"))


def test_what_was_at_hand_is_read_again_after_a_start(server: Server) -> None:
    """And the share of memory is the machine's."""
    assert one(server, "SHOW shared_preload_libraries", ADMIN) == (
        "pg_prewarm" if binaries.library("pg_prewarm") else ""
    )
    share = int(SERVING["shared_buffers"].removesuffix("MB"))
    assert 512 <= share <= max(512, binaries.memory() // 8)


def test_a_build_without_the_library_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "library", lambda name: False)
    server = Server(tmp_path, SERVING | {"shared_buffers": "32MB"})
    server.start()
    try:
        assert one(server, "SHOW shared_preload_libraries", ADMIN) == ""
    finally:
        server.stop()


def test_after_a_kill_and_after_a_stop_the_data_is_there(server: Server) -> None:
    with psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert server.process
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    assert one(server, "SELECT number FROM kept", OWNER) == 7
    server.stop()
    assert not server.answers()
    server.start()
    assert one(server, "SELECT number FROM kept", OWNER) == 7


def test_a_long_home_is_served_over_tcp(tmp_path: Path) -> None:
    server = Server(tmp_path / ("long" * 30), TESTING)
    server.start()
    try:
        assert server.socket_folder is None
        assert "@127.0.0.1:" in server.url()
        assert one(server, "SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_without_user_namespaces_root_runs_it_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    monkeypatch.setattr(binaries, "unprivileged", lambda: prefix)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = Server(home / "home", TESTING)
        server.start()
        try:
            assert one(server, "SELECT 1") == 1
            assert (server.data / "PG_VERSION").stat().st_uid == 65534
        finally:
            server.stop()
