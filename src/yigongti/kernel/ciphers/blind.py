"""Blind indexes: equality search over encrypted values without decrypting them.

The index of a value is ``key number (2) | first 16 bytes of HMAC-SM3(index key, label | 0 | normalised value)``. Equal
values under the same label have equal indexes; nothing else can be learnt without the key.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, hmac

from yigongti.kernel.ciphers import keys
from yigongti.kernel.ciphers.keys import Key

Normalize = Callable[[str], str]
SIZE = 18

_normalizers: dict[str, Normalize] = {}


class Candidates(tuple[bytes, ...]):
    """The indexes under which a value may stand: one, or during an index key rotation one per key, newest first."""


def declare(label: str, normalize: Normalize) -> None:
    """Fix how values under ``label`` are normalised; one way per label, wherever it is stored."""
    known = _normalizers.setdefault(label, normalize)
    if known is not normalize and known.__qualname__ != normalize.__qualname__:
        raise ValueError(f"blind index {label!r} is normalised both by {known!r} and by {normalize!r}")


def digester(key: Key, label: str) -> Callable[[str], bytes]:
    """A function from normalised text to its index under one key, for many values."""
    start = hmac.HMAC(key.secret, hashes.SM3())
    start.update(label.encode() + b"\0")
    prefix = key.prefix

    def digest(text: str) -> bytes:
        run = start.copy()
        run.update(text.encode())
        return prefix + run.finalize()[:16]

    return digest


def index_value(label: str, value: str | None) -> bytes | None:
    """The index to store for ``value`` under the active key; None for nothing."""
    text = _normalizers[label](value) if value else ""
    return digester(keys.ring().index.active, label)(text) if text else None


def blind_index(label: str, value: str) -> Candidates:
    """What to compare a :class:`~.fields.BlindIndexField` with: ``filter(phone_index=blind_index("phone", text))``."""
    text = _normalizers[label](value)
    return Candidates(digester(key, label)(text) for key in keys.ring().index.candidates()) if text else Candidates()


def normalizer(label: str) -> Normalize:
    """How values under ``label`` are normalised. Raises KeyError if no field declares it."""
    return _normalizers[label]
