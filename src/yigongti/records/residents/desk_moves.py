"""The review desk about identities that go to another resident: what a person needs to see before and after."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.kinds import subject_title
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound

from .access import within
from .desk import Line, lines_of
from .models import IdentityMove, MovedRow, Resident, ResidentMerge, SourceIdentity
from .services.detaching import brought


@dataclass(frozen=True)
class Leaving:
    """An identity that may go: what it says beside what its resident is, and what would go with it."""

    identity: SourceIdentity
    resident: Resident
    lines: tuple[Line, ...]
    rows: list[tuple[str, int]]
    came_by: ResidentMerge | None


@dataclass(frozen=True)
class Moving:
    """A move with both residents and what went."""

    case: IdentityMove
    resident: Resident
    target: Resident | None
    lines: tuple[Line, ...]
    rows: list[tuple[str, int]]


def moves_of(actor: Actor) -> Q:
    """Moves within reach: a side has a relation to the actor's organisations, or they proposed it."""
    return within(actor, "resident", "target", said_by="home_organization")


def leaving(actor: Actor, identity_id: UUID) -> Leaving:
    """The identity with its resident. Raises Forbidden, NotFound."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        mine = within(actor, "resident", said_by="source__organization")
        found = SourceIdentity.objects.select_related("source", "resident__area", "area").filter(mine, pk=identity_id)
        identity = found.first()
        if identity is None or identity.resident is None:
            raise NotFound("没有找到这条来源身份", hint="只能改归您机构或所属成员单位的来源身份")
        resident = identity.resident
        rows = [(subject_title(table), count) for table, count in brought(identity.pk).items()]
        merge = ResidentMerge.objects.filter(
            state="merged", survivor=resident, rows__table="residents_sourceidentity", rows__key=str(identity.pk)
        ).first()
        lines = tuple(lines_of(identity, resident))
    reading(actor, resident_id=resident.pk, page="residents:review")
    return Leaving(identity, resident, lines, rows, merge)


def moving(actor: Actor, move_id: UUID) -> Moving:
    """One move. Raises Forbidden, NotFound."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        found = IdentityMove.objects.select_related(
            "identity__source", "identity__area", "resident__area", "target__area"
        )
        case = found.filter(moves_of(actor), pk=move_id).first()
        if case is None or case.resident is None:
            raise NotFound("没有这件来源身份改归")
        if case.state == "proposed":
            rows = [(subject_title(table), count) for table, count in brought(case.identity_id).items()]
        else:
            tables = MovedRow.objects.filter(move=case, stayed=False).values_list("table", flat=True)
            counted = dict.fromkeys(tables, 0)
            for table in tables:
                counted[table] += 1
            rows = [(subject_title(table), count) for table, count in counted.items()]
        lines = tuple(lines_of(case.identity, case.resident, case.target))
    for who in (case.resident, case.target):
        if who:
            reading(actor, resident_id=who.pk, page="residents:review")
    return Moving(case, case.resident, case.target, lines, rows)


def moves(actor: Actor) -> list[IdentityMove]:
    """Moves that wait for a second person first, then the last ones done."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        found = IdentityMove.objects.filter(moves_of(actor)).select_related("identity__source")
        return sorted(found.order_by("-opened_at")[:30], key=lambda case: case.state != "proposed")
