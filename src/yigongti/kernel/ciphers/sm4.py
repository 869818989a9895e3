"""SM4-GCM (GB/T 32907, GM/T 0002) over bytes.

A sealed value is ``version (1) | key number (2) | nonce (12) | ciphertext | tag (16)``: 31 bytes more than the plain
text. Version and key number are authenticated together with the caller's associated data.
"""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yigongti.kernel.ciphers import keys
from yigongti.kernel.ciphers.keys import Key
from yigongti.kernel.errors import YigongtiError

VERSION = b"\x01"
_NONCE, _TAG, _HEAD = 12, 16, 3
OVERHEAD = _HEAD + _NONCE + _TAG


class Unreadable(YigongtiError):
    """A stored value was altered, moved to another column, or sealed with another key."""

    status = 500
    kind = "unreadable"


def header(key: Key) -> bytes:
    """What every value sealed with ``key`` begins with."""
    return VERSION + key.prefix


def seal(key: Key, plain: bytes, associated: bytes) -> bytes:
    """Encrypt and authenticate ``plain`` under ``key``; ``associated`` must be given again to open it."""
    head, nonce = header(key), os.urandom(_NONCE)
    encryptor = Cipher(algorithms.SM4(key.secret), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(head + associated)
    body = encryptor.update(plain) + encryptor.finalize()
    return head + nonce + body + encryptor.tag


def open_with(key: Key, sealed: bytes, associated: bytes) -> bytes:
    """The plain text of a value sealed with ``key``. Raises :class:`Unreadable`."""
    return opener(key, associated)(sealed)


def opener(key: Key, associated: bytes) -> Callable[[bytes], bytes]:
    """:func:`open_with` for many values of one key and column."""
    cipher, gcm = algorithms.SM4(key.secret), modes.GCM

    def opened(sealed: bytes) -> bytes:
        decryptor = Cipher(cipher, gcm(sealed[_HEAD : _HEAD + _NONCE], sealed[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(sealed[:_HEAD] + associated)
        try:
            return decryptor.update(sealed[_HEAD + _NONCE : -_TAG]) + decryptor.finalize()
        except InvalidTag:
            raise Unreadable("加密数据校验不通过：内容被改动、移到了别的字段，或密钥不符") from None

    return opened


def key_number(sealed: bytes) -> int:
    """The number of the key that sealed the value. Raises :class:`Unreadable` if it is no sealed value."""
    if len(sealed) < OVERHEAD or sealed[:1] != VERSION:
        raise Unreadable("不是本系统的加密数据")
    return int.from_bytes(sealed[1:_HEAD], "big")


def encrypt(plain: bytes, associated: bytes) -> bytes:
    """Seal with the active data key of this installation."""
    return seal(keys.ring().data.active, plain, associated)


def decrypt(sealed: bytes, associated: bytes) -> bytes:
    """Open with whichever data key sealed it."""
    return open_with(keys.data_key(key_number(sealed)), sealed, associated)
