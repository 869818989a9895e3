"""Cases of a rule set: a row in, the rules that must fire. They are tests, documentation, and a check on a proposal."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from yigongti.kernel.policy.documents import read
from yigongti.kernel.policy.kinds import Policy, Strict
from yigongti.kernel.policy.rules import Rules
from yigongti.kernel.policy.shapes import Shape
from yigongti.kernel.policy.store import CASES, folder


class Case(Strict):
    """A row of known values (the rest is unknown) and the rules that fire, in any order."""

    name: str
    row: dict[str, Any]
    fires: list[str]


def cases(name: str, root: Path | None = None) -> list[Case]:
    """The cases of a policy; an empty list when none are written."""
    path = (root or folder()) / CASES / f"{name}.yaml"
    if not path.exists():
        return []
    data = read(path.read_text(encoding="utf-8"), f"{CASES}/{name}.yaml").data
    return TypeAdapter(list[Case]).validate_python(data["cases"])


def fired(policy: Rules, row: Mapping[str, Any]) -> list[str]:
    """The rules that fire for a row, in the order of the file."""
    return [rule.id for rule in policy.compiled.evaluate(row)]


def differing(policy: Policy) -> Iterator[tuple[Case, list[str]]]:
    """The cases of the standing policy that another text of it answers differently: what a proposal would change."""
    if not isinstance(policy, Rules):
        return
    for case in cases(policy.policy):
        found = fired(policy, case.row)
        if set(found) != set(case.fires):
            yield case, found


def row_words(row: Mapping[str, Any], shape: Shape) -> str:
    """A row in Chinese: labels, values and units."""
    return "，".join(_value_words(name, value, shape) for name, value in row.items())


def _value_words(name: str, value: Any, shape: Shape) -> str:
    column = shape.columns[name]
    if isinstance(value, bool):
        return column.label if value else f"无{column.label}"
    return f"{column.label} {column.choices.get(value, value)} {column.unit}".strip()
