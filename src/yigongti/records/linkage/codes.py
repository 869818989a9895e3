"""Numbers, codes and places: phone, identifiers, the identification number, sex, e-mail, address."""

import re

from yigongti.records.linkage import numbers
from yigongti.records.linkage.conditions import alike, all_of, both, not_both, same, typing_error
from yigongti.records.linkage.levels import Kind, Level
from yigongti.records.linkage.prepared import cleaned, pinyin_step, step

_NOT_UNIFORM = "CASE WHEN replace({t}, substr({t}, 1, 1), '') <> '' THEN {t} END"
"""NULL for 000000, 11111111 and the like."""


def _varied(text: str) -> str | None:
    return text if len(set(text)) > 1 else None


_PHONE = cleaned(
    ("regexp_replace({t}, '[^0-9]', '', 'g')", lambda text: re.sub("[^0-9]", "", text)),
    (
        "regexp_replace({t}, '^(0086|86)([0-9]{11})$', '\\2')",
        lambda text: re.sub("^(?:0086|86)([0-9]{11})$", r"\1", text),
    ),
    (
        "CASE WHEN length({t}) >= 7 AND replace({t}, substr({t}, 1, 1), '') <> '' THEN {t} END",
        lambda text: _varied(text) if len(text) >= 7 else None,
    ),
)


def _phone_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.72, 2e-6),
        Level("typo", "一位笔误", typing_error(x), 0.03, 1e-6),
        Level("different", "不同", None, 0.25, 0.999),
    )


_ALPHANUMERIC = "regexp_replace({t}, '[^a-z0-9\\x{80}-\\x{10FFFF}]', '', 'g')"


def _alphanumeric(text: str) -> str:
    return re.sub("[^a-z0-9\x80-\U0010ffff]", "", text)


def _identifier_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.88, 1e-7),
        Level("typo", "一位笔误", typing_error(x), 0.08, 5e-6),
        Level("close", "两位笔误", typing_error(x, 2), 0.01, 1e-4),
        Level("different", "不同", None, 0.03, 0.999),
    )


def _code_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (Level("same", "相同", same(x), 0.93, 0.05), Level("different", "不同", None, 0.07, 0.95))


def _number_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.86, 0.01),
        Level("typo", "一位笔误", typing_error(x), 0.08, 0.02),
        Level("different", "不同", None, 0.06, 0.97),
    )


_SEX = {"1": ("1", "m", "male", "男", "男性"), "2": ("2", "f", "female", "女", "女性")}
_SEX_SQL = (
    "CASE "
    + " ".join(f"WHEN {{t}} IN ({', '.join(repr(w) for w in words)}) THEN '{k}'" for k, words in _SEX.items())
    + " END"
)


def _sex_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (Level("same", "相同", same(x), 0.99, 0.5), Level("different", "不同", None, 0.01, 0.5))


def _email_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.75, 1e-4),
        Level("typo", "一两处笔误", typing_error(x, 2), 0.10, 1e-5),
        Level("mailbox", "信箱名相同", same(f"{x}_box"), 0.05, 1e-4),
        Level("alike", "相近", alike(x, 0.88), 0.05, 1e-3),
        Level("different", "不同", None, 0.05, 0.998),
    )


# the Chinese identification number ------------------------------------------------------------------------------------
def _eighteen(number: str) -> str:
    if not re.fullmatch("[0-9]{15}", number):
        return number
    century = "18" if number[12:] in ("996", "997", "998", "999") else "19"
    first = number[:6] + century + number[6:]
    return first + _check_character(first)


_ID = cleaned(
    ("upper(regexp_replace({t}, '[^a-z0-9]', '', 'g'))", lambda text: re.sub("[^a-z0-9]", "", text).upper()),
    (_NOT_UNIFORM, _varied),
    (numbers.eighteen("{t}"), _eighteen),
)


def _check_character(first: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(numbers.WEIGHTS, first, strict=True))
    return numbers.CHECKS[total % 11]


