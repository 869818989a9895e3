"""The file of the key ring on disk: created once, changed atomically, mode 0600."""

import base64
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yigongti.kernel.errors import Conflict, Invalid, YigongtiError

Reference = Mapping[str, str]
"""Where a secret is instead of in the file: ``{"env": "NAME"}`` or ``{"file": "path"}``."""

SECRETS = {"data": ("sm4", 16), "index": ("hmac", 32), "code": ("sm4", 16), "chain": ("hmac", 32)}
"""For each purpose the algorithm that names the secret, and its bytes."""


class KeysUnavailable(YigongtiError):
    """The key ring is missing, damaged, or does not hold the key that a value was sealed with."""

    status = 503
    kind = "keys-unavailable"


def read(file: Path) -> dict[str, Any]:
    """The JSON content of the key file."""
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError:
        raise KeysUnavailable(f"没有密钥文件 {file}", hint="请先运行 yigongti keys create") from None
    except (OSError, ValueError) as error:
        raise KeysUnavailable(f"密钥文件 {file} 读不出来：{type(error).__name__}") from None
    if not isinstance(content, dict):
        raise KeysUnavailable(f"密钥文件 {file} 应为一个 JSON 对象")
    return content


def section(content: dict[str, Any], purpose: str) -> dict[str, Any]:
    """The part of the file for one purpose: ``active`` and ``keys``. Data keys stand at the top."""
    return content if purpose == "data" else content[purpose]


def number(name: str) -> int:
    """``k2`` → 2."""
    if not re.fullmatch(r"k[1-9]\d{0,4}", name) or int(name[1:]) > 0xFFFF:
        raise ValueError(f"密钥名 {name!r} 应为 k1 至 k65535")
    return int(name[1:])


def reference(text: str) -> Reference:
    """``env:NAME`` or ``file:PATH`` as a reference."""
    kind, _, where = text.partition(":")
    if kind not in ("env", "file") or not where:
        raise Invalid(f"密钥引用 {text!r} 应写作 env:变量名 或 file:路径")
    return {kind: where}


def create(file: Path, references: Mapping[str, Reference]) -> bool:
    """Make the key file with one key per purpose; False if another process was first."""
    content: dict[str, Any] = {"installation": secrets.token_hex(4)}
    for purpose in SECRETS:
        part = content if purpose == "data" else content.setdefault(purpose, {})
        part |= {"active": "k1", "keys": {"k1": _entry(purpose, references.get(purpose))}}
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = _write_beside(file, content)
    try:
        os.link(fresh, file)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def add(file: Path, purpose: str, source: Reference | None = None) -> str:
    """Put a new active key for ``purpose`` into the file; its name."""
    with _changing(file) as content:
        part = section(content, purpose)
        name = f"k{max(number(n) for n in part['keys']) + 1}"
        number(name)
        part["keys"][name] = _entry(purpose, source)
        part["active"] = name
    return name


def retire(file: Path, purpose: str) -> list[str]:
    """Mark every key but the active one as no longer in use; the names marked. The secrets stay, for old backups."""
    with _changing(file) as content:
        part = section(content, purpose)
        names = [n for n, e in part["keys"].items() if n != part["active"] and "retired" not in e]
        for name in names:
            part["keys"][name]["retired"] = _timestamp()
    return names


def literal(file: Path) -> bool:
    """Whether the file holds at least one secret itself."""
    content = read(file)
    entries = [(p, e) for p in SECRETS for e in section(content, p)["keys"].values()]
    return any(isinstance(entry.get(SECRETS[p][0]), str) for p, entry in entries)


def _entry(purpose: str, source: Reference | None) -> dict[str, Any]:
    name, length = SECRETS[purpose]
    return {"created": _timestamp(), name: source or base64.b64encode(secrets.token_bytes(length)).decode()}


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_beside(file: Path, content: Mapping[str, Any]) -> Path:
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    return fresh


@contextmanager
def _changing(file: Path) -> Iterator[dict[str, Any]]:
    """Read, let the caller change, replace atomically; one changer at a time."""
    with open(file.with_name(f".{file.name}.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict("另一个程序正在更改密钥文件") from None
        content = read(file)
        yield content
        fresh = _write_beside(file, content)
        try:
            os.replace(fresh, file)
        finally:
            with suppress(FileNotFoundError):
                fresh.unlink()
