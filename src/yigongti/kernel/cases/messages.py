"""Validation errors of a schema, per field, in Chinese."""

from pydantic import BaseModel, ValidationError

#: pydantic's error types → what people read; {…} are the error's own values
MESSAGES = {
    "missing": "必填",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "too_short": "至少选 {min_length} 项",
    "literal_error": "请从列表中选择",
    "enum": "请从列表中选择",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "必须大于 {gt}",
    "less_than": "必须小于 {lt}",
    "int_parsing": "请填整数",
    "int_type": "请填整数",
    "decimal_parsing": "请填数字",
    "float_parsing": "请填数字",
    "bool_parsing": "请选是或否",
    "date_from_datetime_parsing": "请填日期，如 2026-11-21",
    "date_parsing": "请填日期，如 2026-11-21",
    "datetime_parsing": "请填日期和时间",
    "datetime_from_date_parsing": "请填日期和时间",
    "timezone_aware": "时间缺少时区",
    "uuid_parsing": "编号格式不对",
    "extra_forbidden": "没有这一项",
}


def explain(schema: type[BaseModel], error: ValidationError) -> dict[str, str]:
    """Field name → “label：what is wrong” for every error; messages of our own validators stand as they are."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        field = schema.model_fields.get(name)
        label = (field.title if field and field.title else name) or "内容"
        template = MESSAGES.get(item["type"])
        text = template.format(**item.get("ctx", {})) if template else item["msg"].removeprefix("Value error, ")
        found.setdefault(name, f"{label}：{text}")
    return found
