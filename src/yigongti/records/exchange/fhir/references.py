"""References in what is written: to our resources become the sender's own keys, as the mapping reads them.

A sender may name a person by our id: it then has an identity of its own there, tied by that id. A visit, a report or a
prescription of another system cannot be named.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden
from yigongti.records.residents.models import Resident, SourceIdentity, SourceSystem
from yigongti.registry.staff.models import Practitioner

from .access import Caller
from .conditions import Where, key_of
from .resources import RESOURCES

KEPT = ("Encounter", "DiagnosticReport", "MedicationRequest", "Observation")


def keyed(caller: Caller, source: SourceSystem, content: Any, own: Collection[tuple[str, str]]) -> Any:
    """The content with references as keys of ``source``; ``own`` are the resources of the same delivery."""
    if isinstance(content, list):
        return [keyed(caller, source, one, own) for one in content]
    if not isinstance(content, dict):
        return content
    inside = {name: keyed(caller, source, one, own) for name, one in content.items()}
    reference = inside.get("reference")
    if isinstance(reference, str):
        type_, _, key = reference.rpartition("/")
        type_ = type_.rpartition("/")[2]
        if (type_, key) not in own:
            inside |= _ours(caller, source, type_, key)
    return inside


def _ours(caller: Caller, source: SourceSystem, type_: str, key: str) -> dict[str, str]:
    if type_ == "Practitioner":
        number = key_of(type_, key)
        name = Practitioner.objects.filter(pk=number).values_list("name", flat=True).first() if number else None
        return {"display": name} if name else {}
    found = key_of(type_, key) if type_ in ("Patient", *KEPT) else None
    if found is None:
        return {}
    told = _person(caller, source, found) if type_ == "Patient" else _row(caller, source, type_, found)
    return {"reference": f"{type_}/{told}"} if told else {}


def _person(caller: Caller, source: SourceSystem, key: UUID) -> str | None:
    """The sender's own key of a resident whom it may see."""
    with acting(caller.actor):
        resident = Resident.objects.filter(pk=key).first()
    if resident is None:
        return None
    with acting(SYSTEM):
        known = SourceIdentity.objects.filter(source=source, resident=resident).order_by("received_at").first()
        if known is None:
            known = SourceIdentity.objects.create(
                source=source,
                source_key=str(resident.pk),
                resident=resident,
                state=SourceIdentity.State.LINKED,
                name=resident.name,
                sex=resident.sex,
                birth_date=resident.birth_date,
            )
        return known.source_key


def _row(caller: Caller, source: SourceSystem, type_: str, key: UUID) -> str | None:
    """The sender's own key of one of its rows. Raises Forbidden for a row of another system."""
    from django.db import connection

    kind = RESOURCES[type_]
    where = Where(kind.same(), (key,))
    sql = f"SELECT e.source, e.source_key FROM {kind.table} e WHERE {where.sql} AND {kind.current}"
    with acting(caller.actor), connection.cursor() as cursor:
        cursor.execute(sql, where.values)
        found = cursor.fetchone()
    if found is None:
        return None
    if found[0] != source.pk:
        raise Forbidden(f"{type_}/{key} 是别的系统写下的，不能引用", hint="去掉这个引用，或引用本系统送来的一条")
    return str(found[1])
