"""The citizen identification number (GB 11643): six digits of place, eight of birth, three of order, one check.

:func:`parse` accepts what people type or a reader delivers and says exactly what is wrong with it; the messages never
repeat the number. Other documents and temporary numbers are in ``documents`` and ``temporary``.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.ciphers.sensitive import Sensitive
from yigongti.kernel.errors import Invalid
from yigongti.records.residents.id_areas import area_problem
from yigongti.records.residents.normal_forms import identity_digits

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
"""Check characters by the weighted sum modulo 11 (ISO 7064, MOD 11-2)."""
EARLIEST = 1850
MALE, FEMALE = "1", "2"
"""GB/T 2261.1, as in ``Resident.Sex``."""


class IdentityNumber(Sensitive):
    """A valid 18-digit number, made by :func:`parse` and :func:`generate`; ``repr`` hides it."""

    __slots__ = ()

    @property
    def area(self) -> str:
        """GB/T 2260 code of the county where the number was given, which need not be where the person lives."""
        return self[:6]

    @property
    def birth_date(self) -> date:
        """Date of birth."""
        return date(int(self[6:10]), int(self[10:12]), int(self[12:14]))

    @property
    def sex(self) -> str:
        """``"1"`` male, ``"2"`` female (GB/T 2261.1), from digit 17."""
        return MALE if int(self[16]) % 2 else FEMALE

    def mask(self) -> str:
        """``431127********1234``."""
        return f"{self[:6]}********{self[14:]}"


def check_character(first17: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, first17, strict=True)) % 11]


def parse(text: str, *, known_area_only: bool = True) -> IdentityNumber:
    """The number in ``text``: full-width digits, lower x and separators are tidied, 15 digits made 18.

    ``known_area_only=False`` takes an area code that our tables do not know, after someone has seen the card.
    Raises :class:`Invalid` (field ``id_number``) with the exact reason.
    """
    number = _eighteen(identity_digits(text))
    problem = _characters(number) or area_problem(number[:6], known_area_only) or _birth(number[6:14]) or _check(number)
    if problem:
        raise Invalid(problem, field="id_number", hint="请核对身份证原件")
    return IdentityNumber(number)


def is_valid(text: str) -> bool:
    """Whether :func:`parse` would accept ``text``."""
    try:
        parse(text)
    except Invalid:
        return False
    return True


def plain(text: str) -> IdentityNumber | None:
    """What :func:`parse` makes of an 18-digit number that is written as it is stored and valid; None for all else.

    For whole columns: places, days and orders are judged once each.
    """
    if len(text) != 18 or not _ascii_digits(text[:17]):
        return None
    place, day = _place(text[:6], configuration().data_dir), _day(text[6:14], clock.today())
    if place is None or day is None or text[17] != CHECKS[(place + day + _order(text[14:17])) % 11]:
        return None
    return IdentityNumber(text)


@lru_cache(maxsize=10_000)
def _place(area: str, data_dir: Path | None) -> int | None:
    """The weighted sum of the first six digits; None where no place begins like that."""
    return None if area_problem(area) else _weighed(area, 0)


@lru_cache(maxsize=60_000)
def _day(digits: str, today: date) -> int | None:
    """The weighted sum of the digits of a birth date; None where nobody can be born then."""
    return None if _birth(digits) else _weighed(digits, 6)


@lru_cache(maxsize=1000)
def _order(digits: str) -> int:
    return _weighed(digits, 14)


def _weighed(digits: str, first: int) -> int:
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS[first:], digits, strict=False))


def _eighteen(number: str) -> str:
    """A 15-digit number of before 1999-10-01 becomes its 18-digit successor; anything else stays."""
    if len(number) != 15 or not _ascii_digits(number):
        return number
    # orders 996 to 999 were kept for those who were a hundred years old: born in 18xx
    century = "18" if number[12:] in ("996", "997", "998", "999") else "19"
    first17 = number[:6] + century + number[6:]
    return first17 + check_character(first17)


def _ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _characters(number: str) -> str:
    if not number:
        return "没有填写身份证号"
    if len(number) != 18:
        return f"身份证号应为 18 位，现有 {len(number)} 位"
    for place, character in enumerate(number[:17], start=1):
        if not _ascii_digits(character):
            return f"第 {place} 位应为数字，现为“{character}”"
    if number[17] not in CHECKS:
        return f"第 18 位应为数字或 X，现为“{number[17]}”"
    return ""


def _birth(digits: str) -> str:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not 1 <= month <= 12:
        return f"第 11–12 位为出生月份，没有 {month:02} 月"
    try:
        born = date(year, month, day)
    except ValueError:
        return f"第 13–14 位为出生日，{month} 月没有 {day:02} 日" if year else "第 7–10 位为出生年份，没有 0000 年"
    if year < EARLIEST:
        return f"第 7–10 位为出生年份，应不早于 {EARLIEST} 年"
    if born > clock.today():
        return "第 7–14 位为出生日期，不能晚于今天"
    return ""


def _check(number: str) -> str:
    expected = check_character(number[:17])
    if number[17] != expected:
        return f"校验位不符：按前 17 位，第 18 位应为 {expected}，现为 {number[17]}；可能有一位填错或相邻两位颠倒"
    return ""


def generate(birth: date, sex: str, area: str, sequence: int) -> IdentityNumber:
    """A well-formed number for tests and simulators: ``sequence`` 0 to 499 per county, day and sex."""
    if not 0 <= sequence <= 499:
        raise ValueError(f"sequence is 0 to 499, not {sequence}")
    first17 = f"{area}{birth:%Y%m%d}{2 * sequence + (sex == MALE):03}"
    return IdentityNumber(first17 + check_character(first17))
