"""Policies over REST: the list, and the edition in force at a place on a day with its statements."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.policy.editions import Edition, content_data
from yigongti.kernel.policy.outline import outline
from yigongti.kernel.policy.store import store

router = Router(tags=["规则"])


class PolicyOut(Schema):
    """One edition."""

    name: str
    title: str
    kind: str
    version: str
    place: str | None
    effective_from: date
    effective_to: date | None
    hash: str


class StatementOut(Schema):
    """One statement in words."""

    key: str
    name: str
    condition: str
    sql: str
    consequence: str
    source: str
    mark: str
    note: str


class EditionOut(PolicyOut):
    """One edition with its content and its statements."""

    content: dict[str, Any]
    statements: list[StatementOut]


@router.get("", response=list[PolicyOut], summary="全部规则和版本")
def policies(request: HttpRequest) -> list[dict[str, Any]]:
    """Every edition in memory."""
    request.actor.require(Permission.POLICY_READ)  # type: ignore[attr-defined]
    return [_brief(one) for one in store().editions()]


@router.get("/{room}/{name}", response=EditionOut, summary="某地某日在用的版本")
def policy(
    request: HttpRequest, room: str, name: str, place: str | None = None, on: date | None = None
) -> dict[str, Any]:
    """The edition in force."""
    request.actor.require(Permission.POLICY_READ)  # type: ignore[attr-defined]
    found = store().resolve(f"{room}/{name}", place, on)
    return {**_brief(found), "content": content_data(found.text), "statements": outline(found.body)}


def _brief(one: Edition) -> dict[str, Any]:
    effective = one.body.effective
    return {
        "name": one.name,
        "title": one.body.title,
        "kind": one.body.kind,
        "version": one.version,
        "place": one.place,
        "effective_from": effective.from_,
        "effective_to": effective.to,
        "hash": one.hash,
    }


# the generated access test reads it
policies.permission = policy.permission = (Permission.POLICY_READ,)  # type: ignore[attr-defined]
