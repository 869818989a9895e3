# ruff: noqa: S608
"""Rows go from one record to another and back: one statement each, however many tables name the resident.

The functions of the database (:mod:`..moving`, :mod:`..detachment`) work on one column of one table. They remember what
moved, and leave where it is what would break a rule of its table. Call these inside ``acting(SYSTEM)``.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel.prepared import Write

from ..following import Follower, followers, ignored

COLUMNS = "unnest(%(tables)s::text[], %(columns)s::text[], %(keys)s::text[], %(identities)s::boolean[])"
FOLLOW = f"""
SELECT coalesce(sum(residents_follow(%(case)s, tbl, col, pk, %(left)s, %(arrived)s, %(ignored)s)), 0)
  FROM {COLUMNS} AS f(tbl, col, pk, by_identity)
"""
RETURN = f"""
SELECT coalesce(sum(residents_return(%(case)s, tbl, col, pk, by_identity, %(left)s, %(arrived)s, %(ignored)s)), 0)
  FROM {COLUMNS} AS f(tbl, col, pk, by_identity)
"""
#: what came under an identity, and then what belongs to it; the count goes first because the sum asks for it
ALONG_WITH = """
residents_along_all(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s, %s, %s)
"""
UNDER = "FROM unnest(%s::text[], %s::text[], %s::text[]) AS f(tbl, col, pk)"
DETACH = f"""
SELECT d.gone + {ALONG_WITH} FROM (
    SELECT coalesce(sum(residents_detach(%s, tbl, col, pk, %s, %s, %s, %s)), 0) AS gone {UNDER}) d
"""
ATTACH = f"""
SELECT d.gone + {ALONG_WITH} FROM (
    SELECT coalesce(sum(residents_attach(tbl, col, %s, %s, %s, %s)), 0) AS gone {UNDER}) d
"""
ALONG = """
SELECT residents_along_all(%(tables)s, %(columns)s, %(keys)s, %(links)s, %(others)s, %(corrects)s,
                           %(arrived)s, %(left)s, %(ignored)s)
"""


def follow(merge: UUID, left: UUID, arrived: UUID, of: Iterable[Follower] | None = None) -> int:
    """Everything (or the rows ``of`` some columns) goes from one resident to the other; returns how many rows went."""
    return _moved(FOLLOW, _columns(followers() if of is None else of), case=merge, left=left, arrived=arrived)


def give_back(merge: UUID, loser: UUID, survivor: UUID) -> int:
    """What came with a merge goes back, with what arrived since under the identities that came."""
    return _moved(RETURN, _columns(followers()), case=merge, left=loser, arrived=survivor)


def detaching(move: UUID, identity: UUID, left: UUID, arrived: UUID) -> Write:
    """What came under an identity goes with it, and what was written here goes with what it belongs to."""
    return Write(DETACH, [*_belonging(arrived, left), move, identity, left, arrived, ignored(), *_under()])


def attaching(identity: UUID, arrived: UUID, left: UUID) -> Write:
    """What came under an identity comes back with it, also what came since, and what belongs to it."""
    return Write(ATTACH, [*_belonging(arrived, left), identity, arrived, left, ignored(), *_under()])


def _belonging(arrived: UUID, left: UUID) -> list[Any]:
    links = _links()
    named = ("tables", "columns", "keys", "links", "others", "corrects")
    return [*(links[name] for name in named), arrived, left, ignored()]


def _under() -> list[list[Any]]:
    columns = _columns(_carrying())
    return [columns[name] for name in ("tables", "columns", "keys")]


def along(arrived: UUID, left: UUID) -> None:
    """What was written here goes with what it belongs to: a result with its encounter, a correction with its entry."""
    _moved(ALONG, _links(), left=left, arrived=arrived)


def _carrying() -> list[Follower]:
    return [one for one in followers() if one.identity]


def _columns(of: Iterable[Follower]) -> dict[str, list[Any]]:
    found = list(of)
    return {
        "tables": [one.table for one in found],
        "columns": [one.column for one in found],
        "keys": [one.key for one in found],
        "identities": [one.identity for one in found],
    }


@cache
def _links() -> dict[str, list[Any]]:
    """The columns that lead from a row to another one of the record."""
    tables = {one.table for one in followers() if one.column == "resident_id"}
    found = [(one, *pair) for one in followers() for pair in one.besides if pair[1] in tables]
    return _columns(one for one, _, _ in found) | {
        "links": [link for _, link, _ in found],
        "others": [other for _, _, other in found],
        "corrects": [link == "replaced_by_id" for _, link, _ in found],
    }


def _moved(sql: str, columns: dict[str, list[Any]], **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**columns, **values, "ignored": ignored()})
        return int(cursor.fetchone()[0])
