"""Reading one resource, its versions, and everything about a person."""

import re
from collections.abc import Sequence
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import NotFound, YigongtiError

from . import conditions
from .access import Caller
from .conditions import Where
from .resources import RESOURCES, Parameter, Resource, resource
from .rows import Found, fetch

VERSION = re.compile(r'"versionId": "(\d+)"')


class Deleted(YigongtiError):
    """A row that was declared void."""

    status = 410
    kind = "deleted"


def nowhere(type_: str) -> NotFound:
    """What does not exist for this caller."""
    return NotFound(f"没有这个 {type_}，或者您的机构与其没有服务关系", hint="请核对 id")


def read(caller: Caller, type_: str, key: str, version: str = "") -> Found:
    """The resource in force, or one of its versions. Raises NotFound, :class:`Deleted`."""
    kind = resource(type_)
    caller.require(type_, "read")
    row = conditions.key_of(type_, key)
    if row is None:
        raise nowhere(type_)
    where = [Where(kind.same(), (row,))]
    if version:
        if not version.isascii() or not version.isdigit() or len(version) > 6:
            raise nowhere(type_)
        where.append(Where(f"{kind.version} = %s", (int(version),)))
    found = fetch(kind, where, unmasked=caller.unmasked, current=not version)
    if not found and type_ == "Patient" and (loser := merged(row, caller.unmasked)):
        return loser
    if not found:
        if not version and kind.chained and fetch(kind, where, current=False):
            raise Deleted(f"这个 {type_} 已作废", hint="各版本见 _history")
        raise nowhere(type_)
    return found[0]


def merged(row: UUID, unmasked: bool) -> Found | None:
    """A record that became part of one that the caller may see: it says which. Call it inside ``acting``."""
    kind = resource("Patient")
    visible = fetch(kind, [Where("e.id = residents_survivor(%s) AND e.id <> %s", (row, row))])
    if not visible:
        return None
    with acting(SYSTEM):
        return fetch(kind, [Where(kind.same(), (row,))], unmasked=unmasked, current=False)[0]


def versions(caller: Caller, type_: str, key: str) -> list[Found]:
    """Every version, the newest first. Raises NotFound."""
    kind = resource(type_)
    caller.require(type_, "read")
    row = conditions.key_of(type_, key)
    where = [Where(kind.same(), (row,))]
    found = (
        fetch(kind, where, unmasked=caller.unmasked, current=False, more=f"ORDER BY {kind.version} DESC") if row else []
    )
    if not found:
        raise nowhere(type_)
    return found


def version_of(found: Found) -> str:
    """The version of a resource, empty where none is kept."""
    match = VERSION.search(found.text)
    return match.group(1) if match else ""


def of_residents(kind: Resource, residents: Sequence[UUID]) -> Where:
    """The condition that a type is about these residents."""
    return Where(f"{kind.resident} = ANY (%s)", (list(residents),))


def changed_since(kind: Resource, since: str) -> list[Where]:
    """Rows that changed since a moment; of types that keep no time of change, all. A mark of an unknown time counts."""
    if not since or kind.updated.startswith("NULL"):
        return []
    low, _ = conditions.span(since)
    return [Where(f"coalesce({kind.updated} >= %s, true)", (low,))]


def everything(
    caller: Caller, key: str, *, types: Sequence[str] = (), since: str = "", start: str = "", end: str = ""
) -> list[Found]:
    """The person and all that is known of them that the token opens, with the organisations and people named in it."""
    person = read(caller, "Patient", key)
    assert person.resident is not None
    found = [person]
    for kind in RESOURCES.values():
        personal = kind.type != "Patient" and not kind.resident.startswith("NULL")
        about = personal and caller.may(kind.type, "read") and (not types or kind.type in types)
        if not about:
            continue
        where = [of_residents(kind, [person.resident]), *changed_since(kind, since)]
        happened = Parameter("date", "date", (kind.at,))
        where += [conditions.dated(happened, "", f"{sign}{day}") for sign, day in (("ge", start), ("le", end)) if day]
        found += fetch(kind, where, more=f"ORDER BY {kind.at} DESC NULLS LAST")
    return found + _named(caller, found, types)


def _named(caller: Caller, found: Sequence[Found], types: Sequence[str]) -> list[Found]:
    """Organisations and practitioners that the resources refer to."""
    named: list[Found] = []
    for type_ in ("Organization", "Practitioner"):
        if caller.may(type_, "read") and (not types or type_ in types):
            pattern = re.compile(rf'"reference": "{type_}/(\d+)"')
            keys = sorted({int(key) for one in found for key in pattern.findall(one.text)})
            if keys:
                named += fetch(resource(type_), [Where("e.id = ANY (%s)", (keys,))])
    return named
