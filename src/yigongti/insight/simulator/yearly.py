"""What is reported once a year, played for two years: by the lead hospital, the insurance bureau, the commission.

The figures are invented and fit each other and the size of the county; what facts give besides is not far from them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from yigongti.insight import periods
from yigongti.insight.indicators.definitions import Indicator
from yigongti.insight.reporting import duties, evidence, services
from yigongti.insight.reporting.duties import Duty
from yigongti.insight.reporting.plans import plans
from yigongti.insight.reporting.schemas import Answered, ItemIn
from yigongti.insight.reporting.workflow import Reporting
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.people import Member, Staff
from yigongti.insight.simulator.returns import PAPER
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance

YEARS = 2
#: plan: where it is entered, in which role
PLANS = {
    "consortium": ("lead", "director"),
    "insurance": ("insurance", "insurance-bureau"),
    "commission": ("commission", "commission"),
    "insurance-assessment": ("insurance", "insurance-bureau"),
}
Figures = tuple[tuple[int | str, int | None], tuple[int | str, int | None]]
#: set and item: numerator and denominator, or value, of the last year and of the year before
REPORTED: dict[str, Figures] = {
    "monitoring-2024/2.2b": ((171, 228), (149, 228)),
    "monitoring-2024/2.3": ((62_400, 88_600), (58_900, 86_900)),
    "monitoring-2024/3.2": ((184_200_000, 246_800_000), (173_100_000, 237_500_000)),
    "monitoring-2024/3.3": ((48_600_000, 184_200_000), (42_900_000, 173_100_000)),
    "monitoring-2024/4.1": ((218_000_000, 42_600), (219_800_000, 41_900)),
    "monitoring-2024/4.2": ((42_600, 47_100), (41_900, 46_700)),
    "monitoring-2024/4.3": ((168_300, 1_870_000), (158_200, 1_841_000)),
    "monitoring-2024/5.2": (("11.86", None), ("12.31", None)),
    "insurance-assessment/1": ((12_100_000, 296_000_000), (15_700_000, 280_300_000)),
    "insurance-assessment/2": ((192_000_000, 308_100_000), (181_900_000, 296_000_000)),
    "insurance-assessment/4": ((184_200_000, 246_800_000), (173_100_000, 237_500_000)),
    "insurance-assessment/5": ((48_600_000, 184_200_000), (42_900_000, 173_100_000)),
}


def play(community: Community, staff: Staff) -> None:
    """Every yearly report of two years, entered in the first days of this year and accepted."""
    for back, period in enumerate(periods.ended("year", clock.today(), YEARS)):
        for name, (place, role) in PLANS.items():
            entering = staff.at(community.organizations[place].pk, role)[0]
            reviewing = staff.at(community.organizations["commission"].pk, "commission")[-1]
            with acting(SYSTEM):
                owed = list(duties.duties(plans().plan(name), periods.last_day(period)))
            for duty in owed:
                if duty.organization_id == entering.organization.pk:
                    _report(duty, period, back, entering, reviewing)


def _report(duty: Duty, period: str, back: int, entering: Member, reviewing: Member) -> None:
    after = min(
        datetime(clock.today().year, 1, 6, 9, 30, tzinfo=timezone.get_current_timezone()),
        clock.now() - timedelta(days=20),
    )
    items = duty.plan.asked("year")
    with clock.travelling(after), acting(SYSTEM):
        report = services.open_report(SYSTEM, duty=duty, period=period)
    with clock.travelling(after + timedelta(days=8)):
        services.fill(entering.actor, report=report, items=list(_entered(duty.plan.set, items, back)))
        for item in items:
            if item.kind == "judged":
                name = f"{item.name}.pdf"
                evidence.add(entering.actor, report=report, item=item.indicator, name=name, content=PAPER.encode())
    with clock.travelling(after + timedelta(days=10)):
        advance(entering.actor, Reporting, report.pk, "submit")
    with clock.travelling(after + timedelta(days=16)):
        advance(reviewing.actor, Reporting, report.pk, "accept", {"note": "与台账核对一致，接受。"})


def _entered(name: str, items: list[Indicator], back: int) -> Iterator[ItemIn]:
    for item in items:
        if item.kind == "judged":
            said = ["partly" if number == 0 and back else "yes" for number in range(len(item.criteria))]
            answers = [Answered.model_validate({"answer": one, "words": "见制度文件和运行记录"}) for one in said]
            yield ItemIn(item=item.indicator, answers=answers)
            continue
        first, second = REPORTED[f"{name}/{item.indicator}"][back]
        if second is None:
            yield ItemIn(item=item.indicator, value=Decimal(first))
        else:
            yield ItemIn(item=item.indicator, numerator=Decimal(first), denominator=Decimal(second))
