"""Names of people in Chinese and Latin letters, and other words."""

import re

from yigongti.records.linkage.characters import COMPOUND, LOOK_ALIKES, UNKNOWN
from yigongti.records.linkage.conditions import Condition, alike, all_of, any_of, begins, fits, same, typing_error
from yigongti.records.linkage.levels import Kind, Level, swapped
from yigongti.records.linkage.prepared import cleaned, pinyin_step, plain_letters, replaced, step

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
        *swapped(x, other, 0.03, 5e-4),
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
        *swapped(x, other, 0.03, 5e-4),
        Level("typo", "一处笔误", typing_error(x), 0.09, 5e-4),
        Level("close", "相近", any_of(alike(x, 0.92), begins(x, 4)), 0.03, 2e-3),
        Level("alike", "有些像", alike(x, 0.8), 0.02, 8e-3),
        Level("different", "不同", None, 0.05, 0.98),
    )


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
        (_NAME_SQL, _clean_name),
        # "队列居民14500", "无名氏42": a label that somebody numbered, not a name; it says nothing about who it is
        ("regexp_replace({t}, '^.*[0-9][0-9].*$', '')", lambda text: "" if re.search("[0-9][0-9]", text) else text),
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


_LATIN_STEPS = (_LETTERS, _START, _SKELETON)
KINDS = (
    Kind("name-chinese", "中文姓名", _CHINESE_NAME, _name_chinese),
    Kind("name-latin", "拉丁字母姓名", _LATIN_STEPS, _name_latin),
    Kind("text", "文字", (_WORDS, _START), _text),
)
