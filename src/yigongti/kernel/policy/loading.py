"""From text to a policy: the header, the kind's model, its own checks, and a source for every statement."""

import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from yigongti.kernel.policy.documents import Document, read
from yigongti.kernel.policy.kinds import Path, Policy, kinds
from yigongti.kernel.policy.problems import allowed_words

M = TypeVar("M", bound=BaseModel)
MESSAGES = {
    "missing": "缺少这一项",
    "string_type": "应是文字",
    "string_too_short": "内容太短",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "int_from_float": "应是整数",
    "decimal_type": "应是数字",
    "decimal_parsing": "应是数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "finite_number": "应是有限的数",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "string_too_long": "最多 {max_length} 字",
    "float_type": "应是数字",
    "bool_type": "应是 true 或 false",
    "bool_parsing": "应是 true 或 false",
    "list_type": "应是列表（每行以 - 开头）",
    "dict_type": "应是“键: 值”",
    "model_type": "应是“键: 值”",
    "model_attributes_type": "应是“键: 值”",
    "too_short": "至少要有一项",
    "date_type": "应是日期，例如 2026-01-01",
    "date_from_datetime_parsing": "应是日期，例如 2026-01-01",
    "date_parsing": "应是日期，例如 2026-01-01",
}
KINDLESS = frozenset(kind for kind, told in MESSAGES.items() if told.startswith("应是"))
"""Mistakes that say only what kind of value was wanted."""


def load(text: str, file: str) -> Policy:
    """The policy in ``text``. Raises :class:`PolicyRefused` with every mistake found (file, line, key, hint)."""
    document = read(text, file)
    model = _kind(document)
    _expand_sources(document.data, (), document)
    policy = as_model(document, model)
    for path, message, allowed in policy.problems():
        document.refuse(path, message, allowed)
    for path, item in policy.items():
        if item.source is None and policy.source is None:
            document.refuse(path, "没有来源", "在这一项或文件头写 source: {document, item, mark, stored}")
    document.raise_problems()
    return policy


def as_model(document: Document, model: type[M]) -> M:
    """What a document says as a model of it. Raises :class:`PolicyRefused` with every mistake found."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        for path, message, allowed in describe(_meant(error.errors(), document), model):
            document.refuse(document.place(path), message, allowed)
        document.raise_problems()
        raise


def _kind(document: Document) -> type[Policy]:
    name = str(document.data.get("kind") or "")
    if name not in kinds():
        document.refuse(("kind",), f"没有 {name} 这种政策" if name else "缺少 kind", allowed_words(name, kinds()))
        document.raise_problems()
    return kinds()[name]


def _expand_sources(node: Any, path: Path, document: Document) -> None:
    """``source: key`` or ``source: key#item`` stands for an entry of ``sources`` in the header."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            _expand_sources(child, (*path, index), document)
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key == "source" and isinstance(child, str):
            name, _, item = child.partition("#")
            sources = document.data.get("sources")
            if not isinstance(sources, dict) or not isinstance(sources.get(name), dict):
                hint = allowed_words(name, sources) if isinstance(sources, dict) else ""
                document.refuse((*path, key), f"文件头的 sources 里没有 {name}", hint)
                node[key] = None
            else:
                node[key] = {**sources[name], **({"item": item} if item else {})}
        else:
            _expand_sources(child, (*path, str(key)), document)


def _meant(errors: Sequence[ErrorDetails], document: Document) -> Iterator[ErrorDetails]:
    """Where a value may be of several kinds, each kind tells its mistakes: those of the kind that was written.

    Where it is none of them, the first mistake stays, without the kind's name in its path.
    """
    for detail in errors:
        *above, kind = detail["loc"]
        if detail["type"] not in KINDLESS or document.has((*above, kind)):
            yield detail
            continue
        beside = [one for one in errors if one["loc"][: len(above)] == tuple(above)]
        if beside[0] is detail and all(one["type"] in KINDLESS and len(one["loc"]) == len(above) + 1 for one in beside):
            yield {**detail, "loc": tuple(above)}


def describe(errors: Iterable[ErrorDetails], model: type[BaseModel]) -> Iterator[tuple[Path, str, str]]:
    """Each mistake as path, Chinese message and what is allowed."""
    for detail in errors:
        path: Path = tuple(detail["loc"])
        context = detail.get("ctx", {})
        if detail["type"] == "default_factory_not_called":
            continue  # only says that another value is wrong, which is told by itself
        if detail["type"] == "extra_forbidden":
            owner = _model_at(model, path[:-1])
            yield path, f"不认识的键 {path[-1]}", allowed_words(str(path[-1]), _keys(owner)) if owner else ""
        elif detail["type"] in ("literal_error", "enum"):
            allowed = str(context.get("expected", "")).replace(" or ", "、").replace(", ", "、")
            yield path, f"不能是 {detail['input']}", _literal_hint(str(detail["input"]), allowed)
        elif detail["type"] == "value_error":
            yield path, str(context["error"]), ""
        elif detail["type"] == "string_pattern_mismatch":
            yield path, f"{detail['input']} 写法不对", f"格式 {context['pattern']}"
        elif detail["type"] == "missing":
            yield path, f"缺少 {path[-1]}", ""
        else:
            known = MESSAGES.get(detail["type"])
            yield path, known.format(**context) if known else detail["msg"], ""


def _literal_hint(given: str, allowed: str) -> str:
    return allowed_words(given, [word.strip("'") for word in allowed.split("、")])


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model whose keys are allowed at a path."""
    current: Any = model
    for part in path:
        candidates = list(_models(current))
        if isinstance(part, int):
            continue
        fields = [
            field
            for candidate in candidates
            for name, field in candidate.model_fields.items()
            if part in (name, field.alias)
        ]
        if fields:
            current = fields[0].annotation
        elif not isinstance(current, type):
            continue  # a key of a mapping: the value's type stays
        else:
            return None
    return next(_models(current), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as ``list[Rule] | None``."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from _models(argument)
