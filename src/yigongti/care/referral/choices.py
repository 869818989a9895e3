"""What the fields marked ``ChoicesFrom`` may be, for one case and one step."""

from typing import Any

from django.db.models import Q
from pydantic import BaseModel

from yigongti.kernel.access.models import Grant
from yigongti.kernel.access.roles import Role
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.consortia.models import Assistance, Membership
from yigongti.registry.organizations.models import Organization

from . import destinations, rules, services
from .models import Referral

Options = list[tuple[Any, str]]
#: the four priorities of policy ``referral/priorities``, in words
PRIVILEGES = {"clinic": "优先预约", "consultation": "优先诊疗", "exam": "优先检查", "bed": "优先住院"}


def choices_for(schema: type[BaseModel], case: Referral) -> dict[str, Options]:
    """Every list that the schema asks for, each read once."""
    wanted = {
        mark.name for info in schema.model_fields.values() for mark in info.metadata if isinstance(mark, ChoicesFrom)
    }
    return {name: _options(name, case) for name in wanted}


def _options(name: str, case: Referral) -> Options:
    if name.startswith("reasons:"):
        return list(rules.reasons(name.removeprefix("reasons:"), case.places))
    return {
        "destinations": _destinations,
        "departments": lambda c: list(services.departments_of(c.counterpart_organization_id or 0)),
        "privileges": lambda c: list(PRIVILEGES.items()),
        "checklist": lambda c: [(item["id"], f"{item['name']}（{item['who']}）") for item in c.checklist],
        "colleagues": _colleagues,
    }[name](case)


def _destinations(case: Referral) -> Options:
    """Up: the lead, the other hospitals of the consortium, the helping hospitals. Down: the primary level."""
    consortium = destinations.consortium_of(case.home_organization)
    lead = destinations.lead_of(consortium)
    members = Membership.objects.on().filter(consortium=consortium).values("organization_id")
    helpers = Assistance.objects.on().filter(helped=lead).values("helper_id")
    here = Q(pk__in=members) | Q(pk=case.counterpart_organization_id)
    if case.direction == Referral.Direction.DOWN:
        here |= Q(part_of__in=members)
        wanted = Organization.objects.filter(here, tier__in=Organization.PRIMARY)
    else:
        tiers = [Organization.Tier.COUNTY, Organization.Tier.CITY, Organization.Tier.TOWNSHIP]
        wanted = Organization.objects.filter(here | Q(pk__in=helpers) | Q(tier=Organization.Tier.CITY), tier__in=tiers)
    found = wanted.filter(closed_on=None).exclude(pk=case.home_organization_id).order_by("code")[:400]
    first = case.counterpart_organization_id
    return sorted(((o.pk, o.name) for o in found), key=lambda option: (option[0] != first, option[1]))


def _colleagues(case: Referral) -> Options:
    """People who may do the open step where it is owed."""
    roles = [role.code for role in Role.registry.values() if case.owner_permission in role.permissions]
    from yigongti.kernel import clock

    today = clock.today()
    grants = Grant.objects.filter(
        Q(until=None) | Q(until__gt=today), role__in=roles, organization=case.owner_organization, start__lte=today
    )
    people = grants.filter(user__is_active=True).order_by("user__name").values_list("user_id", "user__name")
    return list(dict(people).items())
