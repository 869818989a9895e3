"""Stored numbers of a small county, written as the store of results holds them: pages are all that is tested."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from care_community import START, Community, build, person
from django.test import Client

from yigongti.insight.results.models import Measure, Restatement, Result, Run, Unit
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization

NOW = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
CONTROL = "public-health/H02"
SIGNED = "public-health/SN00"
VISITS = "services/visits"
SHARE = "monitoring-2024/3.1"
MEMBERS = 12


@dataclass
class County:
    """The community, its units by name, its run."""

    community: Community
    run: Run
    units: dict[str, Unit] = field(default_factory=dict)

    def put(
        self,
        code: str,
        unit: str,
        period: str,
        numerator: int,
        denominator: int | None,
        *,
        part: tuple[str, str] = ("", ""),
    ) -> Result:
        """Store one number; a share in percent, a count as it is."""
        measure, _ = Measure.objects.get_or_create(
            code=code,
            defaults={"set": code.partition("/")[0], "title": code, "edition": "e", "definition": "d"},
        )
        share = Decimal(numerator) * 100 / denominator if denominator else None
        return Result.objects.create(
            measure=measure,
            unit=self.units[unit],
            type={4: "year", 6: "quarter", 7: "month"}[len(period)],
            period=period,
            stratum=part[0],
            part=part[1],
            numerator=numerator,
            denominator=denominator,
            value=round(share, 6) if share is not None else (None if denominator == 0 else Decimal(numerator)),
            reported=3,
            expected=3,
            run=self.run,
        )

    def restate(self, code: str, unit: str, period: str, before: int, after: int, denominator: int) -> None:
        """A published number moved."""
        Restatement.objects.create(
            run=self.run,
            measure=Measure.objects.get(code=code),
            unit=self.units[unit],
            type="quarter",
            period=period,
            numerator_before=before,
            denominator_before=denominator,
            value_before=Decimal(before) * 100 / denominator,
            numerator=after,
            denominator=denominator,
            value=Decimal(after) * 100 / denominator,
        )

    def client(self, name: str) -> Client:
        """A browser in which this person is logged in."""
        client = Client()
        client.force_login(self.community.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
        return client

    def key(self, unit: str) -> str:
        """How URLs name the unit."""
        return self.units[unit].key


def build_county() -> County:
    """Two townships, a hospital, ten more members, a village, a foreign county; three quarters of numbers."""
    community = build()
    with acting(SYSTEM):
        person(community, "pharmacist", "pharmacist", "county")
        person(community, "insurer", "insurance-bureau", "commission")
        person(community, "data-office", "data-office", "county")
        person(community, "foreign-director", "director", "foreign")
        made = County(community, Run.objects.create(snapshot="s1", at=clock.now()))
        houses = dict(community.organizations)
        consortium = Consortium.objects.get()
        for number in range(MEMBERS - 3):
            house = Organization.objects.create(
                code=f"M{number}",
                name=f"第{number}分院",
                tier="township",
                area_code=f"43112720{number}",
                opened_on=START,
                longitude=Decimal(112) + number,
                latitude=Decimal(25) + number % 3,
            )
            Membership.objects.create(consortium=consortium, organization=house, role="branch", start=START)
            houses[f"m{number}"] = house
        for name, house in houses.items():
            levels = ("organization", "centre") if house.tier not in ("village", "authority") else ("organization",)
            for level in levels:
                made.units[name if level == "organization" else f"{name}+"] = Unit.objects.create(
                    level=level, key=str(house.pk), title=house.name, county=house.area_code[:6], organization=house
                )
        made.units["all of us"] = Unit.objects.create(
            level="consortium", key=str(consortium.pk), title=consortium.name, county="431127", consortium=consortium
        )
        for code in ("431127", "431126"):
            made.units[code] = Unit.objects.create(level="county", key=code, title=f"县{code}", county=code)
        _numbers(made)
    return made


def _numbers(made: County) -> None:
    members = [name for name in made.units if name.endswith("+") and name not in ("foreign+", "city+")]
    for period, base in (("2026Q1", 40), ("2026Q2", 45), ("2026Q3", 50)):
        for number, name in enumerate(members):
            controlled = 10 if name == "town2+" and period == "2026Q3" else base + number % 3
            made.put(CONTROL, name, period, controlled, 100)
        for whole in ("all of us", "431127"):
            made.put(CONTROL, whole, period, base * MEMBERS, 100 * MEMBERS)
    made.put(CONTROL, "foreign+", "2026Q3", 50, 100)
    for period, count in (("2026-09", 4), ("2026-10", 5)):
        made.put(SIGNED, "town+", period, count, 20)
        made.put(SIGNED, "town", period, count, 20)
        made.put(VISITS, "village", period, count, None)
        made.put(SHARE, "431127", period, 60 + count, 100)
        made.put(SHARE, "all of us", period, 60 + count, 100)
    for part, count in (("65-74", 300), ("75+", 4)):
        made.put(CONTROL, "431127", "2026Q3", count, 2 * count, part=("age", part))
    made.restate(CONTROL, "431127", "2026Q2", 520, 540, 1200)
