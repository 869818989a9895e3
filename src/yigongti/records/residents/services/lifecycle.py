"""Death and moving away, and their correction when the report was wrong.

Each is one fact on the person; nothing else is ended by hand, so that a correction restores everything.
"""

from datetime import date
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid

from .. import events
from ..access import access_resident
from ..models import Resident
from .relations import follow_grid


def record_death(actor: Actor, *, resident_id: UUID, died_on: date | None = None) -> Resident:
    """The person died: the whole house hears of it. Raises Conflict if a death is recorded already."""
    with acting(actor):
        resident = _held(actor, resident_id)
        if resident.died_on:
            raise Conflict(f"已登记死亡日期 {resident.died_on:%Y-%m-%d}", hint="日期有误时请先撤销，再重新登记")
        resident.died_on = _day(died_on, resident)
        events.resident_died(resident.pk, resident.died_on)
        return _store(resident, "died_on")


def undo_death(actor: Actor, *, resident_id: UUID) -> Resident:
    """The report of death was wrong: the person lives."""
    with acting(actor):
        resident = _held(actor, resident_id)
        if not resident.died_on:
            raise Conflict("没有登记死亡，无须撤销")
        resident.died_on = None
        events.resident_death_corrected(resident.pk)
        return _store(resident, "died_on")


def record_moved(actor: Actor, *, resident_id: UUID, moved_on: date | None = None, to: str = "") -> Resident:
    """The person moved away from the area served: nobody's grid any more. ``to`` says where, if known."""
    with acting(actor):
        resident = _held(actor, resident_id)
        if resident.moved_on:
            raise Conflict(f"已登记迁出日期 {resident.moved_on:%Y-%m-%d}", hint="日期有误时请先撤销，再重新登记")
        resident.moved_on = _day(moved_on, resident)
        _store(resident, "moved_on")
        follow_grid(resident)
        events.resident_moved(resident.pk, resident.moved_on, to)
        return resident


def undo_moved(actor: Actor, *, resident_id: UUID) -> Resident:
    """The person did not move away, or came back."""
    with acting(actor):
        resident = _held(actor, resident_id)
        if not resident.moved_on:
            raise Conflict("没有登记迁出，无须撤销")
        resident.moved_on = None
        _store(resident, "moved_on")
        follow_grid(resident)
        events.resident_returned(resident.pk)
        return resident


def _held(actor: Actor, resident_id: UUID) -> Resident:
    return access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)


def _day(day: date | None, resident: Resident) -> date:
    day = day or clock.today()
    if not resident.birth_date <= day <= clock.today():
        raise Invalid("日期应在出生之后，且不能晚于今天", field="on")
    return day


def _store(resident: Resident, field: str) -> Resident:
    resident.version += 1
    resident.save(update_fields=[field, "version"])
    return resident
