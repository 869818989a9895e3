"""The person at the desk: found by an exact document number or their own health code before there is any relation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.core import signing
from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ciphers.blind import Candidates, blind_index
from yigongti.kernel.errors import Invalid

from ..access import working_at
from ..health_code import verify
from ..models import Resident
from .relations import contact

#: how long the person may stand there between showing the document and being received
PATIENCE = timedelta(minutes=15)
SALT = "residents.desk"


@dataclass(frozen=True)
class Presented:
    """Who stands at the desk, and no more. ``ticket`` proves for :data:`PATIENCE` that they showed themselves."""

    id: UUID
    name: str
    sex: str
    birth_date: date
    ticket: str = ""


def at_desk(indexes: Candidates | tuple[()] = (), ids: Iterable[UUID] = ()) -> list[Presented]:
    """People with exactly this document or id, whoever asks; the database notes the asking in the audit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM residents_at_desk(%s::bytea[], %s::uuid[])", [list(indexes), list(ids)])
        return [Presented(*row) for row in cursor.fetchall()]


def present(actor: Actor, *, id_number: str = "", health_code: str = "") -> list[Presented]:
    """People with exactly this document number, or the one who shows this health code.

    Raises Invalid for a code that is forged or too old.
    """
    with acting(actor):
        working_at(actor, Permission.RESIDENT_SEARCH)
        if health_code:
            found = at_desk(ids=[verify(health_code, clock.now())])
        else:
            found = at_desk(blind_index("id_number", id_number)) if id_number.strip() else []
        return [replace(person, ticket=_ticket(actor, person.id)) for person in found]


def receive(actor: Actor, *, ticket: str) -> Resident:
    """The person who showed a document or code came to us (接诊): their record opens to this organisation."""
    with acting(actor):
        organization = working_at(actor, Permission.RECORD_READ)
        resident_id = _presented(actor, ticket)
        contact(resident_id, organization, clock.now())
        return Resident.objects.get(pk=resident_id)


def _ticket(actor: Actor, resident_id: UUID) -> str:
    return signing.dumps([actor.user_id, str(resident_id)], salt=SALT)


def _presented(actor: Actor, ticket: str) -> UUID:
    try:
        user_id, resident_id = signing.loads(ticket, salt=SALT, max_age=PATIENCE)
    except signing.BadSignature:
        user_id, resident_id = None, ""
    if not resident_id or user_id != actor.user_id:
        raise Invalid("出示的证件已过期，或不是出示给您的", field="id_number", hint="请重新刷证件或扫健康码")
    return UUID(resident_id)
