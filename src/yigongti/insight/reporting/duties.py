"""Which organisations owe which reports, and who reviews them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import Indicator
from yigongti.insight.indicators.sets import Edition
from yigongti.kernel import clock
from yigongti.kernel.access.models import Grant
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.notices.services import holding
from yigongti.kernel.policy.store import store
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import holding as in_force_on
from yigongti.registry.places.models import Area

from .models import Report
from .plans import Plan, Plans, plans

AUTHORITY = Organization.Tier.AUTHORITY
COUNTY = 6


@dataclass(frozen=True)
class Duty:
    """One report that is owed: by whom, for which unit."""

    plan: Plan
    organization_id: int
    organization: str
    level: str
    unit: str
    unit_name: str
    place: str

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.plan.id}:{self.organization_id}:{self.unit}"

    @property
    def title(self) -> str:
        """成员单位季报 · 楠市分院."""
        return f"{self.plan.name} · {self.unit_name}"


def duties(plan: Plan, day: date) -> Iterator[Duty]:
    """Everything owed under a plan for a period that ends on ``day``."""
    if plan.level == "county":
        yield from _authorities(plan, day)
        return
    for member in _members(plan, day):
        one, consortium = member.organization, member.consortium
        whole = plan.level == "consortium"
        yield Duty(
            plan=plan,
            organization_id=one.pk,
            organization=one.name,
            level=plan.level,
            unit=str(consortium.pk if whole else one.pk),
            unit_name=str(consortium if whole else one)[:128],
            place=one.area_code[:COUNTY],
        )


def _members(plan: Plan, day: date) -> Iterator[Membership]:
    """Members of tight consortia on the day, each organisation once; for a consortium its lead."""
    rows = Membership.objects.filter(
        in_force_on(day),
        in_force_on(day, start="consortium__start", until="consortium__until"),
        in_force_on(day, start="organization__opened_on", until="organization__closed_on"),
        consortium__tightness=Consortium.Tightness.TIGHT,
        organization__on_platform=True,
    ).exclude(role=Membership.Role.PARTNER)
    if plan.level == "consortium":
        rows = rows.filter(role=Membership.Role.LEAD)
    if plan.by.tiers:
        rows = rows.filter(organization__tier__in=plan.by.tiers)
    seen: set[int] = set()
    for row in rows.select_related("organization", "consortium").order_by("consortium__start", "organization__code"):
        if row.organization_id not in seen or plan.level == "consortium":
            seen.add(row.organization_id)
            yield row


def _authorities(plan: Plan, day: date) -> Iterator[Duty]:
    granted = Grant.objects.filter(in_force_on(), role=plan.by.role).values("organization_id")
    found = Organization.objects.on(day).filter(tier=AUTHORITY, pk__in=granted).exclude(area_code="").order_by("code")
    rows = list(found)
    names = dict(Area.objects.filter(code__in={one.area_code[:COUNTY] for one in rows}).values_list("code", "name"))
    for one in rows:
        county = one.area_code[:COUNTY]
        yield Duty(plan, one.pk, one.name, plan.level, county, names.get(county, county), county)


def reviewers(homes: Iterable[int]) -> dict[int, int]:
    """Who reviews the reports of each organisation: the lead of its consortium, else who stands above it, else the
    authority of its county, else another person of its own. Only organisations at which somebody may review.
    """
    listed = list(homes)
    able = set(
        Grant.objects.filter(in_force_on(), role__in=holding(Permission.INDICATOR_REVIEW)).values_list(
            "organization_id", flat=True
        )
    )
    wanted = Organization.objects.filter(Q(pk__in=listed) | Q(pk__in=able) | Q(children__in=listed))
    known = {one.pk: one for one in wanted.distinct()}
    leads = _leads(listed)
    found = {}
    for home in listed:
        candidates = [*leads.get(home, ()), *_above(home, known), *_of_county(home, known, able), home]
        chosen = next((one for one in candidates if one in able and (one != home or one is candidates[-1])), None)
        if chosen is not None:
            found[home] = chosen
    return found


def _leads(homes: list[int]) -> dict[int, list[int]]:
    mine = Membership.objects.filter(
        in_force_on(), organization__in=homes, consortium__tightness=Consortium.Tightness.TIGHT
    ).values_list("organization_id", "consortium_id")
    leading = Membership.objects.filter(in_force_on(), role=Membership.Role.LEAD)
    by_consortium = dict(leading.values_list("consortium_id", "organization_id"))
    found: dict[int, list[int]] = {}
    for home, consortium in mine:
        if (lead := by_consortium.get(consortium)) not in (None, home):
            found.setdefault(home, []).append(lead)
    return found


def _above(home: int, known: Mapping[int, Organization]) -> list[int]:
    chain: list[int] = []
    one = known.get(home)
    while one and one.part_of_id and one.part_of_id not in chain:
        chain.append(one.part_of_id)
        one = known.get(one.part_of_id)
    return chain


def _of_county(home: int, known: Mapping[int, Organization], able: set[int]) -> list[int]:
    county = known[home].area_code[:COUNTY] if home in known else ""
    return sorted(
        one.pk
        for one in known.values()
        if one.pk in able and one.pk != home and one.tier == AUTHORITY and one.area_code[:COUNTY] == county
    )


def asked(report: Report, policy: Plans | None = None) -> list[Indicator]:
    """The items of a report: by the set in force while it is entered, afterwards by that of its submission."""
    plan = _plan(report, policy or plans())
    edition = None if report.is_editable or not report.policy_hash else _by_hash(report)
    return plan.asked(report.period_type, edition)


def current(report: Report) -> Edition:
    """The set in force. Raises NotFound."""
    return _plan(report, plans()).edition


def _plan(report: Report, policy: Plans) -> Plan:
    """The plan of a report; when it has been taken out, everything of the set at its level."""
    try:
        return policy.plan(report.plan)
    except NotFound:
        return Plan(
            id=report.plan,
            name=report.title,
            set=report.set,
            level=report.level,
            periods=[report.period_type],
            since=report.ends_on,
        )


def _by_hash(report: Report) -> Edition | None:
    from yigongti.insight.indicators.definitions import IndicatorSet

    for one in store().editions():
        if one.hash == report.policy_hash and isinstance(one.body, IndicatorSet) and one.body.name == report.set:
            return Edition(one.body, one.hash)
    return None


def recent(plan: Plan, most: int = 4) -> list[str]:
    """The last periods of a plan that are over, and the one that runs now, the latest first."""
    today = clock.today()
    found = []
    for kind in plan.periods:
        found += [periods.containing(kind, today), *periods.ended(kind, today, most)]
    return found
