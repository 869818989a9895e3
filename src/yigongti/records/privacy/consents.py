"""What closes when a resident withdraws a consent, and what is told when they share.

- ``sharing`` (医共体内共享): relations that only sharing carried close: registered, grid and past encounters. What the
  person chose or is under way stays: the signed centre, an open referral, an emergency, a code of their own.
- ``outside`` (向医共体外机构提供): what codes opened to organisations closes, and unused codes are void.
"""

from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import notify
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.models import CareRelation, Consent
from yigongti.registry.organizations.models import Organization

from .models import Share

Kind = CareRelation.Kind
CLOSES: dict[str, tuple[str, ...]] = {
    Consent.Kind.SHARING: (Kind.REGISTERED, Kind.GRID, Kind.ENCOUNTER),
    Consent.Kind.OUTSIDE: (Kind.SHARED,),
}
"""Consent → kinds of relation that end with it."""
UNDER_WAY = ("arrived", "in-progress")


@consumer("ConsentWithdrawn")
def close_what_it_carried(payload: dict[str, Any]) -> None:
    """End the relations now; an organisation where the person is being treated keeps its own until they leave."""
    kinds, resident = CLOSES.get(payload["kind"], ()), UUID(payload["resident"])
    if not kinds:
        return
    with acting(SYSTEM):
        if Consent.objects.filter(resident_id=resident, kind=payload["kind"], withdrawn_at=None).exists():
            return  # agreed again before the news came
        staying = Encounter.objects.in_force().filter(resident_id=resident, status__in=UNDER_WAY, ended_at=None)
        here = list(staying.values_list("organization_id", flat=True))
        ending = CareRelation.objects.filter(resident_id=resident, kind__in=kinds).in_force()
        ending.exclude(kind=Kind.ENCOUNTER, organization_id__in=here).update(until=clock.now())
        if Kind.SHARED in kinds:
            Share.objects.filter(resident_id=resident, revoked_at=None).update(revoked_at=clock.now())


@consumer("RecordShared")
def tell_the_person(payload: dict[str, Any]) -> None:
    """The resident is told who used the code."""
    where = Organization.objects.filter(pk=payload["organization"]).values_list("name", flat=True).first() or ""
    notify(
        resident_id=UUID(payload["resident"]),
        title="授权码已被使用",
        text=f"{where}现在可以查看您的健康档案",
        link="/my/sharing/",
        key=f"share:{payload['share']}",
    )
