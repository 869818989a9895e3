"""The dynamic health code: a token that stands for a resident for a minute, shown as a QR code.

``YGT1``, then in base 32 ``installation (4) | key number (2) | nonce (12) | expiry and resident, sealed (20) |
tag (16)``. The token is SM4-GCM under the code key of the installation: nobody else can make or change one, nobody else
learns from it who the resident is, and two codes of the same resident have nothing in common. It is stored nowhere.

A code that someone photographs works for whoever shows it until it expires, at most :data:`LIFE` later: that is the
replay window. Where a minute is too long (dispensing, payment), remember :func:`nonce` of the codes seen within
``LIFE + SKEW`` and refuse the second use.
"""

import base64
import binascii
import io
import os
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yigongti.kernel.ciphers import keys
from yigongti.kernel.ciphers.keys import Key, KeysUnavailable
from yigongti.kernel.errors import Invalid

PREFIX = "YGT1"
LIFE = timedelta(seconds=60)
SKEW = timedelta(seconds=5)
"""How far the clocks of two machines of the installation may differ."""
_HEAD, _NONCE, _BODY, _TAG = 6, 12, 20, 16
_SIZE = _HEAD + _NONCE + _BODY + _TAG


def issue(resident_id: UUID, now: datetime) -> str:
    """A code for the resident, valid from ``now`` for :data:`LIFE`: 91 characters, in the alphanumeric mode of QR."""
    ring = keys.ring()
    head, nonce = ring.installation + ring.code.active.prefix, os.urandom(_NONCE)
    encryptor = _cipher(ring.code.active, nonce).encryptor()
    encryptor.authenticate_additional_data(PREFIX.encode() + head)
    expiry = int((now + LIFE).timestamp())
    body = encryptor.update(struct.pack(">I", expiry) + resident_id.bytes) + encryptor.finalize()
    return PREFIX + base64.b32encode(head + nonce + body + encryptor.tag).decode().rstrip("=")


def verify(code: str, now: datetime) -> UUID:
    """The resident for whom this installation issued ``code``. Raises :class:`Invalid` saying why not."""
    token = _unpack(code)
    ring = keys.ring()
    if token[:4] != ring.installation:
        raise Invalid("这是其他机构平台的健康码，本平台不能识别", field="code", hint="请使用本医共体的健康码")
    expiry, resident = struct.unpack(">I16s", _open(token))
    moment = datetime.fromtimestamp(expiry, UTC)
    if now >= moment:
        raise Invalid("健康码已过期", field="code", hint="请居民刷新后再扫")
    if moment - now > LIFE + SKEW:
        raise Invalid("健康码的时间不对", field="code", hint="请核对各台电脑的时钟")
    return UUID(bytes=resident)


def nonce(code: str) -> bytes:
    """What is different in every code, for those who refuse a second use. Raises :class:`Invalid`."""
    return _unpack(code)[_HEAD : _HEAD + _NONCE]


def svg(code: str, *, scale: float = 6) -> str:
    """The QR code as an SVG element with a white border; ``scale`` is the width of one module in pixels."""
    out = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, scale=scale, border=4, light="#fff", title="健康码", omitsize=False
    )
    return out.getvalue().decode().strip()


def _unpack(code: str) -> bytes:
    text = code.strip().upper()
    try:
        packed = text[len(PREFIX) :]
        token = base64.b32decode(packed + "=" * (-len(packed) % 8)) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        token = b""
    if len(token) != _SIZE:
        raise Invalid("这不是健康码", field="code", hint="请扫描居民手机上的健康码")
    return token


def _open(token: bytes) -> bytes:
    forged = Invalid("健康码校验不通过，不是本平台签发的", field="code", hint="请居民重新打开健康码")
    try:
        key = keys.ring().code[int.from_bytes(token[4:_HEAD], "big")]
    except KeysUnavailable:
        raise forged from None
    decryptor = _cipher(key, token[_HEAD : _HEAD + _NONCE], token[-_TAG:]).decryptor()
    decryptor.authenticate_additional_data(PREFIX.encode() + token[:_HEAD])
    try:
        return decryptor.update(token[_HEAD + _NONCE : -_TAG]) + decryptor.finalize()
    except InvalidTag:
        raise forged from None


def _cipher(key: Key, nonce: bytes, tag: bytes | None = None) -> Cipher[modes.GCM]:
    return Cipher(algorithms.SM4(key.secret), modes.GCM(nonce, tag))
