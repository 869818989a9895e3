"""What is looked at before a resource is written: whether its type is taken, whether it is FHIR, whose it is."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from yigongti.kernel.errors import Invalid

from .answers import issue
from .resources import RESOURCES, Resource, Unsupported

MOST_ISSUES = 50


class Refused(Invalid):
    """A resource that the record does not take: ``issues`` say why, field by field."""


def supported(type_: str) -> Resource:
    """The type, if it can be written. Raises :class:`Unsupported` with what can be."""
    kind = RESOURCES.get(type_)
    if kind is None or not kind.write:
        able = "、".join(one.type for one in RESOURCES.values() if one.write)
        why = kind.unkept if kind else "健康档案不收这种资源"
        raise Unsupported(f"不能写入 {type_[:64]}：{why}", hint=f"可以写入：{able}")
    return kind


def checked(type_: str, content: Any) -> dict[str, Any]:
    """The resource, if it is valid FHIR R4 (by the R4B models), without members that are null.

    Raises :class:`Refused`, :class:`Unsupported`.
    """
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        raise Invalid("请求内容不是 FHIR 资源", hint="应为 JSON 对象，有 resourceType")
    supported(content["resourceType"])
    if content["resourceType"] != type_:
        raise Invalid(f"内容是 {content['resourceType'][:64]}，地址是 {type_}", hint="两者应当一致")
    from fhir.resources.R4B import get_fhir_model_class

    try:
        content = _said(content)
        get_fhir_model_class(type_).model_validate(content)
    except ValidationError as error:
        raise Refused("不是有效的 FHIR R4 资源", issues=list(_faults(type_, error))) from None
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        raise Refused("不是有效的 FHIR R4 资源") from None
    _about_somebody(type_, content)
    return content


def _said(value: Any) -> Any:
    """The same without members that are null: FHIR knows none, and the models take one for a required element."""
    if isinstance(value, list):
        return [_said(one) for one in value]
    if isinstance(value, dict):
        return {name: _said(one) for name, one in value.items() if one is not None}
    return value


def _about_somebody(type_: str, content: dict[str, Any]) -> None:
    """Raise :class:`Refused` for what is nobody's in particular."""
    if type_ == "Patient":
        return
    element = "patient" if "patient" in RESOURCES[type_].body else "subject"
    about = content.get(element) or {}
    named = about.get("type") or str(about.get("reference", "")).rpartition("/")[0].rpartition("/")[2]
    where = f"{type_}.{element}"
    if not about.get("reference") and not about.get("identifier"):
        told = f"{type_}：没有 {element}，健康档案只收某一位居民的记录。补上 {element} 后重新发送"
        raise Refused(told, issues=[issue(told, code="required", where=where)])
    if named and named != "Patient" and "?" not in named:
        told = f"{type_}：{element} 是 {named[:40]}，健康档案只收某一位居民（Patient）的记录"
        raise Refused(told, issues=[issue(told, code="not-supported", where=where)])


def _faults(type_: str, error: ValidationError) -> Iterator[dict[str, Any]]:
    for one in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_ISSUES]:
        place = ".".join([type_, *(str(part) for part in one["loc"])])[:200]
        yield issue(f"{place}：{one['msg'][:200]}", code="structure", where=place)
