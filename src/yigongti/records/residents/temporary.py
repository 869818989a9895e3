"""Numbers for people who have none yet: a newborn before the certificate, a patient whom nobody knows.

``N261121-7K3M9Q2-1-W``: newborn, date of birth, seven characters made from the mother's key, order of birth, check.
``U261121-4F8ZC1T-R``: unknown, date of finding, seven random characters, check. The characters are Crockford's base 32
(no I, L, O, U): they can be read aloud and written by hand. The check character is ISO 7064 MOD 37-2, as on blood bags;
it finds every wrong character and every swap of two neighbours. The number holds no personal data of its own, and the
same birth always gets the same number.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date
from itertools import count
from uuid import UUID

from yigongti.kernel.errors import Invalid
from yigongti.records.residents.normal_forms import identity_digits

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MOD_37_2 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_MISREAD = str.maketrans("ILO", "110")


def newborn_number(mother: UUID, birth: date, order: int) -> str:
    """The number of the ``order``-th child (1 to 9) that ``mother`` bore on ``birth``."""
    if not 1 <= order <= 9:
        raise ValueError(f"order is 1 to 9, not {order}")
    digests = (hashlib.sha256(b"newborn" + mother.bytes + bytes([n])).digest() for n in range(256))
    return _first_writable(f"N{birth:%y%m%d}-{_base32(int.from_bytes(d[:8], 'big'))}-{order}" for d in digests)


def unknown_number(found: date) -> str:
    """A number for someone found on ``found`` whose name nobody knows; random, some 3 × 10¹⁰ a day."""
    return _first_writable(f"U{found:%y%m%d}-{_base32(secrets.randbits(64))}" for _ in count())


def _base32(value: int) -> str:
    return "".join(ALPHABET[value >> shift & 31] for shift in range(0, 35, 5))


def _first_writable(numbers: Iterable[str]) -> str:
    """The first number whose check character is not one of those that are misread."""
    checked = ((number, check_symbol(number.replace("-", ""))) for number in numbers)
    return next(f"{number}-{check}" for number, check in checked if check in ALPHABET)


def check_symbol(characters: str) -> str:
    """The check character of ISO 7064 MOD 37-2."""
    value = 0
    for character in characters:
        value = (value + _MOD_37_2.index(character)) * 2 % 37
    return _MOD_37_2[(38 - value) % 37]


def check_temporary(text: str) -> str:
    """A temporary number as it is stored, whatever was typed. Raises :class:`Invalid` (field ``id_number``)."""
    packed = identity_digits(text)
    kind, rest = packed[:1], packed[1:].translate(_MISREAD)
    if kind not in ("N", "U") or len(packed) != (16 if kind == "N" else 15):
        raise Invalid("临时身份号应形如 N261121-7K3M9Q2-1-W 或 U261121-4F8ZC1T-R", field="id_number")
    body, check = rest[:-1], rest[-1]
    if any(c not in ALPHABET for c in rest) or check_symbol(kind + body) != check:
        raise Invalid("临时身份号校验不符，可能抄错了一位", field="id_number", hint="请核对腕带或登记表")
    return "-".join([kind + body[:6], body[6:13], *body[13:], check])
