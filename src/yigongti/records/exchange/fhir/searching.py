"""Searching: parameters to one statement, one page at a time.

A page leads to the next by a sealed cursor that holds the parameters and the last row: our own links never show what
was searched for. Unknown parameters are ignored and told, or refused with ``Prefer: handling=strict``.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag

from yigongti.kernel.ciphers import sm4
from yigongti.kernel.errors import YigongtiError

from . import conditions
from .access import Caller
from .conditions import BadParameter, Where, condition
from .resources import RESOURCES, Parameter, Resource, resource
from .rows import Found, fetch

MOST, USUAL = 500, 50
INCLUDED = 1000
"""As many resources come along with a page at most."""
CONTROL = (
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_total",
    "_summary",
    "_elements",
    "_cursor",
    "_format",
    "_pretty",
)
SEALED = b"fhir.cursor"
Pairs = list[tuple[str, str]]


@dataclass
class Search:
    """A search that was understood."""

    kind: Resource
    pairs: Pairs
    where: list[Where] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    count: int = USUAL
    sort: tuple[str, bool] = ("", False)
    includes: list[tuple[str, str]] = field(default_factory=list)
    revincludes: list[tuple[Resource, Parameter]] = field(default_factory=list)
    total: bool = False
    only_count: bool = False
    elements: tuple[str, ...] = ()
    after: tuple[Any, str] | None = None


@dataclass(frozen=True)
class Page:
    """What a search found: the matches, what came along, how to go on."""

    search: Search
    matches: list[Found]
    included: list[Found]
    next: str
    total: int | None


def understood(type_: str, pairs: Pairs, *, strict: bool, caller: Caller) -> Search:
    """The search that parameters ask for. Raises :class:`BadParameter`."""
    given = dict(pairs)
    after = None
    if token := given.get("_cursor"):
        type_, pairs, after = opened(token, type_, caller)
    search = Search(resource(type_), pairs, after=after)
    for name, value in pairs:
        if not value and name not in CONTROL:
            continue
        if not _control(search, name, value) and not _filter(search, name, value):
            search.ignored.append(name)
    if strict and search.ignored:
        known = "、".join(sorted({*search.kind.by_name, "_id", "_lastUpdated", *CONTROL}))
        raise BadParameter(f"{type_} 没有查询参数 {'、'.join(n[:40] for n in search.ignored)}", hint=f"可用：{known}")
    return search


def _filter(search: Search, name: str, value: str) -> bool:
    plain, _, modifier = name.partition(":")
    if plain == "_id":
        keys = [conditions.key_of(search.kind.type, one) for one in value.split(",")]
        same = "e.id = residents_survivor(%s)" if search.kind.type == "Patient" else search.kind.same()
        found = conditions.any_of(Where(same, (key,)) for key in keys if key is not None)
        search.where.append(found)
        return True
    if plain == "_lastUpdated":
        search.where.append(condition(Parameter(plain, "date", (search.kind.updated,)), modifier, value))
        return True
    if "." in name:
        return _chain(search, name, value)
    parameter = search.kind.by_name.get(plain)
    if parameter is None:
        return False
    search.where.append(condition(parameter, modifier, value))
    return True


def _chain(search: Search, name: str, value: str) -> bool:
    """``patient.identifier=…``: one step."""
    first, _, rest = name.partition(".")
    parameter = search.kind.by_name.get(first.partition(":")[0])
    if parameter is None or parameter.kind != "reference":
        return False
    other = RESOURCES[parameter.target]
    plain, _, modifier = rest.partition(":")
    wanted = other.by_name.get(plain)
    if wanted is None:
        return False
    found = condition(wanted, modifier, value)
    joins = other.joins if "sig." in found.sql else ""
    sql = f"{parameter.sql[0]} IN (SELECT e.id FROM {other.table} e {joins} WHERE {found.sql})"
    search.where.append(Where(sql, found.values))
    return True


def _control(search: Search, name: str, value: str) -> bool:
    if name == "_count":
        search.count = min(_whole(name, value), MOST)
        search.only_count |= not search.count
    elif name == "_sort":
        search.sort = _sort(search.kind, value)
    elif name.partition(":")[0] == "_include":
        return _include(search, value)
    elif name.partition(":")[0] == "_revinclude":
        return _revinclude(search, value)
    elif name == "_total":
        search.total = value in ("accurate", "estimate")
    elif name == "_summary":
        search.only_count |= value == "count"
        return value in ("count", "false")
    elif name == "_elements":
        search.elements = tuple(part.strip() for part in value.split(",") if part.strip())
    else:
        return name in CONTROL
    return True


def _whole(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 6:
        raise BadParameter(f"{name} 应为整数，例如 50", hint=f"最多 {MOST}")
    return int(value)


def _sort(kind: Resource, value: str) -> tuple[str, bool]:
    """The expression and whether it falls. By one date, ``_id`` or ``_lastUpdated``."""
    name, falling = value.removeprefix("-"), value.startswith("-")
    if name == "_id":
        return "", falling
    parameter = kind.by_name.get(name)
    sql = kind.updated if name == "_lastUpdated" else parameter.sql[0] if parameter and parameter.kind == "date" else ""
    if not sql:
        able = [one.name for one in kind.parameters if one.kind == "date"]
        raise BadParameter(f"不能按 {name[:40]} 排序", hint=f"可用：{'、'.join([*able, '_lastUpdated', '_id'])}")
    return (sql if sql == kind.at else f"coalesce(({sql})::timestamptz, '-infinity')"), falling


def _include(search: Search, value: str) -> bool:
    type_, _, rest = value.partition(":")
    name = rest.partition(":")[0]
    if type_ not in (search.kind.type, "*"):
        return False
    wanted = [one.name for one in search.kind.references if name in (one.name, "*")]
    search.includes += [(search.kind.type, one) for one in wanted]
    return bool(wanted)


def _revinclude(search: Search, value: str) -> bool:
    type_, _, rest = value.partition(":")
    other = RESOURCES.get(type_)
    parameter = other.by_name.get(rest.partition(":")[0]) if other else None
    if other is None or parameter is None or parameter.kind != "reference" or parameter.target != search.kind.type:
        return False
    search.revincludes.append((other, parameter))
    return True


def run(search: Search, caller: Caller) -> Page:
    """The page; two statements and one for each include."""
    expression, falling = search.sort
    total = _counted(search) if search.total or search.only_count else None
    if search.only_count:
        return Page(search, [], [], "", total)
    where = [*search.where, *([_beyond(search)] if search.after else [])]
    direction = "DESC" if falling else "ASC"
    order = ", ".join(f"{part} {direction}" for part in (expression, search.kind.row) if part)
    sort = f"({expression})::text" if expression else ""
    found = fetch(
        search.kind,
        where,
        unmasked=caller.unmasked,
        sort=sort,
        more=f"ORDER BY {order} LIMIT {search.count + 1}",
    )
    matches, further = found[: search.count], len(found) > search.count
    last = matches[-1] if further else None
    cursor = sealed(search, (last.sorted, str(last.row)), caller) if last else ""
    return Page(search, matches, _along(search, matches, caller), cursor, total)


def _beyond(search: Search) -> Where:
    assert search.after is not None
    (expression, falling), (value, row) = search.sort, search.after
    sign, key = "<" if falling else ">", f"%s::{search.kind.row_type}"
    if not expression:
        return Where(f"{search.kind.row} {sign} {key}", (row,))
    return Where(f"({expression}, {search.kind.row}) {sign} (%s::timestamptz, {key})", (value, row))


def _counted(search: Search) -> int:
    from django.db import connection

    sql = " AND ".join(f"({one.sql})" for one in [Where(search.kind.current), *search.where])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {search.kind.table} e {search.kind.joins} WHERE {sql}",
            [value for one in search.where for value in one.values],
        )
        return int(cursor.fetchone()[0])


def _along(search: Search, matches: Sequence[Found], caller: Caller) -> list[Found]:
    rows = [one.row for one in matches]
    if not rows:
        return []
    seen = {(one.type, one.id) for one in matches}
    found: list[Found] = []
    for type_, name in dict.fromkeys(search.includes):
        kind, parameter = RESOURCES[type_], RESOURCES[type_].by_name[name]
        other = RESOURCES[parameter.target]
        if caller.may(other.type, "read"):
            inside = f"SELECT {parameter.sql[0]} FROM {kind.table} e {kind.joins} WHERE {kind.row} = ANY (%s)"
            where = Where(f"{other.row} IN ({inside})", (rows,))
            found += fetch(other, [where], unmasked=caller.unmasked, more=f"LIMIT {INCLUDED}")
    for kind, parameter in search.revincludes:
        if caller.may(kind.type, "read"):
            where = Where(f"{parameter.sql[0]} = ANY (%s)", (rows,))
            found += fetch(kind, [where], unmasked=caller.unmasked, more=f"ORDER BY {kind.row} LIMIT {INCLUDED}")
    return _once(found, seen)


def _once(found: Iterable[Found], seen: set[tuple[str, str]]) -> list[Found]:
    kept = []
    for one in found:
        if (one.type, one.id) not in seen:
            seen.add((one.type, one.id))
            kept.append(one)
    return kept


def sealed(search: Search, after: tuple[Any, str] | None, caller: Caller) -> str:
    """The cursor: parameters and the last row, readable by nobody but the system that got it."""
    content = json.dumps({"t": search.kind.type, "q": search.pairs, "a": after}).encode()
    return (
        base64.urlsafe_b64encode(sm4.encrypt(content, SEALED + str(caller.actor.user_id).encode())).decode().rstrip("=")
    )


def opened(token: str, type_: str, caller: Caller) -> tuple[str, Pairs, tuple[Any, str] | None]:
    """What a cursor holds. Raises :class:`BadParameter` for one that is not ours."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        held = json.loads(sm4.decrypt(raw, SEALED + str(caller.actor.user_id).encode()))
    except (binascii.Error, InvalidTag, ValueError, KeyError, YigongtiError):
        raise BadParameter("游标 _cursor 无效", hint="请从第一页重新查询") from None
    if held["t"] != type_:
        raise BadParameter("游标 _cursor 不属于这个资源类型", hint="请从第一页重新查询")
    after = held["a"]
    return type_, [(name, value) for name, value in held["q"]], (after[0], after[1]) if after else None
