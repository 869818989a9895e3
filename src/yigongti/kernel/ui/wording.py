"""Pydantic's complaints in Chinese that a person at a form can act on."""

from collections.abc import Mapping
from typing import Any

WORDS = {
    "missing": "请填写",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "string_type": "请填写文字",
    "int_parsing": "请填写整数",
    "int_type": "请填写整数",
    "int_from_float": "请填写整数",
    "decimal_parsing": "请填写数字",
    "decimal_type": "请填写数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "float_parsing": "请填写数字",
    "bool_parsing": "请选择是或否",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "date_parsing": "请填写日期，例如 2026-11-21",
    "date_from_datetime_parsing": "请填写日期，例如 2026-11-21",
    "datetime_parsing": "请填写日期和时间，例如 2026-11-21 14:30",
    "timezone_aware": "时间缺少时区",
    "datetime_past": "须是过去的时间",
    "datetime_future": "须是将来的时间",
    "date_past": "须是过去的日期",
    "date_future": "须是将来的日期",
    "literal_error": "请从列出的选项中选择",
    "enum": "请从列出的选项中选择",
    "too_short": "至少选 {min_length} 项",
    "too_long": "最多选 {max_length} 项",
    "uuid_parsing": "编号不对",
    "extra_forbidden": "没有这一项",
}


def in_chinese(error: Mapping[str, Any]) -> str:
    """The message of one pydantic error; a validator's own words (``ValueError``) are kept as they are."""
    if error["type"] in ("value_error", "assertion_error"):
        cause = error.get("ctx", {}).get("error")
        return str(cause) if cause is not None and str(cause) else "填写的内容不对"
    words = WORDS.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else "填写的内容不对"
