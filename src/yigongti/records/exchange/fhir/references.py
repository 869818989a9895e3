"""References in what is written: to our resources become the sender's own keys, as the mapping reads them.

A sender may name a person by our id, by identifier or by a search (``Patient?identifier=…``): it then has an identity
of its own there, tied by that id. A visit, a report or a prescription of another system cannot be named. Practitioners
and organisations of the registry are named by identifier, or by our id together with their name: the numbers of the
sender may be the same as ours, so a number alone is taken as the sender's.
"""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden, YigongtiError
from yigongti.records.residents.models import Resident, SourceIdentity, SourceSystem
from yigongti.registry.organizations.models import Organization
from yigongti.registry.staff.models import Practitioner

from ..fhir_kept import ORGANIZATION_CODE, PRACTITIONER_CODE
from . import searching
from .access import Caller
from .conditions import Where, key_of
from .resources import RESOURCES

KEPT = ("Encounter", "DiagnosticReport", "MedicationRequest", "Observation")
LICENCE, CREDIT_CODE = "urn:yigongti:practice-licence", "urn:yigongti:credit-code"


class Ambiguous(YigongtiError):
    """A reference by search that finds nobody, or several."""

    status = 412
    kind = "conflict"


def keyed(caller: Caller, source: SourceSystem, content: Any, own: Collection[tuple[str, str]]) -> Any:
    """The content with references as keys of ``source``; ``own`` are the resources of the same delivery."""
    if isinstance(content, list):
        return [keyed(caller, source, one, own) for one in content]
    if not isinstance(content, dict):
        return content
    inside = {name: keyed(caller, source, one, own) for name, one in content.items()}
    reference = inside.get("reference")
    if isinstance(reference, str) and "?" in reference:
        inside["reference"] = reference = _searched(caller, reference)
    if isinstance(reference, str):
        type_, _, key = reference.rpartition("/")
        type_ = type_.rpartition("/")[2]
        if (type_, key) not in own:
            inside |= _ours(caller, source, type_, key, inside)
    elif isinstance(inside.get("identifier"), dict):
        inside |= _identified(caller, source, inside)
    return inside


def _searched(caller: Caller, reference: str) -> str:
    """The one resource that a search finds. Raises :class:`Ambiguous`."""
    type_, _, query = reference.partition("?")
    with acting(caller.actor):
        search = searching.understood(type_, parse_qsl(query), strict=True, caller=caller)
        caller.require(type_, "read")
        found = searching.run(search, caller).matches if search.where else []
    if len(found) != 1:
        raise Ambiguous(f"引用 {reference[:60]} 找到 {len(found)} 个", hint="引用里的查询应当正好找到一个")
    return f"{type_}/{found[0].id}"


def _identified(caller: Caller, source: SourceSystem, told: dict[str, Any]) -> dict[str, Any]:
    """Who is meant by a reference that has an identifier alone; nothing where that is not known."""
    identifier = told["identifier"]
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str) or not value:
        return {}
    if system in (PRACTITIONER_CODE, LICENCE):
        name = "code" if system == PRACTITIONER_CODE else "licence"
        return _practitioner(Practitioner.objects.filter(**{name: value}).first())
    if system in (ORGANIZATION_CODE, CREDIT_CODE):
        name = "code" if system == ORGANIZATION_CODE else "credit_code"
        return _organization(caller, Organization.objects.filter(**{name: value}).first())
    if told.get("type") != "Patient":
        return {}
    with acting(caller.actor):
        search = searching.understood("Patient", [("identifier", f"{system}|{value}")], strict=True, caller=caller)
        found = searching.run(search, caller).matches
    key = _person(caller, source, UUID(found[0].id)) if len(found) == 1 else None
    return {"reference": f"Patient/{key}"} if key else {}


def _practitioner(found: Practitioner | None) -> dict[str, Any]:
    if found is None:
        return {}
    identifier = {"system": PRACTITIONER_CODE, "value": found.code}
    return {"reference": f"Practitioner/{found.pk}", "identifier": identifier, "display": found.name}


def _organization(caller: Caller, found: Organization | None) -> dict[str, Any]:
    """An organisation for which the system may speak: its own and those below it."""
    if found is None or caller.actor.organization_id not in (found.pk, found.part_of_id):
        return {}
    identifier = {"system": ORGANIZATION_CODE, "value": found.code}
    return {"reference": f"Organization/{found.pk}", "identifier": identifier, "display": found.name}


def _ours(caller: Caller, source: SourceSystem, type_: str, key: str, told: dict[str, Any]) -> dict[str, Any]:
    if type_ in ("Practitioner", "Organization"):
        model = Practitioner if type_ == "Practitioner" else Organization
        number = key_of(type_, key)
        named = model.objects.filter(pk=number, name=told.get("display") or "").first() if number else None
        if isinstance(named, Practitioner):
            return _practitioner(named)
        return _organization(caller, named)
    found = key_of(type_, key) if type_ in ("Patient", *KEPT) else None
    if found is None:
        return {}
    mine = _person(caller, source, found) if type_ == "Patient" else _row(caller, source, type_, found)
    return {"reference": f"{type_}/{mine}"} if mine else {}


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
