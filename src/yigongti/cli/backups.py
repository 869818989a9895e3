"""``yigongti backup`` and ``yigongti restore``: one file with the whole database, and never a key.

The file is a zip of ``database.dump`` (pg_dump's custom format) and ``manifest.json``: when, which version, and the
fingerprints of the keys without which the sealed columns cannot be opened. The key file is kept elsewhere.
"""

import json
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated, Any

import psycopg
import typer
from rich.markup import escape

from yigongti.cli import binaries, installation
from yigongti.cli.screen import Advance, out, progress, tell
from yigongti.config import configuration
from yigongti.kernel.errors import Conflict, Invalid, YigongtiError

FORMAT = 1
DUMP, MANIFEST = "database.dump", "manifest.json"
CHUNK = 1 << 20
LOCKS_SHORT = "max_locks_per_transaction"

#: everything in the schema public that no extension brought; collected first, because CASCADE takes some of it along
EMPTY_SCHEMA = """
SET LOCAL client_min_messages = warning;
DO $$
DECLARE statements text[]; statement text;
BEGIN
    SELECT array_agg(format('DROP %s IF EXISTS %s CASCADE', o.kind, o.name)) INTO statements FROM (
        SELECT oid, CASE relkind WHEN 'c' THEN 'TYPE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                 WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, oid::regclass::text AS name
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'c', 'S')
        UNION ALL
        SELECT oid, CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
               oid::regprocedure::text
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT oid, 'TYPE', oid::regtype::text
        FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ) o WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = o.oid
                          AND (d.deptype = 'e' OR d.deptype = 'i' AND o.kind = 'SEQUENCE'));
    FOREACH statement IN ARRAY coalesce(statements, '{}') LOOP
        EXECUTE statement;
    END LOOP;
END $$
"""


class BackupFailed(YigongtiError):
    """pg_dump or pg_restore ended with an error."""

    status = 500
    kind = "backup"


def fingerprints() -> dict[str, list[str]]:
    """For each purpose the keys of this installation, as ``k1:<16 hex digits>``; no secret can be read from them."""
    from cryptography.hazmat.primitives import hashes

    from yigongti.kernel.ciphers import keys

    ring = keys.refresh()

    def mark(key: keys.Key) -> str:
        digest = hashes.Hash(hashes.SM3())
        digest.update(b"yigongti key fingerprint\0" + ring.installation + key.secret)
        return f"{key.name}:{digest.finalize().hex()[:16]}"

    return {purpose.value: [mark(key) for key in getattr(ring, purpose).keys.values()] for purpose in keys.Purpose}


