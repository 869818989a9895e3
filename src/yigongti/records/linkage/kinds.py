"""Kinds of comparison: how a field is prepared and which levels of agreement it has, from the strongest down.

``m`` is how often two rows of one person are on the level, ``u`` how often two rows of different people are. Both are
starting values from experience with registers (mark D); ``u`` is measured on the data, ``m`` may be trained.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from yigongti.records.linkage import numbers
from yigongti.records.linkage.characters import COMPOUND, LOOK_ALIKES, UNKNOWN
from yigongti.records.linkage.conditions import (
    Condition,
    alike,
    all_of,
    any_of,
    begins,
    both,
    crossed,
    fits,
    not_both,
    same,
    typing_error,
)
from yigongti.records.linkage.prepared import (
    Step,
    Values,
    cleaned,
    pinyin_step,
    plain_letters,
    replaced,
    solar_step,
    step,
)


@dataclass(frozen=True)
class Level:
    """One level of agreement; the last of a kind has no condition."""

    name: str
    title: str
    condition: Condition | None
    m: float
    u: float


@dataclass(frozen=True)
class Kind:
    """A kind of comparison."""

    name: str
    title: str
    steps: tuple[Step, ...]
    levels: Callable[[str, str | None], tuple[Level, ...]]
    """Levels for the column prefix of a field and that of the field it may be swapped with."""


def _swapped(column: str, other: str | None, m: float, u: float) -> tuple[Level, ...]:
    return (Level("swapped", "与另一栏互换", crossed(column, other), m, u),) if other else ()


# names in Latin letters, and other words --------------------------------------------------------------------------
_LETTERS = cleaned(
    (
        "regexp_replace(strip_accents({t}), '[^a-z0-9]', '', 'g')",
        lambda text: re.sub("[^a-z0-9]", "", plain_letters(text)),
    )
)
_START = step("start", "substr({x}, 1, 3)", lambda text: text[:3])
_SKELETON = step(
    "sound",
    "substr({x}, 1, 1) || regexp_replace(substr({x}, 2), '[aeiouyhw]', '', 'g')",
    lambda text: text[0] + re.sub("[aeiouyhw]", "", text[1:]),
)


def _name_latin(x: str, other: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.80, 5e-3),
        *_swapped(x, other, 0.03, 5e-4),
        Level("typo", "一处笔误", typing_error(x), 0.08, 1e-3),
        Level("close", "相近", any_of(alike(x, 0.92), begins(x)), 0.03, 2e-3),
        Level("alike", "有些像", alike(x, 0.8), 0.02, 8e-3),
        Level("different", "不同", None, 0.04, 0.98),
    )


_WORDS = cleaned(
    (
        "trim(regexp_replace(strip_accents({t}), '[^a-z0-9\\x{80}-\\x{10FFFF}]+', ' ', 'g'))",
        lambda text: re.sub("[^a-z0-9\x80-\U0010ffff]+", " ", plain_letters(text)).strip(" "),
    )
)


def _text(x: str, other: str | None) -> tuple[Level, ...]:
    return (
        Level("same", "相同", same(x), 0.78, 5e-3),
        *_swapped(x, other, 0.03, 5e-4),
        Level("typo", "一处笔误", typing_error(x), 0.09, 5e-4),
        Level("close", "相近", any_of(alike(x, 0.92), begins(x, 4)), 0.03, 2e-3),
        Level("alike", "有些像", alike(x, 0.8), 0.02, 8e-3),
        Level("different", "不同", None, 0.05, 0.98),
    )


# Chinese names -----------------------------------------------------------------------------------------------------
_FROM = "".join(group[1:] for group in LOOK_ALIKES)
_TO = "".join(group[0] * (len(group) - 1) for group in LOOK_ALIKES)
_SHAPES = {ord(old): new for old, new in reversed(list(zip(_FROM, _TO, strict=True)))}
_SHAPE_FROM = "".join(chr(code) for code in _SHAPES)
_SHAPE_TO = "".join(_SHAPES.values())
_COMPOUND_SQL = ", ".join(f"'{surname}'" for surname in COMPOUND)
_SURNAME_LENGTH = f"CASE WHEN length({{x}}) > 2 AND substr({{x}}, 1, 2) IN ({_COMPOUND_SQL}) THEN 2 ELSE 1 END"
_FUZZY = {"zh": "z", "ch": "c", "sh": "s", "ang": "an", "eng": "en", "ing": "in", "iu": "iou", "v": "u"}
_fuzzy_sql, _fuzzy = replaced(_FUZZY, "{x}_py")


def _surname_length(name: str) -> int:
    return 2 if len(name) > 2 and name[:2] in COMPOUND else 1


def _clean_name(text: str) -> str:
    for character in UNKNOWN:
        text = text.replace(character, "_")
    return re.sub(r"[\s·•‧∙・.,，。'’\-()（）]", "", text)


_PLACEHOLDERS = "_" * len(UNKNOWN)
_NAME_SQL = (
    f"regexp_replace(translate({{t}}, '{UNKNOWN}', '{_PLACEHOLDERS}'), '[\\s·•‧∙・.,，。''’\\-()（）]', '', 'g')"
)
_CHINESE_NAME = (
    cleaned(
        (
            _NAME_SQL,
            _clean_name,
        )
    ),
    step("surname", f"substr({{x}}, 1, {_SURNAME_LENGTH})", lambda name: name[: _surname_length(name)]),
    step("given", f"nullif(substr({{x}}, 1 + {_SURNAME_LENGTH}), '')", lambda n: n[_surname_length(n) :] or None),
    pinyin_step("py"),
    pinyin_step("gpy", "given"),
    step("fz", _fuzzy_sql, _fuzzy, of="py"),
    step("sorted", "array_to_string(list_sort(string_split({x}, '')), '')", lambda name: "".join(sorted(name))),
    step("shape", f"translate({{x}}, '{_SHAPE_FROM}', '{_SHAPE_TO}')", lambda name: name.translate(_SHAPES)),
    step("g1", "substr({x}_given, 1, 1)", lambda given: given[:1], of="given"),
    step("g2", "nullif(substr({x}_given, 2, 1), '')", lambda given: given[1:2] or None, of="given"),
)


def _name_chinese(x: str, _: str | None) -> tuple[Level, ...]:
    surname, given = same(f"{x}_surname"), same(f"{x}_given")
    return (
        Level("same", "相同", same(x), 0.90, 1e-4),
        Level("homophone", "同音", same(f"{x}_py"), 0.035, 5e-5),
        Level("variant", "形近字、繁简或生僻字", any_of(same(f"{x}_shape"), fits(x)), 0.015, 1e-5),
        Level("order", "字序不同", same(f"{x}_sorted"), 0.008, 2e-5),
        Level("sound", "读音相近", any_of(same(f"{x}_fz"), typing_error(f"{x}_py")), 0.012, 3e-4),
        Level("partial", "少一个字", all_of(surname, begins_or_ends(f"{x}_given")), 0.007, 5e-4),
        Level(
            "sibling", "同姓，名字有一个字相同", all_of(surname, any_of(same(f"{x}_g1"), same(f"{x}_g2"))), 0.008, 4e-3
        ),
        Level("given", "名同姓不同", given, 0.005, 2e-3),
        Level("family", "只同姓", surname, 0.005, 0.03),
        Level("different", "不同", None, 0.005, 0.96),
    )


def begins_or_ends(column: str) -> Condition:
    """Of two texts of different length the shorter one begins or ends the longer one."""
    left, right = f"{column}_l", f"{column}_r"
    ends = f"(substr({left}, -length({right})) = {right} OR substr({right}, -length({left})) = {left})"
    part = begins(column, 1)
    return Condition(
        lambda dialect: f"(length({left}) <> length({right}) AND ({part.sql(dialect)} OR {ends}))",
        lambda a, b: (
            (p := a[column]) is not None
            and (q := b[column]) is not None
            and len(p) != len(q)
            and (p.startswith(q) or q.startswith(p) or p.endswith(q) or q.endswith(p))
        ),
    )


# dates ---------------------------------------------------------------------------------------------------------------
_PARTED = "^([0-9]{4})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{1,2})([^0-9].*)?$"
_DAY_FIRST = "^([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]+([0-9]{4})([^0-9].*)?$"


def _date_sql() -> str:
    def parts(pattern: str, groups: str) -> str:
        found = f"regexp_replace({{t}}, '{pattern}', '{groups}')"  # year-month-day
        return (
            f"substr({found}, 1, 4) || lpad(split_part({found}, '-', 2), 2, '0') || "
            f"lpad(split_part({found}, '-', 3), 2, '0')"
        )

    plain = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    parted, day_first = parts(_PARTED, "\\1-\\2-\\3"), parts(_DAY_FIRST, "\\3-\\2-\\1")
    return (
        f"CASE WHEN regexp_full_match({{t}}, '[0-9]{{8}}') THEN {{t}} "
        f"WHEN regexp_matches({{t}}, '{plain}') THEN replace({{t}}, '-', '') "
        f"WHEN regexp_matches({{t}}, '{_PARTED}') THEN {parted} "
        f"WHEN regexp_matches({{t}}, '{_DAY_FIRST}') THEN {day_first} END"
    )


def _date(text: str) -> str | None:
    if re.fullmatch("[0-9]{8}", text):
        return text
    if found := re.match(_PARTED, text):
        return f"{found[1]}{found[2]:0>2}{found[3]:0>2}"
    if found := re.match(_DAY_FIRST, text):
        return f"{found[3]}{found[2]:0>2}{found[1]:0>2}"
    return None


def _date_levels(x: str, _: str | None) -> tuple[Level, ...]:
    near = any_of(
        all_of(same(f"{x}_year"), any_of(same(f"{x}_month"), same(f"{x}_day"))),
        all_of(same(f"{x}_month"), same(f"{x}_day")),
    )
    return (
        Level("same", "相同", same(x), 0.90, 4e-5),
        Level("lunar", "公历与农历", crossed(x, f"{x}_solar"), 0.015, 5e-5),
        Level("typo", "一位笔误或相邻两位颠倒", typing_error(x), 0.045, 8e-4),
        Level("swapped", "月日颠倒", same(x, f"{x}_turned"), 0.008, 3e-5),
        Level("near", "年月日中两项相同", near, 0.02, 8e-3),
        Level("different", "不同", None, 0.012, 0.99),
    )


# numbers and codes ---------------------------------------------------------------------------------------------------
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


_DATE_STEPS = (
    cleaned((_date_sql(), _date)),
    solar_step("solar"),
    step("year", "substr({x}, 1, 4)", lambda text: text[:4]),
    step("month", "substr({x}, 5, 2)", lambda text: text[4:6]),
    step("day", "substr({x}, 7, 2)", lambda text: text[6:]),
    step("turned", "substr({x}, 1, 4) || substr({x}, 7, 2) || substr({x}, 5, 2)", lambda t: t[:4] + t[6:] + t[4:6]),
    step("month_day", "substr({x}, 5)", lambda text: text[4:]),
)
_LATIN_STEPS = (_LETTERS, _START, _SKELETON)
_ALPHA = cleaned((_ALPHANUMERIC, _alphanumeric))
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("name-chinese", "中文姓名", _CHINESE_NAME, _name_chinese),
        Kind("name-latin", "拉丁字母姓名", _LATIN_STEPS, _name_latin),
        Kind("date", "日期", _DATE_STEPS, _date_levels),
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
        Kind("text", "文字", (_WORDS, _START), _text),
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
}


def levels_of(kind: str, column: str, swap: str | None, m: Mapping[str, float]) -> tuple[Level, ...]:
    """The levels of a field, with the policy's own ``m`` where it gives one; the ``m`` of all add up to 1."""
    found = [replace(level, m=m.get(level.name, level.m)) for level in KINDS[kind].levels(column, swap)]
    total = sum(level.m for level in found)
    return tuple(replace(level, m=level.m / total) for level in found)


def prepare_value(kind: str, raw: str | None) -> dict[str, str | None]:
    """Suffix to prepared value of one field of one row."""
    values: dict[str, str | None] = {"raw": raw}
    for made in KINDS[kind].steps:
        values[made.suffix] = None if made.suffix and values[""] is None else made.value(_present(values))
    del values["raw"]
    return values


def _present(values: dict[str, str | None]) -> Values:
    return values
