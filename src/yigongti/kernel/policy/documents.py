"""A policy file as text: parsed with the place of every key, so that a mistake is shown with its line."""

from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from yigongti.kernel.policy.problems import PolicyRefused, Problem

Path = tuple[str | int, ...]
RAW_KEYS = frozenset({"version", "item", "place"})
MAX_LENGTH = 200_000
DEEPEST = 40
"""Lists and mappings within one another; a policy needs about ten."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML in which only true and false are booleans (``on``, ``no`` stay words)."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_PLAIN_BOOLEANS = {"true": True, "false": False}


@dataclass
class Document:
    """The data of a file and the line (from 1) of each key path."""

    file: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the key, or of the nearest one that contains it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse(self, path: Path, message: str, allowed: str = "") -> None:
        """Note a mistake at a key."""
        key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        problem = Problem(self.file, self.line(path), key, message, allowed)
        if problem not in self.problems:
            self.problems.append(problem)

    def place(self, path: Path) -> Path:
        """The path without the parts that the text does not have (a validator names the branch of a choice)."""
        found: Path = ()
        for part in path[:-1]:
            found = (*found, part) if (*found, part) in self.lines else found
        return (*found, *path[-1:])

    def has(self, path: Path) -> bool:
        """Whether the last part of a path is in the text."""
        return self.place(path) in self.lines

    def raise_problems(self) -> None:
        """Raise :class:`PolicyRefused` when there are mistakes."""
        if self.problems:
            raise PolicyRefused(sorted(self.problems, key=lambda problem: problem.line))


def read(text: str, file: str) -> Document:
    """Parse YAML text; a syntax error, an alias or a duplicate key is refused with its line."""
    document = Document(file, text)
    if len(text) > MAX_LENGTH:
        document.refuse((), f"文件过长（{len(text)} 字）", f"最多 {MAX_LENGTH} 字")
        document.raise_problems()
    deep = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise PolicyRefused([Problem(file, line, "", "不能使用别名（*）", "把内容写出来，来源可用 sources")])
            if deep > DEEPEST:
                raise PolicyRefused([Problem(file, line, "", "层层相套太深", f"最多 {DEEPEST} 层")])
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"不是有效的 YAML：{error.problem}"
        raise PolicyRefused([Problem(file, line, "", message, "检查缩进、冒号后的空格和引号")]) from error
    except yaml.YAMLError as error:
        raise PolicyRefused([Problem(file, 1, "", f"不是有效的 YAML：{error}")]) from error
    if not isinstance(root, MappingNode):
        raise PolicyRefused([Problem(file, 1, "", "文件应由“键: 值”组成", "policy、kind、version…")])
    document.data = _value(root, (), document)
    return document


def _value(node: Node, path: Path, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, SequenceNode):
        return [_value(child, (*path, index), document) for index, child in enumerate(node.value)]
    return _scalar(cast(ScalarNode, node), path, document)


def _mapping(node: MappingNode, path: Path, document: Document) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        below = (*path, key)
        if key in result:
            first = document.lines[below]
            document.lines[below] = key_node.start_mark.line + 1
            document.refuse(below, f"键 {key} 写了两次", f"第一次在第 {first} 行")
            continue
        document.lines[below] = key_node.start_mark.line + 1
        result[key] = _value(value_node, below, document)
    return result


def _scalar(node: ScalarNode, path: Path, document: Document) -> Any:
    text = str(node.value)
    if not node.style:
        if path and path[-1] in RAW_KEYS and node.tag != "tag:yaml.org,2002:null":
            return text
        if text in _PLAIN_BOOLEANS:
            return _PLAIN_BOOLEANS[text]
    try:
        return _Constructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        document.refuse(path, f"不能读取 {text}：{error}")
        return None


class _Constructor(yaml.constructor.SafeConstructor):
    """Builds a scalar from its node."""
