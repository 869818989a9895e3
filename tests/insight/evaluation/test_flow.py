"""An evaluation from opening to publication, with appeals, a correction, and everybody who may not."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import evaluation_county as play
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yigongti.insight.evaluation import evidence, services
from yigongti.insight.evaluation.models import Answer, Appeal, Change, Evaluation, Remark, Score
from yigongti.insight.evaluation.workflow import Answering, Evaluating
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.declaration import PLATFORM
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def county() -> Iterator[play.County]:
    """The county."""
    return play.build()


def scores(case: Evaluation, county: play.County, town: str) -> dict[str, Score]:
    with acting(SYSTEM):
        return {one.item: one for one in Score.objects.filter(answer=play.answer(case, county, town))}


def test_opening_takes_what_is_stored_and_scores_it(county: play.County) -> None:
    case = play.opened(county)
    assert (case.state, case.snapshot, case.title) == ("preparing", play.SNAPSHOT, "2026 年第 3 季度成员单位季度考核")
    first = scores(case, county, "town")
    assert (first["signed"].numerator, first["signed"].denominator) == (600, 1000)
    assert (first["signed"].value, first["signed"].points) == (D(60), D("10.64"))  # 10 of the 94 that are scored
    assert first["rounds"].status == "missing"
    assert first["examinations"].status == "untargeted"
    third = scores(case, county, "town3")
    assert (third["down-accepted"].status, third["diabetes-controlled"].status) == ("small", "small")


def test_the_same_evaluation_is_not_opened_twice(county: play.County) -> None:
    play.opened(county)
    with pytest.raises(Conflict, match="已经有了"):
        play.opened(county)


@pytest.mark.parametrize("period", ["2026", "2030Q1"])
def test_a_period_of_another_type_or_not_over_is_refused(county: play.County, period: str) -> None:
    with pytest.raises(Invalid):
        play.opened(county, period=period)


def test_participants_see_themselves_only_when_asked_and_others_only_when_circulated(county: play.County) -> None:
    case = play.opened(county)
    director, own = play.director(county, "town"), play.answer(case, county, "town")
    with pytest.raises(NotFound):
        services.access_evaluation(director, case.pk)
    with pytest.raises(NotFound):
        services.access_answer(director, own.pk)
    play.judged(county, case)
    assert services.access_answer(director, own.pk).title == own.title
    with acting(director):
        assert Answer.objects.count() == 1
    play.step(county["council"], case, "circulate")
    with acting(director):
        assert Answer.objects.count() == 3
    with acting(play.director(county, "foreign")):
        assert not Evaluation.objects.exists()


def test_a_self_report_must_be_complete_and_differences_explained(county: play.County) -> None:
    case = play.opened(county)
    play.step(county["council"], case, "start")
    one, who = play.answer(case, county, "town"), play.director(county, "town")
    with pytest.raises(Invalid, match="还没有自评"):
        play.say(who, one, "submit")
    values = [{"item": item, "value": 90} for item in play.JUDGED] + [{"item": "signed", "value": "61.5"}]
    play.say(who, one, "fill", values=values)
    assert scores(case, county, "town")["signed"].flagged
    with pytest.raises(Invalid, match="差异超出容差"):
        play.say(who, one, "submit")
    play.say(who, one, "fill", values=[{"item": "signed", "value": "61.5", "note": "含季末两天补签"}])
    assert play.say(who, one, "submit").case.state == "submitted"
    with pytest.raises(Invalid, match="0 到 100"):
        play.say(
            play.director(county, "town2"),
            play.answer(case, county, "town2"),
            "fill",
            values=[{"item": "rounds", "value": 101}],
        )
    with pytest.raises(NotFound):
        play.say(play.director(county, "town2"), one, "fill", values=[])


def test_self_reports_end_when_all_are_in_or_the_time_is_over(county: play.County) -> None:
    case = play.opened(county)
    play.step(county["council"], case, "start")
    with pytest.raises(Conflict, match="还有 3 家没有提交自评"):
        play.step(county["council"], case, "end_reports")
    with clock.travelling(clock.now() + timedelta(days=8)):
        assert play.step(county["council"], case, "end_reports").case.state == "judging"
    assert play.answer(case, county, "town2").state == "submitted"


def test_scores_are_circulated_only_when_all_is_judged(county: play.County) -> None:
    case = play.opened(county)
    play.reported(county, case)
    play.step(county["council"], case, "end_reports")
    with pytest.raises(Conflict, match="巡诊派驻"):
        play.step(county["council"], case, "circulate")


def test_adjustments_are_limited_and_revoked_on_record(county: play.County) -> None:
    case = play.opened(county)
    play.judged(county, case)
    one, before = play.answer(case, county, "town"), play.answer(case, county, "town").total
    told = {"answer": str(one.pk), "reason": "群众投诉查实"}
    play.step(county["council"], case, "adjust", adjustment="complaint", points=3, **told)
    assert play.answer(case, county, "town").total == before - 3
    with pytest.raises(Invalid, match="最多 5 分"):
        play.step(county["council"], case, "adjust", adjustment="complaint", points=3, **told)
    play.step(county["council"], case, "adjust", adjustment="accident", **told)
    vetoed = play.answer(case, county, "town")
    assert (vetoed.total, vetoed.grade) == (D(59), "poor")
    with acting(SYSTEM):
        last = one.changes.order_by("pk").last()
    assert last is not None
    play.step(county["council"], case, "revoke", change=last.pk, note="复核不成立")
    assert play.answer(case, county, "town").total == before - 3


def test_an_appeal_changes_the_result_and_keeps_the_former(county: play.County) -> None:
    case = play.opened(county)
    play.appealing(county, case)
    one, who = play.answer(case, county, "town3"), play.director(county, "town3")
    play.say(who, one, "appeal", item="signed", wanted=40, reason="漏统计了两个村的签约")
    with pytest.raises(Conflict, match="已经申诉过"):
        play.say(who, one, "appeal", item="signed", wanted=50, reason="再来一次")
    assert play.say(who, one, "finish").case.state == "appealed"
    with pytest.raises(Conflict, match="还有申诉没有答复"):
        play.step(county["council"], case, "end_appeals")
    with acting(SYSTEM):
        appeal = Appeal.objects.get()
    ruled = {"appeal": appeal.pk, "outcome": "changed", "reason": "核对名册属实"}
    done = play.say(county["council"], one, "rule", value=30, **ruled)
    assert done.case.state == "settled"
    score, total = scores(case, county, "town3")["signed"], play.answer(case, county, "town3")
    assert (score.first_value, score.first_points, score.value, score.points) == (20, D("4.17"), 30, D("8.33"))
    assert (score.basis, score.computed) == ("appeal", 20)
    assert total.total > total.before
    with acting(SYSTEM):
        appeal.refresh_from_db()
    assert (appeal.value_before, appeal.value_after, appeal.points_before) == (20, 30, D("4.17"))


def test_a_second_person_publishes_and_the_award_adds_up(county: play.County) -> None:
    case = play.opened(county)
    play.appealing(county, case)
    with clock.travelling(clock.now() + timedelta(days=6)):
        play.step(county["council"], case, "end_appeals")
        play.step(county["council"], case, "decide", conclusion="总体良好。", pool="100000.01")
        with pytest.raises(Forbidden, match="不能是定等的人"):
            play.step(county["council"], case, "publish")
        play.step(county["second"], case, "publish")
    with acting(SYSTEM):
        found = list(Answer.objects.filter(evaluation=case).order_by("rank"))
    assert {one.state for one in found} == {"closed"}
    assert sum(one.award or 0 for one in found) == 10_000_001
    assert [(one.rank, one.peers) for one in found] == [(1, 3), (2, 3), (3, 3)]


def test_a_correction_is_a_new_edition_and_the_former_stands(county: play.County) -> None:
    case = play.published(county, play.opened(county))
    before = {one.unit: one.total for one in _answers(case)}
    with pytest.raises(Invalid):
        services.correct(county["council"], case=case, reason="")
    new = services.correct(county["council"], case=case, reason="县医院补报了签约数据")
    assert (new.edition, new.corrects_id, new.state) == (2, case.pk, "judging")
    assert {one.unit: one.total for one in _answers(new)} == before
    with pytest.raises(Conflict, match="已经有更正版"):
        services.correct(county["council"], case=case, reason="再更正一次")
    mark = {"answer": str(play.answer(new, county, "town").pk), "item": "rounds", "value": 0, "note": "名单不实"}
    play.step(county["council"], new, "judge", marks=[mark])
    play.step(county["council"], new, "straight")
    play.step(county["council"], new, "decide", conclusion="更正一项。")
    play.step(county["second"], new, "publish")
    assert {one.unit: one.total for one in _answers(case)} == before
    changed = play.answer(new, county, "town")
    assert changed.total == (changed.before or 0) - D("8.51")


def _answers(case: Evaluation) -> list[Answer]:
    with acting(SYSTEM):
        return list(Answer.objects.filter(evaluation=case))


def test_only_the_participants_own_people_speak_for_it(county: play.County) -> None:
    """The council reaches over every member and reads all, but neither reports nor appeals for anybody."""
    case = play.opened(county)
    play.step(county["council"], case, "start")
    one = play.answer(case, county, "town")
    council = county["council"]
    assert services.access_answer(council, one.pk).pk == one.pk
    for name, data in (("fill", {"values": []}), ("submit", {}), ("agree", {}), ("finish", {})):
        with pytest.raises((Forbidden, Conflict)):
            play.say(council, one, name, **data)
    with pytest.raises(Forbidden, match="参评单位自己的人"):
        play.say(council, one, "fill", values=[{"item": "signed", "value": 99}])
    with pytest.raises(Forbidden, match="参评单位自己的人"):
        evidence.add(council, case=one, item="signed", file=None)
    with acting(council):
        assert list(services.owed_answers(council)) == []
    with acting(play.director(county, "town")):
        assert [owed.pk for owed in services.owed_answers(play.director(county, "town"))] == [one.pk]


@pytest.mark.parametrize("role", ["family-doctor", "town-director", "foreign-director"])
def test_others_do_not_conduct(county: play.County, role: str) -> None:
    case = play.opened(county)
    with pytest.raises((Forbidden, NotFound)):
        play.step(county[role], case, "start")


def test_no_step_takes_more_than_eight_statements(county: play.County) -> None:
    """Every step that people take, by whom and with what; counted without the savepoints of the tests."""
    case, council, counts = play.opened(county), county["council"], {}

    def counted(name: str, run: Any) -> None:
        with CaptureQueriesContext(connection) as told:
            run()
        counts[name] = max(counts.get(name, 0), len([q for q in told if "SAVEPOINT" not in q["sql"]]))

    def step(name: str, by: Actor = council, **data: Any) -> None:
        counted(name, lambda: play.step(by, case, name, **data))

    def say(name: str, by: Actor | None = None, towns: Sequence[str] = play.TOWNS, **data: Any) -> None:
        for town in towns:
            one = play.answer(case, county, town)
            counted(name, lambda one=one, town=town: play.say(by or play.director(county, town), one, name, **data))

    def newest(model: Any) -> int:
        with acting(SYSTEM):
            return int(model.objects.latest("pk").pk)

    answers = [str(play.answer(case, county, town).pk) for town in play.TOWNS]
    marks = [{"answer": one, "item": item, "value": 60, "note": "查阅"} for one in answers for item in play.JUDGED]
    step("take")
    step("start")
    step("group", areas=[{"answer": one, "area": "东片"} for one in answers])
    say("fill", values=[{"item": item, "value": 80} for item in play.JUDGED])
    say("submit")
    say("give_back", council, ["town"], note="少一份材料")
    say("submit", towns=["town"])
    step("end_reports")
    step("judge", marks=marks)
    for _ in range(2):
        step("adjust", answer=answers[0], adjustment="late", points=1, reason="逾期一天")
        step("revoke", change=newest(Change), note="已按时补交")
    step("circulate")
    say("remark", text="建议说明口径")
    say("reply", council, ["town3"], remark=newest(Remark), text="口径见方案")
    say("agree")
    step("open_appeals")
    say("appeal", towns=["town"], item="signed", wanted=70, reason="漏了一个村")
    say("finish")
    ruling = {"appeal": newest(Appeal), "outcome": "changed", "value": 65, "reason": "部分属实"}
    say("rule", council, ["town"], **ruling)
    step("end_appeals")
    step("decide", conclusion="总体良好。", pool="900")
    step("send_back", county["second"], note="请核对奖金")
    step("decide", conclusion="总体良好。", pool="900")
    step("publish", county["second"])
    case = services.correct(council, case=play.again(case), reason="数据更正")
    step("straight")
    step("cancel", note="不再更正")
    by_people = {name: step for flow in (Evaluating, Answering) for name, step in flow.steps.items()}
    assert set(counts) == {name for name, step in by_people.items() if PLATFORM not in step.by}
    assert max(counts.values()) <= 8, counts
