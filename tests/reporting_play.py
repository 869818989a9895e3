"""A community that reports: a township fills in its quarter, the lead's council reviews."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import care_community
from care_community import Community

from yigongti.insight.reporting import duties, evidence, services
from yigongti.insight.reporting.models import Report
from yigongti.insight.reporting.plans import plans
from yigongti.insight.reporting.schemas import Answered, ItemIn
from yigongti.insight.reporting.workflow import Reporting
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import advance

NOW = datetime(2026, 10, 9, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


@dataclass
class House:
    """Who reports and who reviews."""

    community: Community
    entering: Actor
    reviewing: Actor
    commission: Actor
    stranger: Actor
    office: Actor

    def organization(self, name: str) -> int:
        return self.community.organizations[name].pk


def make_house() -> House:
    """The small community, with a second person at the township."""
    made = care_community.build()
    with acting(SYSTEM):
        office = care_community.person(made, "town-data", "data-office", "town")
        stranger = care_community.person(made, "foreign-director", "director", "foreign")
    return House(made, made["town-director"], made["council"], made["commission"], stranger, office)


def opened(house: House, where: str = "town", period: str = "2026Q3", plan: str = "members") -> Report:
    """The report of a member, opened as the platform does."""
    with acting(SYSTEM):
        found = {
            duty.organization_id: duty for duty in duties.duties(plans().plan(plan), duties.periods.span(period)[1])
        }
        return services.open_report(SYSTEM, duty=found[house.organization(where)], period=period)


def values(**changes: Any) -> list[ItemIn]:
    """A filled-in quarter of a member; ``changes`` by code (``-`` as ``_``) replace or drop (None) an item."""
    listed = {
        "staff-income": ItemIn(item="staff-income", numerator=Decimal(960000), denominator=Decimal(48)),
        "incentive-share": ItemIn(item="incentive-share", numerator=Decimal(336000), denominator=Decimal(960000)),
        "village-ecg": ItemIn(item="village-ecg", numerator=Decimal(9), denominator=Decimal(12)),
        "chinese-medicine-share": ItemIn(
            item="chinese-medicine-share", numerator=Decimal(1500), denominator=Decimal(6000)
        ),
        "visits-reported": ItemIn(item="visits-reported", value=Decimal(6000)),
        "expert-days": ItemIn(item="expert-days", value=Decimal("26.5")),
        "regular-running": ItemIn(
            item="regular-running",
            answers=[
                Answered(answer="yes", words="目录衔接文件 2026-04"),
                Answered(answer="partly", words="登记不全"),
                Answered(answer="yes"),
            ],
        ),
    }
    for name, one in changes.items():
        code = name.replace("_", "-")
        if one is None:
            listed.pop(code)
        else:
            listed[code] = one
    return list(listed.values())


def filled(house: House, report: Report, actor: Actor | None = None, **changes: Any) -> Report:
    """Values and the evidence of the judged item."""
    actor = actor or house.entering
    services.fill(actor, report=report, items=values(**changes))
    evidence.add(actor, report=report, item="regular-running", name="制度.pdf", content=PDF)
    return again(report)


def step(actor: Actor, report: Report, name: str, data: dict[str, Any] | None = None, **more: Any) -> Report:
    """Take a step."""
    done = advance(actor, Reporting, report.pk, name, data, **more).case
    assert isinstance(done, Report)
    return done


def submitted(house: House, **changes: Any) -> Report:
    """A quarter that waits for review."""
    return step(house.entering, filled(house, opened(house), **changes), "submit")


def accepted(house: House) -> Report:
    """A quarter in force."""
    return step(house.reviewing, submitted(house), "accept")


def again(report: Report) -> Report:
    """As it stands."""
    with acting(SYSTEM):
        return Report.objects.get(pk=report.pk)