def backup(
    file: Annotated[Path, typer.Argument(help="要写的文件，如 2026-11-21.ygt", dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """备份整个数据库到一个文件（不停机）；密钥文件不在其中，须另行保管。"""
    if file.exists():
        raise Conflict(f"{file} 已存在", hint="换一个文件名")
    with installation.database() as configured:
        installation.load_django()
        manifest = {
            "format": FORMAT,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "yigongti": version("yigongti"),
            "postgresql": installation.require_supported(configured.database_url or ""),
            "keys": fingerprints(),
        }
        draft = file.with_name(f".{file.name}.part")
        try:
            with progress() as advance:
                write(draft, configured.owner_database_url or "", manifest, advance)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    size = file.stat().st_size
    if as_json:
        tell({"file": file, "bytes": size, **manifest})
    else:
        out.print(f"{escape(str(file))}，{size / 1e6:,.1f} MB。密钥文件 {configuration().keys} 请另行保管。")


def quietly(what: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


def copied(source: IO[bytes], target: IO[bytes], total: int, what: str, advance: Advance) -> None:
    """Copy everything, telling the megabytes done of ``total`` bytes (0: nobody knows)."""
    done = 0
    while block := source.read(CHUNK):
        target.write(block)
        done += len(block)
        advance(what, done >> 20, max(total >> 20, 1) if total else 0)


def write(file: Path, url: str, manifest: dict[str, Any], advance: Advance = quietly) -> None:
    """Dump the database at ``url`` into the zip ``file`` as it is read, mode 0600."""
    file.touch(mode=0o600)
    command = [binaries.program("pg_dump"), "--format=custom", "--no-comments", "--no-owner", "--dbname", url]
    with (
        tempfile.TemporaryFile("w+") as errors,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as dump,
    ):
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2))
        with archive.open(DUMP, "w", force_zip64=True) as target:
            copied(dump.stdout, target, 0, "备份（MB）", advance)  # type: ignore[arg-type]
        if dump.wait():
            errors.seek(0)
            raise BackupFailed("pg_dump 失败：" + errors.read().strip()[-800:])


def manifest_of(file: Path) -> dict[str, Any]:
    """The manifest of a backup. Raises Invalid when the file is not one or is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            archive.getinfo(DUMP)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Invalid(f"{file} 不是 yigongti 的备份文件：{error}") from None
    if manifest.get("format") != FORMAT:
        raise Invalid(f"{file} 的格式是 {manifest.get('format')}，本版本只认 {FORMAT}")
    return manifest


def require_keys(manifest: dict[str, Any]) -> None:
    """Raise Conflict when a key that the backup was sealed with is not here."""
    here = fingerprints()
    missing = [
        f"{purpose} {mark.partition(':')[0]}"
        for purpose, marks in manifest["keys"].items()
        for mark in marks
        if mark not in here.get(purpose, [])
    ]
    if missing:
        raise Conflict(
            f"备份用到的密钥不在 {configuration().keys} 中：{'，'.join(missing)}",
            hint="先放回备份时的密钥文件（YIGONGTI_KEY_FILE）",
        )


def require_alone(connection: psycopg.Connection[Any]) -> None:
    """Raise Conflict when somebody else uses the database."""
    others = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchone()
    if others and others[0]:
        raise Conflict(f"数据库正被 {others[0]} 个连接使用", hint="先停止 yigongti up 和其他程序")


def require_empty(connection: psycopg.Connection[Any]) -> None:
    """Raise Conflict when the database has tables."""
    tables = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    ).fetchone()
    if tables and tables[0]:
        raise Conflict(f"数据库不是空的（{tables[0]} 张表）", hint="确要覆盖请加 --replace，现有数据将全部丢失")


def read(file: Path, url: str, advance: Advance = quietly) -> None:
    """Replace the schema by the dump in the zip ``file``, in one transaction: all of it or nothing.

    pg_restore writes its script into psql; only when the whole dump has been read is psql told to commit.
    """
    psql = [binaries.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", url]
    script = [binaries.program("pg_restore"), "--no-owner", "--file=-"]
    with (
        tempfile.TemporaryFile("w+") as errors,
        zipfile.ZipFile(file) as archive,
        archive.open(DUMP) as source,
        subprocess.Popen(psql, stdin=subprocess.PIPE, stderr=errors) as writing,
    ):
        assert writing.stdin
        writing.stdin.write(f"BEGIN;\n{EMPTY_SCHEMA};\n".encode())
        writing.stdin.flush()
        with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=writing.stdin, stderr=errors) as reading:
            damage = pour(source, reading, archive.getinfo(DUMP).file_size, advance)
        if damage is None and reading.returncode == 0:
            with suppress(BrokenPipeError):
                writing.stdin.write(b"COMMIT;\n")
                writing.stdin.close()
        else:
            writing.kill()
        writing.wait()
        errors.seek(0)
        if damage:
            raise Invalid(f"{file} 已损坏：{damage}，数据库没有改变")
        if reading.returncode or writing.returncode:
            said = errors.read().strip()[-800:]
            locks = "把数据库的 max_locks_per_transaction 调到 512，重启后再恢复" if LOCKS_SHORT in said else ""
            raise BackupFailed(f"恢复失败，数据库没有改变：{said}", hint=locks)


def pour(
    source: IO[bytes], process: subprocess.Popen[bytes], total: int, advance: Advance
) -> zipfile.BadZipFile | None:
    """Write all of ``source`` into the process; the damage, if the file turns out to be damaged."""
    assert process.stdin
    try:
        with suppress(BrokenPipeError):
            copied(source, process.stdin, total, "恢复（MB）", advance)
            process.stdin.close()
    except zipfile.BadZipFile as damage:
        process.kill()
        return damage
    return None


def restore(
    file: Annotated[Path, typer.Argument(help="yigongti backup 写的文件", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="覆盖非空的数据库")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """从备份恢复：先停止 up；核对密钥，恢复，升级结构，再核对审计链；审计链有问题时退出码为 1。"""
    from yigongti.cli.preparing import migrate

    manifest = manifest_of(file)
    with installation.database(create=True) as configured:
        installation.load_django()
        require_keys(manifest)
        url = configured.owner_database_url or ""
        with psycopg.connect(url) as connection:
            require_alone(connection)
            if not replace:
                require_empty(connection)
        with progress() as advance:
            read(file, url, advance)
            migrate(advance)
        from yigongti.kernel.audit import anchors
        from yigongti.kernel.audit.verification import verify

        anchors.forget()
        with progress() as advance:
            report = verify(lambda done, of: advance("核对审计链（批）", done, of))
    if as_json:
        tell({"ok": report.ok, "problems": report.problems, "sealed": report.sealed, "head": report.head, **manifest})
    else:
        for problem in report.problems:
            out.print(f"[bold red]✗[/] {escape(problem)}")
        out.print(f"已恢复 {manifest['created']} 的备份；审计链 {'完整' if report.ok else '有问题'}")
    if not report.ok:
        raise typer.Exit(1)
