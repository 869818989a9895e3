"""Members of an area answer for each other: the award by hand, its properties, and the step that names the areas."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import evaluation_county as play
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yigongti.insight.evaluation import schemas, services
from yigongti.insight.evaluation.awarding import Standing, awards
from yigongti.insight.evaluation.definitions import EvaluationPolicy
from yigongti.insight.evaluation.models import Answer
from yigongti.insight.evaluation.recomputing import recompute
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.store import folder

GRADES = ("excellent", "good", "fair", "poor")


def policy(**linked: Any) -> EvaluationPolicy:
    """The quarterly evaluation, with other areas."""
    text = (folder() / "evaluation/members-quarterly.yaml").read_text(encoding="utf-8")
    found = load(text, "members-quarterly.yaml")
    assert isinstance(found, EvaluationPolicy)
    assert found.linked is not None
    return found.model_copy(update={"linked": found.linked.model_copy(update=linked) if linked else found.linked})


def test_a_fifth_of_the_parts_is_the_mean_of_the_area() -> None:
    standings = [
        Standing("1", "excellent", "东片"),
        Standing("2", "fair", "东片"),
        Standing("3", "poor", "东片"),
        Standing("4", "good", "西片"),
        Standing("5", "good"),
    ]
    found = awards(policy(), 1_300_00, standings)
    assert found["1"].mean == 2
    assert [found[unit].parts for unit in "12345"] == [Fraction(36, 10), 2, 0, 3, 3]
    assert [found[unit].alone for unit in "12345"] == [43333, 21667, 0, 32500, 32500]
    assert [found[unit].award for unit in "12345"] == [40345, 22414, 0, 33621, 33620]
    assert awards(policy(without=[]), 100, standings)["3"].parts == Fraction(2, 5)


@given(
    st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(["", "东", "西"])), min_size=1, max_size=12),
    st.integers(0, 10**9),
    st.integers(1, 100),
)
def test_the_pool_is_used_to_the_fen_and_only_areas_move_anything(
    told: list[tuple[str, str]], pool: int, share: int
) -> None:
    standings = [Standing(str(n), grade, area) for n, (grade, area) in enumerate(told)]
    found = awards(policy(share=Decimal(share), without=[]), pool, standings)
    anything = any(grade != "poor" for grade, _ in told)
    assert sum(one.award for one in found.values()) == sum(one.alone for one in found.values()) == pool * anything
    assert sum((one.parts for one in found.values()), Fraction(0)) == sum(one.own for one in found.values())
    assert all(one.parts == one.own for one in found.values() if one.mean is None)
    backwards = awards(policy(share=Decimal(share), without=[]), pool, standings[::-1])
    assert backwards == found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("without: [poor]", "without: [worst]", "没有等次 worst"), ("share: 20", "share: 120", "100")],
)
def test_a_rule_that_cannot_hold_is_refused(old: str, new: str, words: str) -> None:
    text = (folder() / "evaluation/members-quarterly.yaml").read_text(encoding="utf-8")
    with pytest.raises(Invalid, match=words):
        load(text.replace(old, new), "members-quarterly.yaml")


@pytest.fixture
def county(db: None) -> Iterator[play.County]:
    """The county."""
    return play.build()


def client(county: play.County, name: str) -> Client:
    found = Client()
    found.force_login(county.made.users[name], backend="yigongti.kernel.access.backends.GrantedBackend")
    return found


def area(county: play.County, case: Any, *towns: str, name: str = "东片") -> None:
    """These towns answer for each other."""
    told = [{"answer": str(play.answer(case, county, town).pk), "area": name} for town in towns]
    play.step(county["council"], case, "group", areas=told)


def test_areas_are_named_before_the_scores_are_shown(county: play.County) -> None:
    case = play.opened(county)
    with pytest.raises(Invalid, match="只有一家"):
        area(county, case, "town")
    area(county, case, "town", "town3")
    assert [play.answer(case, county, town).area for town in play.TOWNS] == ["东片", "", "东片"]
    play.judged(county, case)
    with pytest.raises(Forbidden):
        play.step(play.director(county, "town"), case, "group", areas=[])
    play.step(county["council"], case, "circulate")
    with pytest.raises(Conflict):
        area(county, case, "town", "town2")


def test_the_award_of_an_area_is_shown_and_computed_again(county: play.County) -> None:
    case = play.opened(county)
    area(county, case, "town", "town3")
    case = play.published(county, case)
    with acting(SYSTEM):
        rows = {one.home_organization_id: one for one in Answer.objects.filter(evaluation=case)}
    towns = [rows[county.made.organizations[town].pk] for town in play.TOWNS]
    given, alone = [one.award or 0 for one in towns], [one.alone or 0 for one in towns]
    assert sum(given) == sum(alone) == 10_000_001
    assert (towns[2].grade, given[2]) == ("poor", 0)
    assert given[0] < alone[0]
    assert recompute(SYSTEM, case).differences == []
    page = client(county, "council").get(case.get_absolute_url()).content.decode()
    assert "奖励份数的 80% 按本单位等次，20% 取片区各家的平均" in page
    assert "连带增减" in page
    own = client(county, "town-director").get(towns[0].get_absolute_url()).content.decode()
    assert "东片 连带 -" in own
    with acting(SYSTEM):
        Answer.objects.filter(pk=towns[0].pk).update(award=1)
    assert [one.what for one in recompute(SYSTEM, case).differences] == ["award"]


def test_areas_are_typed_into_a_table_and_stay_for_the_next_evaluation(county: play.County) -> None:
    case = play.opened(county)
    council, url = client(county, "council"), f"{case.get_absolute_url()}areas/"
    assert "划分片区" in council.get(case.get_absolute_url()).content.decode()
    keys = [play.answer(case, county, town).pk for town in play.TOWNS]
    refused = council.post(url, {"version": case.version, f"area:{keys[0]}": "东片"})
    assert refused.status_code == 422
    assert 'value="东片"' in refused.content.decode()
    sent = {"version": case.version, f"area:{keys[0]}": "东片", f"area:{keys[1]}": "东片", f"area:{keys[2]}": ""}
    assert council.post(url, sent).status_code == 302
    assert council.post(url, sent).status_code == 409
    assert client(county, "town-director").get(url).status_code == 403
    following = play.opened(county, period="2026Q2")
    assert [play.answer(following, county, town).area for town in play.TOWNS] == ["东片", "东片", ""]


def test_outposts_of_a_regional_centre_are_its_area(county: play.County) -> None:
    with acting(SYSTEM):
        third = county.made.organizations["town3"]
        third.part_of = county.made.organizations["town"]
        third.save()
    data = schemas.Opening(policy=play.POLICY, period=play.PERIOD, consortium=county.consortium.pk)
    case = services.open_evaluation(county["council"], data=data)
    head = str(county.made.organizations["town"])
    assert [play.answer(case, county, town).area for town in play.TOWNS] == [head, "", head]