def _right(number: str) -> str:
    shaped = re.fullmatch("[0-9]{17}[0-9X]", number)
    return "1" if shaped and number[17] == _check_character(number[:17]) else "0"


_RIGHT = (
    "CASE WHEN regexp_full_match({x}, '[0-9]{{17}}[0-9X]') "
    f"THEN CASE WHEN substr({{x}}, 18) = {numbers.check_character('{x}')} THEN '1' ELSE '0' END "
    "WHEN {x} IS NOT NULL THEN '0' END"
).replace("{{17}}", "{17}")


def _id_levels(x: str, _: str | None) -> tuple[Level, ...]:
    broken = not_both(f"{x}_right", "1")
    return (
        Level("same", "相同", same(x), 0.93, 1e-7),
        Level("typo", "一位笔误或相邻两位颠倒，有一个校验不符", all_of(broken, typing_error(x)), 0.045, 1e-8),
        Level("close", "两处笔误，有一个校验不符", all_of(broken, typing_error(x, 2)), 0.006, 1e-7),
        Level("other", "两个都有效，号码不同", both(f"{x}_right", "1"), 0.004, 0.97),
        Level("different", "不同，有一个校验不符", None, 0.015, 0.03),
    )


# addresses -----------------------------------------------------------------------------------------------------------
_ADDRESS = cleaned((_ALPHANUMERIC, _alphanumeric))
_ADDRESS_STEPS = (
    _ADDRESS,
    step(
        "house",
        "nullif(trim(regexp_replace({x}, '[^0-9]+', '-', 'g'), '-'), '')",
        lambda text: re.sub("[^0-9]+", "-", text).strip("-") or None,
    ),
    step("base", "nullif(regexp_replace({x}, '[0-9].*$', ''), '')", lambda t: re.sub("[0-9].*$", "", t) or None),
    pinyin_step("sound", "base"),
)


def _address_levels(x: str, _: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.60, 1e-5),
        Level("house", "门牌相同，地名相近", all_of(same(f"{x}_house"), alike(f"{x}_sound", 0.9)), 0.12, 2e-5),
        Level("place", "同一地方", same(f"{x}_base"), 0.08, 2e-3),
        Level("alike", "地名相近", alike(f"{x}_sound", 0.93), 0.05, 1e-2),
        Level("different", "不同", None, 0.15, 0.98),
    )


_ALPHA = cleaned((_ALPHANUMERIC, _alphanumeric))
KINDS = (
    Kind(
        "sex",
        "性别",
        (cleaned((_SEX_SQL, lambda t: next((k for k, w in _SEX.items() if t in w), None))),),
        _sex_levels,
    ),
    Kind(
        "phone",
        "电话",
        (_PHONE,),
        _phone_levels,
    ),
    Kind("address", "地址", _ADDRESS_STEPS, _address_levels),
    Kind(
        "id-number",
        "居民身份证号",
        (
            _ID,
            step("right", _RIGHT, _right),
            step("head", "substr({x}, 1, 14)", lambda text: text[:14]),
            step("tail", "substr({x}, 7)", lambda text: text[6:] or ""),
        ),
        _id_levels,
    ),
    Kind(
        "identifier",
        "编号（可能有笔误）",
        (
            cleaned((_ALPHANUMERIC, _alphanumeric), (_NOT_UNIFORM, _varied)),
            step("start", "substr({x}, 1, 4)", lambda text: text[:4]),
            step("end", "substr({x}, -4)", lambda text: text[-4:]),
        ),
        _identifier_levels,
    ),
    Kind("code", "代码（完全相同）", (_ALPHA,), _code_levels),
    Kind("number", "数字、邮编", (_ALPHA,), _number_levels),
    Kind(
        "email",
        "电子邮箱",
        (
            cleaned(("{t}", lambda text: text)),
            step("box", "split_part({x}, '@', 1)", lambda text: text.split("@")[0]),
        ),
        _email_levels,
    ),
)
