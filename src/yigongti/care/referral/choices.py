"""What the fields marked ``ChoicesFrom`` may be, for one case and one step."""

from typing import Any

from django.db.models import Q, QuerySet
from pydantic import BaseModel

from yigongti.kernel.access.models import Grant
from yigongti.kernel.access.roles import Role
from yigongti.kernel.ui.fields import ChoicesFrom
from yigongti.registry.consortia.models import Assistance, Membership
from yigongti.registry.organizations.models import Organization

from . import assessing, destinations, rules, schemas, services
from .models import Referral

Options = list[tuple[Any, str]]
#: the four priorities of policy ``referral/priorities``, in words
PRIVILEGES = {"clinic": "优先预约", "consultation": "优先诊疗", "exam": "优先检查", "bed": "优先住院"}


#: words for the few values that the schemas name themselves
WORDS: dict[str, Options] = {
    "priorities": [("red", "红 · 危急"), ("yellow", "黄 · 优先"), ("green", "绿 · 常规")],
    "care-kinds": list(Referral.Care.choices),
    "yes-or-no": [("yes", "是"), ("no", "否")],
    "manners": [("clinic", "门诊"), ("home", "上门"), ("phone", "电话")],
    "privileges": list(PRIVILEGES.items()),
}


def choices_for(schema: type[BaseModel], case: Referral) -> dict[str, Options]:
    """Every list that the schema asks for, each read once."""
    wanted = {
        mark.name for info in schema.model_fields.values() for mark in info.metadata if isinstance(mark, ChoicesFrom)
    }
    down = issubclass(schema, schemas.Plan)
    return {name: _options(name, case, down=down) for name in sorted(wanted)}


def _options(name: str, case: Referral, *, down: bool) -> Options:
    if name.startswith("reasons:"):
        return list(rules.reasons(name.removeprefix("reasons:"), case.places))
    if name in WORDS:
        return WORDS[name]
    return {
        "destinations": lambda c: _below(c) if down else _above(c),
        "departments": _departments,
        "checklist": lambda c: [(item["id"], f"{item['name']}（{item['who']}）") for item in c.checklist],
        "colleagues": _colleagues,
        "assessed": assessing.offered,
    }[name](case)


def _departments(case: Referral) -> Options:
    """The departments of the receiver that take referrals."""
    return services.departments_of(case.counterpart_organization_id) if case.counterpart_organization_id else []


def _above(case: Referral) -> Options:
    """The lead, the other hospitals of the consortium, the hospitals that help, the cities'."""
    consortium = destinations.consortium_of(case.home_organization)
    members = Membership.objects.on().filter(consortium=consortium).values("organization_id")
    helpers = Assistance.objects.on().filter(helped=destinations.lead_of(consortium)).values("helper_id")
    here = Q(pk__in=members) | Q(pk=case.counterpart_organization_id)
    tiers = [Organization.Tier.COUNTY, Organization.Tier.CITY, Organization.Tier.TOWNSHIP]
    wanted = Organization.objects.filter(here | Q(pk__in=helpers) | Q(tier=Organization.Tier.CITY), tier__in=tiers)
    return _named(wanted.exclude(pk=case.home_organization_id), first=case.counterpart_organization_id)


def _below(case: Referral) -> Options:
    """The primary level of the hospital's consortium. Asked of a referral up, the hospital is the receiver."""
    up = case.direction == Referral.Direction.UP
    hospital = case.counterpart_organization if up else case.home_organization
    goal = case.home_organization_id if up else case.counterpart_organization_id
    consortium = destinations.consortium_of(hospital) if hospital else None
    members = Membership.objects.on().filter(consortium=consortium).values("organization_id")
    here = Q(pk__in=members) | Q(part_of__in=members) | Q(pk=goal)
    wanted = Organization.objects.filter(here, tier__in=Organization.PRIMARY)
    return _named(wanted, first=goal)


def _named(found: QuerySet[Organization], first: int | None) -> Options:
    """Id and name, the one that is meant already on top."""
    names = found.filter(closed_on=None).order_by("code").values_list("pk", "name")[:400]
    return sorted(names, key=lambda option: option[0] != first)


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
