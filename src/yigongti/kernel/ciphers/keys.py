"""The key ring of an installation: a JSON file with the secrets themselves or with references to them.

::

    {"installation": "9f3a61c2",
     "active": "k2", "keys": {"k1": {"created": "…", "sm4": "<base64>"},
                              "k2": {"created": "…", "sm4": {"env": "YGT_K2"}}},
     "index": {"active": "k1", "keys": {"k1": {"created": "…", "hmac": {"file": "/run/secrets/index"}}}},
     "code":  {"active": "k1", "keys": {"k1": {"created": "…", "sm4": "<base64>"}}},
     "chain": {"active": "k1", "keys": {"k1": {"created": "…", "hmac": "<base64>"}}}}

``keys`` encrypt columns (SM4, 16 bytes), ``index`` makes blind indexes (HMAC-SM3, 32 bytes), ``code`` seals health
codes (SM4, 16 bytes), ``chain`` seals the audit chain (HMAC-SM3, 32 bytes). Every process notices a changed file
within :data:`REREAD` seconds.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac

from yigongti.config import configuration
from yigongti.kernel.ciphers import keyfile
from yigongti.kernel.ciphers.keyfile import KeysUnavailable

REREAD = 1.0
"""Seconds after which a process looks again whether the key file has changed."""


class Purpose(StrEnum):
    """What a key is for; a key never serves two purposes."""

    DATA = "data"
    INDEX = "index"
    CODE = "code"
    CHAIN = "chain"

    @property
    def algorithm(self) -> str:
        """Name of the secret in the file."""
        return keyfile.SECRETS[self][0]

    @property
    def length(self) -> int:
        """Bytes of the secret."""
        return keyfile.SECRETS[self][1]


@dataclass(frozen=True)
class Key:
    """One secret. ``number`` (1..65535) travels in front of everything that it sealed."""

    number: int
    secret: bytes = field(repr=False)
    retired: bool = False

    @property
    def name(self) -> str:
        """The name in the key file, e.g. ``k2``."""
        return f"k{self.number}"

    @property
    def prefix(self) -> bytes:
        """The number as it stands in stored values, two bytes."""
        return self.number.to_bytes(2, "big")


@dataclass(frozen=True)
class KeySet:
    """The keys of one purpose: new values use the active one, old values keep theirs until rotated."""

    purpose: Purpose
    active: Key
    keys: Mapping[int, Key] = field(repr=False)

    def __getitem__(self, number: int) -> Key:
        if number not in self.keys:
            raise KeysUnavailable(
                f"密钥环中没有 {self.purpose} 密钥 k{number}", hint="请把用于加密该数据的密钥文件放回原处后重试"
            )
        return self.keys[number]

    def candidates(self) -> list[Key]:
        """The keys under which a stored value may stand, the active one first."""
        others = [k for k in self.keys.values() if k is not self.active and not k.retired]
        return [self.active, *sorted(others, key=lambda k: -k.number)]


@dataclass(frozen=True)
class KeyRing:
    """All keys of one installation."""

    installation: bytes
    data: KeySet
    index: KeySet
    code: KeySet
    chain: KeySet


def path() -> Path:
    """Where the key file of this installation is."""
    return configuration().key_file or configuration().home / "keys.json"


def load(file: Path) -> KeyRing:
    """The key ring in ``file``. Raises :class:`KeysUnavailable` with the entry at fault, never with a secret."""
    content = keyfile.read(file)
    try:
        sets = {p: _key_set(p, keyfile.section(content, p), file.parent) for p in Purpose}
        installation = bytes.fromhex(content["installation"])
        if len(installation) != 4:
            raise KeysUnavailable("密钥文件的 installation 应为 8 位十六进制数")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysUnavailable(f"密钥文件 {file} 内容不完整：{error}") from None
    return KeyRing(installation, *(sets[p] for p in Purpose))


def _key_set(purpose: Purpose, section: Mapping[str, Any], folder: Path) -> KeySet:
    keys = {}
    for name, entry in section["keys"].items():
        secret = _secret(entry[purpose.algorithm], folder, f"{purpose} 密钥 {name}")
        if len(secret) != purpose.length:
            raise KeysUnavailable(f"{purpose} 密钥 {name} 应为 {purpose.length} 字节，实为 {len(secret)} 字节")
        number = keyfile.number(name)
        keys[number] = Key(number, secret, retired="retired" in entry)
    return KeySet(purpose, keys[keyfile.number(section["active"])], keys)


def _secret(value: str | Mapping[str, str], folder: Path, what: str) -> bytes:
    match value:
        case str():
            text: str | None = value
        case {"env": name}:
            text = os.environ.get(name)
            what = f"{what}（环境变量 {name}）"
        case {"file": name}:
            source = folder / name
            text = source.read_text().strip() if source.is_file() else None
            what = f"{what}（文件 {source}）"
        case _:
            raise KeysUnavailable(f'{what} 应为 base64 文本、{{"env": …}} 或 {{"file": …}}')
    if not text:
        raise KeysUnavailable(f"{what} 没有值")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise KeysUnavailable(f"{what} 不是 base64 文本") from None


@dataclass
class _Held:
    file: Path
    stamp: tuple[int, int, int]
    checked: float
    ring: KeyRing


_held: _Held | None = None


def ring() -> KeyRing:
    """The key ring of this process; read again when its file changes.

    A demonstration or test installation makes its keys on first use. In production only ``yigongti keys create`` does.
    """
    global _held
    file, held, moment = path(), _held, monotonic()
    if held is not None and held.file == file and moment - held.checked < REREAD:
        return held.ring
    if not file.exists():
        _create_unless_production(file)
    stamp = _stamp(file)
    if held is None or held.file != file or held.stamp != stamp:
        held = _Held(file, stamp, moment, load(file))
    held.checked = moment
    _held = held
    return held.ring


def refresh() -> KeyRing:
    """The key ring as its file stands now."""
    global _held
    _held = None
    return ring()


def data_key(number: int) -> Key:
    """The data key ``number``; looks into the file again before giving up."""
    keys = ring().data
    return keys.keys.get(number) or refresh().data[number]


def chain_digest(content: bytes, key: str | None = None) -> tuple[str, bytes]:
    """The HMAC-SM3 of ``content`` under the chain key named ``key`` (default: the active one), with that key's name."""
    keys = ring().chain
    used = keys[keyfile.number(key)] if key else keys.active
    digest = hmac.HMAC(used.secret, hashes.SM3())
    digest.update(content)
    return used.name, digest.finalize()


def _create_unless_production(file: Path) -> None:
    if configuration().mode == "production":
        raise KeysUnavailable(f"没有密钥文件 {file}", hint="请先运行 yigongti keys create，并把该文件另行妥善备份")
    keyfile.create(file, {})


def _stamp(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size
