"""Whose numbers a person may see, and where small counts are hidden.

Who may look at indicators sees the own organisation and its centre, every member of the own consortium, the consortium
and the county: members are compared openly (desks: fairly, with denominators). Who watches a county (health commission,
insurance bureau) sees every unit of it.
"""

from decimal import Decimal

from django.db.models import Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.consortia.models import Membership
from yigongti.registry.organizations.models import Organization

from .models import Unit

MAY = Permission.INDICATOR_READ
SMALL = Decimal(7)
"""Counts from 1 to this are hidden from readers outside the care and the management of a unit (issue: ≤ 7)."""
WATCHING = frozenset({"commission", "insurance-bureau"})


def units(actor: Actor) -> QuerySet[Unit]:
    """The units whose numbers the actor may see."""
    if actor.everything:
        return Unit.objects.all()
    own = actor.organizations(MAY)
    centres = Organization.objects.filter(pk__in=own).values("part_of_id")
    near = Q(organization_id__in=own) | Q(organization_id__in=centres)
    today = clock.today()
    memberships = Membership.objects.on(today).filter(Q(organization_id__in=own) | Q(organization_id__in=centres))
    consortia = memberships.values("consortium_id")
    fellows = Membership.objects.on(today).filter(consortium_id__in=consortia).values("organization_id")
    counties = Organization.objects.filter(pk__in=own).exclude(area_code="").values_list("area_code", flat=True)
    codes = {code[:6] for code in counties}
    seen = (
        near
        | Q(consortium_id__in=consortia)
        | Q(organization_id__in=fellows)
        | Q(organization__part_of_id__in=fellows)
        | Q(level="county", key__in=codes)
    )
    if watches(actor):
        seen |= Q(county__in=codes) | Q(level="county")
    return Unit.objects.filter(seen)


def watches(actor: Actor) -> bool:
    """Whether the actor watches a whole county."""
    return any(grant.role in WATCHING for grant in actor.grants)


def answers_for(actor: Actor, unit: Unit) -> bool:
    """Whether the actor cares for the people of the unit or manages it: small counts are not hidden then."""
    if actor.everything:
        return True
    own = actor.organizations(MAY)
    if unit.organization_id:
        stations = Organization.objects.filter(pk__in=own, part_of_id=unit.organization_id)
        return unit.organization_id in own or stations.exists()
    if not actor.may(Permission.INDICATOR_REVIEW) or unit.consortium_id is None:
        return actor.may(Permission.INDICATOR_REVIEW)
    members = Membership.objects.on(clock.today()).filter(consortium_id=unit.consortium_id, organization_id__in=own)
    return members.exists()


def hidden(count: Decimal | None) -> bool:
    """Whether a count is so small that it could tell who is meant."""
    return count is not None and 0 < count <= SMALL
