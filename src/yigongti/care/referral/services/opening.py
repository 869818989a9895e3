"""Opening a case: for whom, at which organisation, in which episode, and never twice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import Outcome, open_case
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, NotFound
from yigongti.records.residents.models import Resident, SignedCentre
from yigongti.registry.organizations.models import Department, Organization

from .. import destinations, rules
from ..models import Referral


def places_of(organization: Organization) -> list[str]:
    """Where policies are looked up for an organisation: its consortium before its area."""
    consortium = destinations.consortium_of(organization)
    return [code for code in ([consortium.code] if consortium else []) + [organization.area_code] if code]


def acting_home(actor: Actor, permission: Permission) -> Organization:
    """The organisation for which the actor acts."""
    actor.require(permission, actor.organization_id)
    assert actor.organization_id is not None
    return Organization.objects.select_related("part_of").get(pk=actor.organization_id)


def resident_seen(resident_id: UUID) -> Resident:
    found = Resident.objects.select_related("area").filter(pk=resident_id).first()
    if found is None:
        raise NotFound("没有找到这位居民，或者您与居民没有服务关系", hint="先登记就诊，或凭证件、健康码建立服务关系")
    return found


def departments_of(organization_id: int) -> list[tuple[int, str]]:
    """The departments that take referrals."""
    found = Department.objects.filter(organization_id=organization_id, accepts_referrals=True, closed_on=None)
    return list(found.values_list("pk", "name"))


def open_referral(resident_id: UUID, disease: str) -> Referral | None:
    """The open referral of the same episode group, if there is one that the actor can see."""
    return (
        Referral.objects.filter(resident_id=resident_id, disease=disease, closed_at=None).order_by("-opened_at").first()
    )


def open_once(actor: Actor, case: Referral, key: UUID | None) -> Outcome:
    """Open the case; if someone else opened the same episode in this moment, lead to theirs."""
    try:
        with transaction.atomic():
            return open_case(actor, case, key=key)
    except IntegrityError as error:
        if "referral_one_open_per_episode" not in str(error):
            raise
        first = open_referral(case.resident_id, case.disease)
        if first is None or first.direction != case.direction:
            raise Conflict(
                "该居民同一病种已有一份正在办理的转诊，由其他机构发起",
                hint="请联系居民的签约机构或转诊办查明；结束后可再发起",
            ) from error
        return Outcome(first, first_event(first), repeated=True)


def episode_of(resident: Resident, disease: str, places: rules.Places) -> UUID:
    """The episode that a new referral belongs to: the last one of this illness, if it ended only days ago."""
    since = clock.now() - timedelta(days=rules.option("same_episode_days", places))
    last = (
        Referral.objects.filter(resident=resident, disease=disease, closed_at__gte=since).order_by("-closed_at").first()
    )
    return last.episode if last else new_id()


def first_event(case: Referral) -> Any:
    """The event that opened a case."""
    return CaseEvent.objects.filter(case_id=case.pk).order_by("sequence").first()


def signed_centre(resident: Resident) -> int | None:
    """The organisation with whom the resident is signed today."""
    return SignedCentre.objects.on().filter(resident=resident).values_list("organization_id", flat=True).first()
