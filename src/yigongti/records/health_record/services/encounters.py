"""Recording a contact with care and what was measured at it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.models import Resident
from yigongti.records.residents.services.relations import contacting
from yigongti.registry.staff.models import Practitioner

from ..events import of_encounter
from ..models import Encounter, Observation
from ..observations import CATALOGUE, checked

EARLIEST = datetime(1949, 10, 1).astimezone()
TOLERANCE = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""
OF_USER = prepared.Query(lambda user: Practitioner.objects.filter(user_id=user)[:1], int)


def record_encounter(actor: Actor, *, source: str = "", source_key: str = "", **content: Any) -> Encounter:
    """Record a visit, a stay or a follow-up with its measurements in one step.

    ``source`` and ``source_key`` name the request: repeated, it has one effect. ``content`` is that of :func:`visit`.
    Raises Invalid with the field, NotFound, Forbidden, Conflict.
    """
    with acting(actor):
        if source_key and (earlier := _repeated(actor, source, source_key, content.get("organization_id"))):
            return earlier
        encounter, writes = visit(actor, source=source, source_key=source_key, **content)
        prepared.together(*writes)
        return encounter


def visit(
    actor: Actor,
    *,
    resident_id: UUID,
    kind: str,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    organization_id: int | None = None,
    practitioner_id: int | None = None,
    measurements: Mapping[str, object] | None = None,
    next_due: date | None = None,
    **content: Any,
) -> tuple[Encounter, list[prepared.Write]]:
    """A contact with care, checked, and what writes it: for a command that writes it together with its own.

    ``measurements`` code of the catalogue to value; ``content``: department_id, complaint, findings, assessment,
    advice, source and source_key. The caller is inside ``acting(actor)``. Raises as :func:`record_encounter`.
    """
    values = checked(measurements or {})
    if kind not in Encounter.Kind.values:
        raise Invalid("请选择就诊类别", field="kind")
    organization = writing_at(actor, organization_id)
    resident = access_resident(actor, resident_id, Permission.RECORD_WRITE, lock=True)
    at = moment(started_at, resident)
    encounter = Encounter(
        resident=resident,
        organization_id=organization,
        practitioner_id=practitioner_id or practitioner_of(actor),
        kind=kind,
        started_at=at,
        ended_at=_end(ended_at, at),
        next_due=_due(next_due, at),
        recorded_at=clock.now(),
        recorded_by=actor.user_id,
        **content,
    )
    measured = observations(encounter, values)
    return encounter, [
        prepared.inserting(encounter),
        *([prepared.inserting(*measured)] if measured else []),
        *of_encounter(encounter),
        *contacting(resident_id, organization, at),
    ]


def observations(encounter: Encounter, values: Mapping[str, Any]) -> list[Observation]:
    """What was measured at an encounter, as rows."""
    return [
        Observation(
            resident_id=encounter.resident_id,
            organization_id=encounter.organization_id,
            practitioner_id=encounter.practitioner_id,
            encounter=encounter,
            code=code,
            value=value,
            unit=CATALOGUE[code].unit,
            effective_at=encounter.started_at,
            recorded_at=encounter.recorded_at,
            recorded_by=encounter.recorded_by,
        )
        for code, value in values.items()
    ]


def record_measurements(actor: Actor, **content: Any) -> list[Observation]:
    """Record measurements outside any encounter (a self-service device, a report that came back), or during a stay.

    ``content`` is that of :func:`measurements`. Raises as that.
    """
    with acting(actor):
        rows, writes = measurements(actor, **content)
        prepared.together(*writes)
        return rows


def measurements(
    actor: Actor,
    *,
    resident_id: UUID,
    values: Mapping[str, object],
    effective_at: datetime | None = None,
    organization_id: int | None = None,
    encounter: UUID | None = None,
    source: str = "",
    source_key: str = "",
) -> tuple[list[Observation], list[prepared.Write]]:
    """Measurements, checked, and what writes them: for a command that writes them together with its own.

    ``source`` and ``source_key`` say where they come from; the key is made one for each code. The caller is inside
    ``acting(actor)``. Raises Invalid with the field, NotFound, Forbidden, Conflict.
    """
    numbers = checked(values)
    if not numbers:
        raise Invalid("请至少填写一项测量值", field="values")
    organization = writing_at(actor, organization_id)
    resident = access_resident(actor, resident_id, Permission.RECORD_WRITE, lock=True)
    at = moment(effective_at, resident)
    carrier = Encounter(
        resident=resident,
        organization_id=organization,
        practitioner_id=practitioner_of(actor),
        started_at=at,
        recorded_by=actor.user_id,
    )
    rows = observations(carrier, numbers)
    for row in rows:
        row.encounter_id, row.source = encounter, source
        row.source_key = f"{source_key}:{row.code}" if source_key else ""
    return rows, [prepared.inserting(*rows), *contacting(resident_id, organization, at)]


def writing_at(actor: Actor, organization_id: int | None = None) -> int:
    """Where the actor writes: the organisation given, or where they work. Raises Forbidden."""
    organization = organization_id or actor.organization_id
    if organization is None:
        raise Forbidden("请先选择您现在工作的机构", hint="在页面右上角切换机构")
    actor.require(Permission.RECORD_WRITE, organization)
    return organization


def practitioner_of(actor: Actor) -> int | None:
    """The practitioner behind a user; None for systems."""
    if actor.user_id is None:
        return None
    found = OF_USER.first(actor.user_id)
    return found.pk if found else None


def moment(at: datetime | None, resident: Resident, field: str = "started_at") -> datetime:
    """A time within the person's life and not in the future."""
    now = clock.now()
    at = at or now
    if at > now + TOLERANCE:
        raise Invalid("时间不能晚于现在", field=field)
    if at < EARLIEST or timezone.localdate(at) < resident.birth_date - timedelta(days=1):
        raise Invalid(f"时间早于出生日期 {resident.birth_date:%Y-%m-%d}", field=field)
    if resident.died_on and timezone.localdate(at) > resident.died_on:
        raise Conflict(f"{resident.name}已于 {resident.died_on:%Y-%m-%d} 登记死亡", hint="登记有误时请先撤销死亡登记")
    return at


def _end(ended_at: datetime | None, started_at: datetime) -> datetime | None:
    if ended_at and ended_at < started_at:
        raise Invalid("结束时间不能早于开始时间", field="ended_at")
    return ended_at


def _due(next_due: date | None, at: datetime) -> date | None:
    if next_due and next_due < timezone.localdate(at):
        raise Invalid("下次随访日期不能早于本次", field="next_due")
    return next_due


def _repeated(actor: Actor, source: str, key: str, organization_id: int | None) -> Encounter | None:
    """The encounter that an earlier request with the same key made; a request at the same time waits for the other."""
    writing_at(actor, organization_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{source}|{key}"])
    made = Encounter.objects.filter(source=source, source_key=key).order_by(
        "source_key"
    )  # not by key: it would be walked
    return made.filter(replaced_by=None).first() or made.filter(replaced_by__isnull=False).first()
