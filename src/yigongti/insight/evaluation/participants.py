"""Who takes part: the members of a consortium at the end of the period, or the consortia that a conductor reaches."""

from dataclasses import dataclass
from datetime import date

from yigongti.insight import periods
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization

from .definitions import Peers

REACH = Permission.EVALUATION_CONDUCT


@dataclass(frozen=True)
class Participant:
    """What is counted (``unit``), who answers for it, and the regional centre that it is an outpost of (``area``)."""

    unit: str
    title: str
    organization_id: int
    area: str = ""


def ends_on(period: str) -> date:
    """The last day of ``2026`` or ``2026Q3``. Raises Invalid."""
    return periods.last_day(period)


def latest(period_type: str) -> str:
    """The last quarter or year that is over."""
    return periods.before(periods.containing(period_type, clock.today()))


def spoken(period: str) -> str:
    """2026 年第 3 季度, 2026 年度."""
    return periods.title(period) + ("度" if len(period) == 4 else "")


def check_period(period: str, period_type: str) -> None:
    """Raises Invalid where the period is of another type or not over yet."""
    if (len(period) == 4) != (period_type == "year"):
        raise Invalid("时期与方案不符", hint="季度写 2026Q3，年度写 2026", field="period")
    if ends_on(period) >= clock.today():
        raise Invalid(f"{spoken(period)}还没有结束", hint=f"最近的是 {latest(period_type)}", field="period")


def consortia(actor: Actor) -> list[tuple[int, str]]:
    """The consortia whose lead is in the actor's reach, by code."""
    leads = Membership.objects.on().filter(role="lead", organization_id__in=actor.organizations(REACH))
    found = Consortium.objects.on().filter(pk__in=leads.values("consortium_id")).order_by("code")
    return [(one.pk, one.name) for one in found]


def members(consortium_id: int, peers: Peers, day: date) -> list[Participant]:
    """The members of a consortium on a day with the roles and tiers of the policy, by code."""
    rows = Membership.objects.on(day).filter(
        consortium_id=consortium_id, role__in=peers.roles, organization__tier__in=peers.tiers
    )
    found = list(Organization.objects.filter(pk__in=rows.values("organization_id"), on_platform=True).order_by("code"))
    names = {one.pk: str(one) for one in found}
    heads = {one.part_of_id for one in found} & names.keys()
    return [Participant(str(one.pk), names[one.pk], one.pk, _area(one, names, heads)) for one in found]


def _area(one: Organization, names: dict[int, str], heads: set[int | None]) -> str:
    """The regional centre (区域中心) that leads it, or that it is: a member of which others are outposts."""
    head = one.pk if one.pk in heads else one.part_of_id
    return names[head][:32] if head is not None and head in heads else ""


def communities(actor: Actor, day: date) -> list[Participant]:
    """The consortia in the actor's reach; their leads answer."""
    leads = (
        Membership.objects.on(day)
        .filter(role="lead", organization_id__in=actor.organizations(REACH))
        .select_related("consortium")
        .order_by("consortium__code")
    )
    return [Participant(str(one.consortium_id), one.consortium.name, one.organization_id) for one in leads]
