"""Dates as people write them, with what the lunar calendar and a slip of the pen make of them."""

import re

from yigongti.records.linkage.conditions import all_of, any_of, crossed, same, typing_error
from yigongti.records.linkage.levels import Kind, Level
from yigongti.records.linkage.prepared import cleaned, solar_step, step

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


_DATE_STEPS = (
    cleaned((_date_sql(), _date)),
    solar_step("solar"),
    step("year", "substr({x}, 1, 4)", lambda text: text[:4]),
    step("month", "substr({x}, 5, 2)", lambda text: text[4:6]),
    step("day", "substr({x}, 7, 2)", lambda text: text[6:]),
    step("turned", "substr({x}, 1, 4) || substr({x}, 7, 2) || substr({x}, 5, 2)", lambda t: t[:4] + t[6:] + t[4:6]),
    step("month_day", "substr({x}, 5)", lambda text: text[4:]),
)
KINDS = (Kind("date", "日期", _DATE_STEPS, _date_levels),)
