"""Work lists, derived: the open steps that an actor's desks owe, most pressing first."""

from typing import TypeVar

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission

from .declaration import Desk, Workflow
from .models import Case, Priority

C = TypeVar("C", bound=Case)
RANK = {Priority.RED: 0, Priority.YELLOW: 1, Priority.GREEN: 2}


def owed(actor: Actor, table: type[C], *permissions: Permission) -> "QuerySet[C]":
    """Open cases whose next step is owed by a desk of the actor (with these permissions, or any of theirs)."""
    mine = Q(pk__in=[])
    for permission in permissions or desks(table):
        if where := actor.organizations(permission):
            mine |= Q(owner_organization_id__in=where, owner_permission=permission.value)
    unassigned_or_mine = Q(owner_user_id=None) | Q(owner_user_id=actor.user_id)
    return pressing_first(table.objects.filter(mine, unassigned_or_mine, closed_at=None))


def desks(table: type[Case]) -> list[Permission]:
    """Every permission to which a step of this table can be owed."""
    found: dict[Permission, None] = {}
    for flow in Workflow.registry.values():
        if flow.table() is table:
            found |= {state.desk.permission: None for state in flow.states.values() if isinstance(state.desk, Desk)}
    return list(found)


def visible(actor: Actor, table: type[C], *permissions: Permission) -> "QuerySet[C]":
    """The cases of the organisations where the actor has one of the permissions; without them, of every grant.

    Row-level security knows the organisations only: whoever counts at one and treats at another reads by name there.
    """
    if actor.everything:
        return table.objects.all()
    return table.objects.filter(parties__overlap=sorted(actor.organizations(*permissions)))


def pressing_first(cases: "QuerySet[C]") -> "QuerySet[C]":
    """Red before yellow before green, then the nearest deadline."""
    # written out: Django compares ordering expressions by inspecting them, which costs more than the query
    choices = " ".join(f"WHEN '{priority.value}' THEN {rank}" for priority, rank in RANK.items())
    rank = RawSQL(f'CASE "{cases.model._meta.db_table}"."priority" {choices} ELSE 9 END', ())  # noqa: S611
    return cases.order_by(rank, F("due_at").asc(nulls_last=True), "pk")
