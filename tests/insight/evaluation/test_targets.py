"""Targets: the largest remainder, two rounds of comments, a second person, and their use in the scores."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import evaluation_county as play
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from yigongti.insight.evaluation.apportioning import apportion
from yigongti.insight.evaluation.models import Score
from yigongti.insight.evaluation.targets import schemas, services
from yigongti.insight.evaluation.targets.models import Plan, Target
from yigongti.insight.evaluation.targets.workflow import Planning
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

WEIGHTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 10**6), min_size=1)


@given(whole=st.integers(0, 10**9), weights=WEIGHTS)
def test_the_parts_add_up_and_none_is_a_whole_away_from_its_share(whole: int, weights: dict[str, int]) -> None:
    parts = apportion(whole, weights)
    total = sum(weights.values())
    if not total:
        assert parts == {}
        return
    assert sum(parts.values()) == whole
    assert all(abs(parts[key] * total - whole * weight) < total for key, weight in weights.items())
    assert parts == apportion(whole, dict(reversed(weights.items())))


def test_nothing_negative_is_apportioned() -> None:
    with pytest.raises(ValueError, match="negative"):
        apportion(10, {"a": -1, "b": 2})


@pytest.fixture
def county(db: None) -> Iterator[play.County]:
    """The county."""
    return play.build()


def drafted(county: play.County) -> Plan:
    data = schemas.Drafting(policy="evaluation/service-targets", period=play.PERIOD, consortium=county.consortium.pk)
    return services.draft(county["council"], data=data)


def go(actor: Actor, plan: Plan, step: str, **data: object) -> Plan:
    found = advance(actor, Planning, plan.pk, step, data).case
    assert isinstance(found, Plan)
    return found


def of(plan: Plan, item: str) -> dict[str, int]:
    with acting(SYSTEM):
        rows = Target.objects.filter(plan=plan, item=item).select_related("organization")
        return {one.organization.code: one.standing for one in rows}


def test_a_proposal_is_computed_from_population_and_weights(county: play.County) -> None:
    plan = drafted(county)
    assert plan.totals == {"examinations": 90, "home-visits": 25, "follow-ups": 230}  # 501 × 0.18 = 90.18
    assert of(plan, "examinations") == {"T1": 35, "T2": 32, "T3": 23}
    assert of(plan, "follow-ups") == {"T1": 90, "T2": 100, "T3": 40}
    again = go(county["council"], plan, "apportion", numbers=[{"key": "examinations", "value": 100}])
    assert sum(of(again, "examinations").values()) == 100
    with pytest.raises(Conflict, match="已经有了"):
        drafted(county)


def test_two_rounds_then_a_second_person_and_the_scores_use_it(county: play.County) -> None:
    plan = drafted(county)
    council, director = county["council"], play.director(county, "town")
    town = county.made.organizations["town"].pk
    with pytest.raises(NotFound):
        services.access_plan(director, plan.pk)
    go(council, plan, "propose")
    said = schemas.TargetRemarking(organization=town, item="examinations", wanted=30, text="老人外出务工多")
    services.remark(director, case=services.access_plan(director, plan.pk), data=said)
    with pytest.raises(Conflict, match="还有 2 家没有回复"):
        go(council, plan, "end_first")
    with clock.travelling(clock.now() + timedelta(days=6)):
        go(council, plan, "end_first")
    targets = {f"{one.unit}:{one.item}": one for one in _targets(plan)}
    key = f"{town}:examinations"
    with pytest.raises(Invalid, match="比总量 90 少 5"):
        go(council, plan, "revise", numbers=[{"key": key, "value": 30}])
    other = next(k for k, one in targets.items() if one.item == "examinations" and k != key)
    numbers = [{"key": key, "value": 30}, {"key": other, "value": targets[other].standing + 5}]
    go(council, plan, "revise", numbers=numbers)
    go(council, plan, "circulate")
    for name in play.TOWNS:
        agreed = schemas.TargetRemarking(organization=county.made.organizations[name].pk)
        services.remark(play.director(county, name), case=plan, data=agreed)
    go(council, plan, "end_second")
    go(council, plan, "decide")
    with pytest.raises(Forbidden, match="不能是定稿的人"):
        go(council, plan, "approve")
    for name, blocked in (("council", "是您定的稿，须由另一位批准"), ("second", "")):
        browser = Client()
        browser.force_login(county.made.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
        actions = browser.get(plan.get_absolute_url()).context["page"].actions
        assert [one.blocked for one in actions if one.key == "approve"] == [blocked]
    assert go(county["second"], plan, "approve").state == "decided"
    case = play.opened(county)
    with acting(SYSTEM):
        score = Score.objects.get(answer=play.answer(case, county, "town"), item="examinations")
    assert (score.target, score.status, score.x, score.points) == (30, "scored", Decimal(500), Decimal(6))


def test_only_centres_of_the_plan_answer_and_only_in_a_round(county: play.County) -> None:
    plan = drafted(county)
    town = county.made.organizations["town"].pk
    said = schemas.TargetRemarking(organization=town)
    with pytest.raises(Conflict):
        services.remark(play.director(county, "town"), case=plan, data=said)
    go(county["council"], plan, "propose")
    with pytest.raises(Forbidden):
        services.remark(play.director(county, "town2"), case=plan, data=said)
    wanted = schemas.TargetRemarking(organization=town, item="examinations", wanted=5)
    with pytest.raises(Invalid, match="须写理由"):
        services.remark(play.director(county, "town"), case=plan, data=wanted)
    nameless = schemas.TargetRemarking(organization=town, wanted=5, text="老人外出务工多")
    with pytest.raises(Invalid, match="哪个项目"):
        services.remark(play.director(county, "town"), case=plan, data=nameless)


def _targets(plan: Plan) -> list[Target]:
    with acting(SYSTEM):
        return list(Target.objects.filter(plan=plan))


def test_no_step_takes_more_than_eight_statements(county: play.County) -> None:
    """Every step of a plan; counted without the savepoints of the tests."""
    plan, council, counts = drafted(county), county["council"], {}

    def counted(step: str, actor: Actor = council, **data: object) -> None:
        with CaptureQueriesContext(connection) as told:
            go(actor, plan, step, **data)
        counts[step] = len([q for q in told if "SAVEPOINT" not in q["sql"]])

    counted("cancel", note="另行拟定")
    plan = drafted(county)
    counted("apportion", numbers=[{"key": "examinations", "value": 100}])
    counted("propose")
    later = clock.now() + timedelta(days=6)
    with clock.travelling(later):
        counted("end_first")
        counted("revise", numbers=[])
        counted("circulate")
    with clock.travelling(later + timedelta(days=6)):
        counted("end_second")
        counted("decide")
        counted("send_back", county["second"], note="总量偏高")
        counted("decide")
        counted("approve", county["second"])
    assert set(counts) == set(Planning.steps)
    assert max(counts.values()) <= 8, counts
