"""People and their positions: the only code that writes them."""

from datetime import date
from typing import Any, TypedDict, Unpack

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.outbox import emit
from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.staff.models import Position, Practitioner
from yigongti.registry.storing import finish, locked, store


class Details(TypedDict, total=False):
    """What is known of a practitioner."""

    code: str
    name: str
    sex: str
    licence: str
    title: str
    scope: str
    phone: str
    user: User | None


def register_practitioner(
    actor: Actor,
    *,
    organization: Organization,
    post: str,
    department: Department | None = None,
    kind: str = Position.Kind.EMPLOYED,
    start: date | None = None,
    **details: Unpack[Details],
) -> Practitioner:
    """Register a person together with the first position."""
    with acting(actor):
        actor.require(Permission.STAFF_EDIT, organization.pk)
        practitioner = store(Practitioner(**details))
        _appoint(practitioner, organization, department, post=post, kind=kind, start=start or clock.today())
        return practitioner


def edit_practitioner(actor: Actor, *, practitioner: Practitioner, **changes: Unpack[Details]) -> Practitioner:
    """Correct what is known of a person; for those who maintain staff where the person works or worked."""
    with acting(actor):
        places = set(practitioner.positions.values_list("organization_id", flat=True))
        actor.require(Permission.STAFF_EDIT)
        if not actor.everything and not places & actor.organizations(Permission.STAFF_EDIT):
            raise Forbidden(f"{practitioner} 不在您维护的机构任职", hint="请联系其任职机构办理")
        return store(locked(practitioner), **changes)


def appoint(
    actor: Actor,
    *,
    practitioner: Practitioner,
    organization: Organization,
    post: str,
    department: Department | None = None,
    kind: str = Position.Kind.EMPLOYED,
    start: date | None = None,
    until: date | None = None,
) -> Position:
    """Begin a position."""
    with acting(actor):
        actor.require(Permission.STAFF_EDIT, organization.pk)
        return _appoint(
            practitioner, organization, department, post=post, kind=kind, start=start or clock.today(), until=until
        )


def dispatch(
    actor: Actor,
    *,
    practitioner: Practitioner,
    home: Organization,
    to: Organization,
    post: str,
    department: Department | None = None,
    start: date | None = None,
    until: date | None = None,
) -> Position:
    """Send a person who is employed at ``home`` to work at another organisation (派驻); the sender decides."""
    start = start or clock.today()
    with acting(actor):
        actor.require(Permission.STAFF_EDIT, home.pk)
        held = practitioner.positions.filter(organization=home).exclude(kind=Position.Kind.DISPATCHED)
        if not held.on(start).exists():
            raise Conflict(f"{practitioner} 在 {start} 不在 {home} 任职", hint="请核对派出机构和日期", field="home")
        if home.pk == to.pk:
            raise Invalid("派驻机构与派出机构是同一家", hint="请另选派驻机构", field="to")
        return _appoint(
            practitioner, to, department, post=post, kind=Position.Kind.DISPATCHED, start=start, until=until
        )


def edit_position(actor: Actor, *, position: Position, **changes: Any) -> Position:
    """Correct the department, kind or dates of a position."""
    with acting(actor):
        actor.require(Permission.STAFF_EDIT, position.organization_id)
        position = locked(position)
        _same_house(changes.get("department"), position.organization)
        return store(position, **changes)


def end_position(actor: Actor, *, position: Position, on: date | None = None) -> Position:
    """End a position."""
    on = on or clock.today()
    with acting(actor):
        actor.require(Permission.STAFF_EDIT, position.organization_id)
        ended = finish(position, on)
        emit("PositionEnded", **_news(ended), on=str(on))
        return ended


def _appoint(
    practitioner: Practitioner, organization: Organization, department: Department | None, **fields: Any
) -> Position:
    _same_house(department, organization)
    position = store(Position(practitioner=practitioner, organization=organization, department=department, **fields))
    emit("PositionStarted", **_news(position), on=str(position.start))
    return position


def _same_house(department: Department | None, organization: Organization) -> None:
    if department and department.organization_id != organization.pk:
        raise Invalid(f"{department} 不是 {organization} 的科室", hint="请另选科室", field="department")


def _news(position: Position) -> dict[str, Any]:
    return {
        "position": position.pk,
        "practitioner": position.practitioner_id,
        "organization": position.organization_id,
        "post": position.post,
    }
