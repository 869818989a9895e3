"""What the referral room reads from policy, by name, where the case is."""

from collections.abc import Sequence
from typing import Any, TypeVar

from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.policy.bodies import Check, Checklists, Gate, Reasons, Settings
from yigongti.kernel.policy.store import resolve

Places = Sequence[str]
T = TypeVar("T")


def _body(name: str, kind: type[T], places: Places) -> T:
    body = resolve(f"referral/{name}", list(places) or None).body
    assert isinstance(body, kind), name
    return body


def gate(places: Places) -> Gate:
    """The quality gate before submission."""
    return _body("quality-gate", Gate, places)


def option(name: str, places: Places) -> Any:
    """What the consortium chose."""
    return _body("options", Settings, places).value(name)


def reasons(name: str, places: Places) -> list[tuple[str, str]]:
    """The choices of a list of reasons: code and Chinese name."""
    return _body("reasons", Reasons, places).choices(name)


def reason_names(name: str, codes: Sequence[str], places: Places) -> list[str]:
    """The Chinese names of some codes of a list."""
    known = dict(reasons(name, places))
    return [known.get(code, code) for code in codes]


def check_reason(name: str, code: str, note: str, places: Places, *, field: str = "reason") -> None:
    """The code is on the list, and a reason that needs words has them. Raises Invalid."""
    try:
        reason = _body("reasons", Reasons, places).reason(name, code)
    except NotFound as error:
        raise Invalid(error.message, hint=error.hint, field=field) from error
    if reason.needs_note and not note.strip():
        raise Invalid(f"“{reason.name}”需要写明具体情况", hint="请在说明里写一句", field="note")


def preparations(department: str, places: Places) -> Sequence[Check]:
    """The checklist before admission of a department."""
    return _body("checklists", Checklists, places).for_department(department).steps
