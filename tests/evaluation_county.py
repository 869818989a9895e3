"""A county with a consortium of three townships and stored results, and everybody who takes part in an evaluation."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import care_community

from yigongti.insight.evaluation import schemas, services
from yigongti.insight.evaluation.models import Answer, Evaluation
from yigongti.insight.evaluation.workflow import Answering, Evaluating
from yigongti.insight.results.models import Measure, Result, Run, Unit
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import Outcome, advance
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization

PERIOD = "2026Q3"
POLICY = "evaluation/members-quarterly"
SNAPSHOT = "20261001-000000-abcdef01"
TOWNS = ("town", "town2", "town3")
#: indicator → numerator and denominator of each town
RESULTS: dict[str, tuple[tuple[int, int], ...]] = {
    "services/senior-primary-share": ((4, 20), (3, 20), (1, 20)),
    "public-health/SN00": ((600, 1000), (450, 1000), (200, 1000)),
    "public-health/SN-elderly": ((160, 200), (110, 200), (20, 200)),
    "public-health/S03": ((700, 1000), (400, 1000), (300, 1000)),
    "public-health/H00": ((90, 200), (100, 200), (40, 200)),
    "public-health/H02": ((65, 90), (50, 100), (12, 40)),
    "public-health/D02": ((20, 40), (30, 60), (5, 20)),
    "referral/down-accept-in-time": ((19, 20), (8, 10), (1, 2)),
    "referral/follow-up-in-time": ((18, 20), (7, 10), (1, 2)),
    "services/steps-in-time": ((95, 100), (80, 100), (30, 50)),
    "services/long-prescription-share": ((40, 100), (30, 100), (10, 100)),
    "services/examinations": ((150, 0), (90, 0), (20, 0)),
    "public-health/residents": ((1000, 0), (1000, 0), (1000, 0)),
    "public-health/elderly": ((200, 0), (180, 0), (121, 0)),
    "public-health/H-patients": ((90, 0), (100, 0), (40, 0)),
    "public-health/D-patients": ((40, 0), (60, 0), (20, 0)),
}


@dataclass
class County:
    """Who is there, by name."""

    made: care_community.Community
    consortium: Consortium
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]


def build() -> County:
    """The county in the current database, with the results of :data:`PERIOD` and of the quarter before."""
    made = care_community.build()
    with acting(SYSTEM):
        consortium = Consortium.objects.get()
        third = Organization.objects.create(
            code="T3", name="测试town3", tier="township", opened_on=date(2024, 1, 1), area_code="431127103"
        )
        made.organizations["town3"] = third
        Membership.objects.create(consortium=consortium, organization=third, role="branch", start=date(2024, 1, 1))
        for key, role, where in (
            ("second", "council", "county"),
            ("town2-director", "director", "town2"),
            ("town3-director", "director", "town3"),
            ("foreign-director", "director", "foreign"),
        ):
            care_community.person(made, key, role, where, subtree=True)
        _results(made)
    actors = {name: made[name] for name in ("council", "second", "commission", "town-director", "family-doctor")}
    actors |= {name: made[name] for name in ("town2-director", "town3-director", "foreign-director")}
    return County(made, consortium, actors)


def _results(made: care_community.Community) -> None:
    run = Run.objects.create(snapshot=SNAPSHOT)
    units = []
    for name in TOWNS:
        one = made.organizations[name]
        units.append(Unit.objects.create(level="centre", key=str(one.pk), title=one.name, organization=one))
    for code, rows in RESULTS.items():
        kind = code.split("/")[0]
        measure = Measure.objects.create(code=code, set=kind, title=code, edition="e" * 8, definition="d" * 8)
        for unit, (n, d) in zip(units, rows, strict=True):
            value = Decimal(n) if not d else (Decimal(n) * 100 / d).quantize(Decimal("0.000001"))
            for period in (PERIOD, "2026Q2"):
                Result.objects.create(
                    measure=measure,
                    unit=unit,
                    type="quarter",
                    period=period,
                    run=run,
                    numerator=n,
                    denominator=d or None,
                    value=value,
                    reported=3,
                    expected=3,
                )


def opened(county: County, **changes: Any) -> Evaluation:
    """The quarterly evaluation of the members."""
    values = {"policy": POLICY, "period": PERIOD, "consortium": county.consortium.pk, **changes}
    return services.open_evaluation(county["council"], data=schemas.Opening(**values))


def step(actor: Actor, case: Evaluation, name: str, **data: Any) -> Outcome:
    """A step of the evaluation."""
    return advance(actor, Evaluating, case.pk, name, data)


def answer(case: Evaluation, county: County, town: str) -> Answer:
    """The answer of a town as it stands."""
    with acting(SYSTEM):
        return Answer.objects.select_related("evaluation").get(
            evaluation=case, home_organization=county.made.organizations[town]
        )


def say(actor: Actor, one: Answer, name: str, **data: Any) -> Outcome:
    """A step of an answer."""
    return advance(actor, Answering, one.pk, name, data)


JUDGED = ("rounds", "cost-control")


def director(county: County, town: str) -> Actor:
    """The director of a town."""
    return county[f"{town}-director"]


def reported(county: County, case: Evaluation) -> None:
    """Everybody hands in, beside what was filled in already: the judged items at 80 percent."""
    if again(case).state == "preparing":
        step(county["council"], case, "start")
    for town in TOWNS:
        one, who = answer(case, county, town), director(county, town)
        say(who, one, "fill", values=[{"item": item, "value": 80} for item in JUDGED])
        say(who, one, "submit", statement="已核对")


def judged(county: County, case: Evaluation) -> None:
    """Everybody has handed in and is judged: 100, 80 and 50 percent."""
    reported(county, case)
    step(county["council"], case, "end_reports")
    marks = [
        {"answer": str(answer(case, county, town).pk), "item": item, "value": value, "note": "查阅材料"}
        for town, value in zip(TOWNS, (100, 80, 50), strict=True)
        for item in JUDGED
    ]
    step(county["council"], case, "judge", marks=marks)


def appealing(county: County, case: Evaluation) -> None:
    """Up to the appeals, nobody having commented."""
    judged(county, case)
    step(county["council"], case, "circulate")
    for town in TOWNS:
        say(director(county, town), answer(case, county, town), "agree")
    step(county["council"], case, "open_appeals")


def published(county: County, case: Evaluation) -> Evaluation:
    """All the way, without appeals."""
    appealing(county, case)
    for town in TOWNS:
        say(director(county, town), answer(case, county, town), "finish")
    step(county["council"], case, "end_appeals")
    step(county["council"], case, "decide", conclusion="总体良好。", pool="100000.01")
    step(county["second"], case, "publish")
    return again(case)


def again(case: Evaluation) -> Evaluation:
    """The evaluation as it stands."""
    with acting(SYSTEM):
        return Evaluation.objects.get(pk=case.pk)


def latest() -> Evaluation:
    """The newest evaluation."""
    with acting(SYSTEM):
        return Evaluation.objects.latest("opened_at")
