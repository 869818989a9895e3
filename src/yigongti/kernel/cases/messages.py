"""Validation errors of a schema, per field, in Chinese."""

from pydantic import BaseModel, ValidationError

from yigongti.kernel.ui.wording import in_chinese


def explain(schema: type[BaseModel], error: ValidationError) -> dict[str, str]:
    """Field name → “label：what is wrong” for every error."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        field = schema.model_fields.get(name)
        found.setdefault(name, f"{(field.title if field else '') or name or '内容'}：{in_chinese(item)}")
    return found
