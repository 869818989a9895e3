"""Whole columns at once, for COPY and other bulk loads: the same stored form as the fields produce."""

from collections.abc import Callable, Iterable, Iterator

from yigongti.kernel.ciphers import keys, sm4
from yigongti.kernel.ciphers.blind import digester, normalizer


def encrypt_column(values: Iterable[str | None], associated: str) -> Iterator[bytes | None]:
    """Sealed values in order. ``associated`` is what :attr:`.EncryptedTextField.associated` says: ``table.column``."""
    key, ad, seal = keys.ring().data.active, associated.encode(), sm4.seal
    for value in values:
        yield None if value is None else seal(key, value.encode(), ad)


def decrypt_column(values: Iterable[bytes | None], associated: str) -> Iterator[str | None]:
    """The inverse of :func:`encrypt_column`."""
    ad = associated.encode()
    openers: dict[int, Callable[[bytes], bytes]] = {}
    for value in values:
        if value is None:
            yield None
            continue
        sealed = bytes(value)
        number = sm4.key_number(sealed)
        if number not in openers:
            openers[number] = sm4.opener(keys.data_key(number), ad)
        yield openers[number](sealed).decode()


def index_column(values: Iterable[str | None], label: str) -> Iterator[bytes | None]:
    """Blind indexes in order; None for nothing."""
    normalize, digest = normalizer(label), digester(keys.ring().index.active, label)
    for value in values:
        text = normalize(value) if value else ""
        yield digest(text) if text else None
