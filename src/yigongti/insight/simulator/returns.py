"""The reports of the members for the last two quarters, played: entered, reviewed, returned, still owed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db.models import Count
from django.utils import timezone

from yigongti.insight import periods
from yigongti.insight.reporting import duties, evidence, published, services
from yigongti.insight.reporting.duties import Duty
from yigongti.insight.reporting.models import Report
from yigongti.insight.reporting.plans import plans
from yigongti.insight.reporting.schemas import Answered, ItemIn
from yigongti.insight.reporting.workflow import Reporting
from yigongti.insight.simulator import lanshan
from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.people import Member, Staff
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.events.models import Outbox
from yigongti.records.health_record.models import Encounter

PLAN, KIND, SEED = "members", "quarter", 2026_0931
VISITS = ("outpatient", "emergency", "home")
#: who stands otherwise in the last quarter: sent back, waiting for review, not delivered; the rest is accepted
RETURNED, WAITING, OWING = lanshan.DEMO_BRANCH, "tushi", ("daqiao", "jingzhu")
PAPER = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 300]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>endobj
4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
5 0 obj<</Length 75>>stream
BT /F 14 Tf 40 220 Td (Demonstration: record of mutual recognition) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
"""


@dataclass(frozen=True)
class House:
    """A member that reports: its duty, who enters, who reviews, its size."""

    key: str
    duty: Duty
    entering: Member
    reviewing: Member
    staff: int
    clinics: int


def play(community: Community, staff: Staff) -> Counter[str]:
    """Two quarters of every member; returns how many reports stand in which state."""
    with acting(SYSTEM):
        known = list(periods.ended(KIND, clock.today(), 2))
        houses = _houses(community, staff, periods.span(known[0])[1])
        counted = {period: _visits(period) for period in known}
    for period in reversed(known):
        for house in houses:
            latest = period == known[0]
            _quarter(house, period, counted[period].get(house.duty.organization_id, 0), latest=latest)
    with acting(SYSTEM):
        return _settle()


def _houses(community: Community, staff: Staff, day: date) -> list[House]:
    by_organization = {one.pk: key for key, one in community.organizations.items()}
    clinics = Counter(service.branch for service in community.services) if community.services else Counter()
    found = []
    for duty in duties.duties(plans().plan(PLAN), day):
        key = by_organization.get(duty.organization_id, "")
        directors = staff.at(duty.organization_id, "director")
        if not directors:
            continue
        council = staff.at(community.lead.pk, "council")
        commission = staff.at(community.organizations["commission"].pk, "commission")
        reviewing = commission[0] if duty.organization_id == community.lead.pk else council[0]
        beds = community.organizations[key].beds if key else 20
        found.append(House(key, duty, directors[0], reviewing, 12 + beds, max(4, clinics.get(key, beds // 4))))
    return found


def _visits(period: str) -> Mapping[int, int]:
    """Outpatient, emergency and home visits by organisation, as the records have them."""
    first, last = periods.span(period)
    rows = Encounter.objects.filter(kind__in=VISITS, started_at__date__range=(first, last))
    return dict(rows.values_list("organization_id").annotate(Count("pk")))


def _quarter(house: House, period: str, visits: int, *, latest: bool) -> None:
    """From the first day after the quarter to where this member stands."""
    chance = Random(f"{SEED}{house.key}{period}")  # noqa: S311
    after = datetime.combine(periods.span(period)[1] + timedelta(days=1), time(9, 30), timezone.get_current_timezone())
    with clock.travelling(after), acting(SYSTEM):
        report = services.open_report(SYSTEM, duty=house.duty, period=period)
    if latest and house.key in OWING:
        return
    actor, reviewer = house.entering.actor, house.reviewing.actor
    with clock.travelling(after + timedelta(days=chance.randint(3, 9), minutes=chance.randint(0, 300))):
        services.fill(actor, report=report, items=_values(house, visits, chance, odd=latest and house.key == RETURNED))
        evidence.add(actor, report=report, item="regular-running", name="互认与转诊登记.pdf", content=PAPER.encode())
    with clock.travelling(after + timedelta(days=chance.randint(10, 13), hours=1)):
        advance(actor, Reporting, report.pk, "submit")
    if latest and house.key == WAITING:
        return
    with clock.travelling(after + timedelta(days=chance.randint(14, 17), hours=2)):
        if latest and house.key == RETURNED:
            advance(reviewer, Reporting, report.pk, "send_back", RETURNING)
        else:
            advance(reviewer, Reporting, report.pk, "accept", {"note": "齐全，接受。"})


RETURNING = {
    "verdicts": [
        {
            "item": "staff-income",
            "verdict": "returned",
            "reason": "与上期相差过大：是否把一次性补发的绩效也算在内，请核对并说明",
        },
        {"item": "village-ecg", "verdict": "accepted", "reason": ""},
        {"item": "visits-reported", "verdict": "accepted", "reason": ""},
    ],
    "note": "收入一项请核对后重报，其余无异议。",
}


def _values(house: House, visits: int, chance: Random, *, odd: bool) -> list[ItemIn]:
    """Plausible figures (drawn); the visits are those of the records, counted a little differently."""
    pay = Decimal(chance.randint(15_500, 21_000))
    if odd:
        pay *= Decimal("1.9")
    total = (pay * house.staff).quantize(Decimal(1))
    equipped = chance.randint(house.clinics // 2, house.clinics)
    told = visits + chance.choice((0, 0, 3, -2, max(1, visits // 9)))
    answers = [chance.choice(("yes", "yes", "yes", "partly")) for _ in range(3)]
    return [
        ItemIn(item="staff-income", numerator=total, denominator=Decimal(house.staff)),
        ItemIn(
            item="incentive-share",
            numerator=(total * chance.randint(28, 41) / 100).quantize(Decimal(1)),
            denominator=total,
        ),
        ItemIn(item="village-ecg", numerator=Decimal(equipped), denominator=Decimal(house.clinics)),
        ItemIn(
            item="chinese-medicine-share",
            numerator=Decimal(max(told, 20) * chance.randint(12, 34) // 100),
            denominator=Decimal(max(told, 20)),
        ),
        ItemIn(item="visits-reported", value=Decimal(max(told, 0))),
        ItemIn(item="expert-days", value=Decimal(chance.randint(20, 90)) / 2),
        ItemIn(
            item="regular-running",
            answers=[
                Answered.model_validate({"answer": answer, "words": words})
                for answer, words in zip(answers, WORDS, strict=True)
            ],
        ),
    ]


WORDS = ("目录与县中心医院衔接，缺药由中心药房调拨", "检查检验互认登记本，见附件", "转诊专干一名，转回病人三日内随访")


def _settle() -> Counter[str]:
    """What was accepted stands in the results; the news of what is over was read long ago."""
    for report in Report.objects.filter(accepted_edition__gt=0):
        published.put(report)
    over = Report.objects.filter(state__in=("accepted", "draft")).values_list("pk", flat=True)
    told = Outbox.objects.filter(name__startswith=f"{Reporting.name}.")
    told.filter(payload__case__in=[str(pk) for pk in over]).delete()
    return Counter(Report.objects.values_list("state", flat=True))
