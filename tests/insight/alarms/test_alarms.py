"""Stored results are judged once: what is unusual is suggested to its owner once, and closes when it is back inside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from care_community import Community, build, person
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yigongti.insight.alarms import judging, services
from yigongti.insight.alarms.control import Point, limits
from yigongti.insight.alarms.definitions import Alarms, Rule
from yigongti.insight.alarms.models import Alarm, Judgement
from yigongti.insight.alarms.tables import figure
from yigongti.insight.alarms.timers import judge_newest
from yigongti.insight.alarms.workflow import Alarming
from yigongti.insight.periods import before
from yigongti.insight.results.models import Measure, Result, Run, Unit
from yigongti.insight.results.telling import HIDDEN
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.escalation import escalate
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.events.outbox import deliver
from yigongti.kernel.notices.models import Notice
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import PolicyRefused

BEIJING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 7, 10, 9, tzinfo=BEIJING)
JUNE = "2026-06"
RATE, VISITS = "referral/accept-in-time", "services/visits"


@pytest.fixture
def community(db: None) -> Iterator[Community]:
    made = build()
    with clock.travelling(NOW), acting(SYSTEM):
        person(made, "town2-director", "director", "town2")
        person(made, "foreign-director", "director", "foreign")
        yield made


@contextmanager
def refused(*errors: type[Exception], match: str = "") -> Iterator[None]:
    """A refusal inside a test leaves the test's transaction whole."""
    with pytest.raises(errors, match=match or None), transaction.atomic():
        yield


def unit(made: Community, where: str = "town") -> Unit:
    one = made.organizations[where]
    found, _ = Unit.objects.get_or_create(
        level="centre", key=str(one.pk), defaults={"title": one.name, "county": "431127", "organization": one}
    )
    return found


def measure(code: str) -> Measure:
    found, _ = Measure.objects.get_or_create(
        code=code, defaults={"set": code.split("/", maxsplit=1)[0], "title": code, "edition": "e", "definition": "d"}
    )
    return found


def run() -> Run:
    return Run.objects.create(snapshot="s", at=clock.now())


def stored(code: str, where: Unit, period: str, value: float, of: int | None = None) -> None:
    """One monthly result: ``value`` of a hundred ``of`` for rates, a number for counts."""
    numerator = Decimal(value) if of is None else Decimal(of) * Decimal(value) / 100
    Result.objects.update_or_create(
        measure=measure(code),
        unit=where,
        period=period,
        stratum="",
        part="",
        defaults={
            "type": "month",
            "numerator": numerator,
            "denominator": of,
            "value": Decimal(value),
            "reported": 1,
            "expected": 1,
        },
    )


def series(code: str, where: Unit, values: Sequence[float], of: int | None = None, last: str = JUNE) -> None:
    """Monthly results that end with ``last``."""
    for back, value in enumerate(reversed(values)):
        stored(code, where, before(last, back), value, of)


STEADY = [90, 92, 88, 91, 89, 90, 92, 88, 91, 89, 90, 92]


def fallen(made: Community, to: float = 40) -> Alarm:
    """A rate that was steady and fell in June, judged."""
    series(RATE, unit(made), [*STEADY, to], of=100)
    run()
    assert services.judge()
    return Alarm.objects.get()


def test_a_rate_below_its_limit_is_suggested_to_the_owner_once(community: Community) -> None:
    alarm = fallen(community)
    assert (alarm.cause, alarm.period, alarm.value) == ("beyond-low", JUNE, Decimal(40))
    assert alarm.home_organization == community.organizations["town"]
    assert alarm.counterpart_organization == community.organizations["county"]
    assert alarm.centre == pytest.approx(Decimal("90.166667"))
    expected = limits("p", [Point("", v, v, 100) for v in STEADY], 100)
    assert float(alarm.lower or 0) == pytest.approx(expected.lower(100), abs=1e-6)
    assert alarm.baseline == 12
    run()
    again = services.judge()
    assert again is not None
    assert again.opened == 0
    assert Alarm.objects.count() == 1


def test_a_computation_is_judged_once(community: Community) -> None:
    fallen(community)
    assert services.judge() is None
    assert judge_newest() is False
    assert Judgement.objects.count() == 1


def test_before_anything_is_computed_there_is_nothing_to_judge(community: Community) -> None:
    assert services.judge() is None


def test_a_month_is_judged_when_it_is_old_enough(community: Community) -> None:
    series(RATE, unit(community), [*STEADY, 40], of=100)
    run()
    with clock.travelling(datetime(2026, 7, 4, 9, tzinfo=BEIJING)):
        assert services.judge()
        assert not Alarm.objects.exists(), "June is over for three days only"
    with clock.travelling(datetime(2026, 7, 6, 9, tzinfo=BEIJING)):
        assert services.judge()
        assert Alarm.objects.get().period == JUNE


@pytest.mark.parametrize(
    ("values", "of", "why"),
    [
        ([*STEADY[:10], 40], 100, "eleven points only"),
        ([*STEADY, 40], 5, "denominator too small"),
        ([*STEADY, 99], 100, "better than ever is no matter for this rule"),
        ([*STEADY, 86], 100, "within the limits"),
    ],
)
def test_what_is_not_unusual_is_left_alone(community: Community, values: list[float], of: int, why: str) -> None:
    series(RATE, unit(community), values, of=of)
    run()
    services.judge()
    assert not Alarm.objects.exists(), why


def test_a_month_without_a_number_is_not_judged_by_an_older_one(community: Community) -> None:
    series(RATE, unit(community), [*STEADY, 40], of=100, last="2026-05")
    run()
    services.judge()
    assert not Alarm.objects.exists()


def test_eight_on_one_side_of_the_centre_line(community: Community) -> None:
    series(VISITS, unit(community), [1000, 1040, 980, 1020, 1010, 990, 1030, 1015, *[940, 945, 950] * 3][:16])
    run()
    services.judge()
    alarm = Alarm.objects.get()
    assert alarm.cause == "run-low"
    assert alarm.lower < alarm.value, "no single month is unusual"


def test_a_fall_of_visits_is_unusual_either_way(community: Community) -> None:
    series(VISITS, unit(community), [*[1000, 1040, 980, 1020] * 4, 2000])
    run()
    services.judge()
    assert Alarm.objects.get().cause == "beyond-high"


def test_a_threshold_is_crossed_for_so_many_months(community: Community) -> None:
    town, town2 = unit(community), unit(community, "town2")
    series(RATE, town, [90, 55, 58], of=100)
    series(RATE, town2, [90, 90, 58], of=100)
    run()
    services.judge()
    alarm = Alarm.objects.get()
    assert (alarm.cause, alarm.unit, alarm.limit, alarm.chart) == ("threshold-low", town, Decimal(60), "none")


def test_the_owner_is_told_and_others_are_not(community: Community) -> None:
    fallen(community)
    deliver()
    told = set(Notice.objects.values_list("user__username", flat=True))
    assert told == {community.users["town-director"].username}


def test_the_owner_plans_and_finishes(community: Community) -> None:
    alarm = fallen(community)
    director = community["town-director"]
    plan = {"action": "排查周末无人值守", "planned_on": "2026-07-31"}
    with CaptureQueriesContext(
        connection,
    ) as seen:
        case = advance(director, Alarming, alarm.pk, "acknowledge", plan).case
    assert len(seen) <= 8
    assert case.state == "acknowledged"
    assert case.due_at == datetime(2026, 8, 1, tzinfo=BEIJING)
    again = advance(director, Alarming, alarm.pk, "replan", plan | {"planned_on": "2026-08-10"}).case
    assert again.due_at == datetime(2026, 8, 11, tzinfo=BEIJING)
    with CaptureQueriesContext(connection) as seen:
        done = advance(director, Alarming, alarm.pk, "finish", {"outcome": "已安排双人值班"}).case
    assert len(seen) <= 8
    assert (done.state, done.is_open) == ("done", False)


def test_a_plan_in_the_past_and_a_reason_without_words_are_refused(community: Community) -> None:
    alarm, director = fallen(community), community["town-director"]
    with refused(Invalid, match="已过"):
        advance(director, Alarming, alarm.pk, "acknowledge", {"action": "排查原因", "planned_on": "2026-07-01"})
    with refused(Invalid, match="须另写说明"):
        advance(director, Alarming, alarm.pk, "dismiss", {"reason": "known"})
    with refused(Invalid, match="没有理由"):
        advance(director, Alarming, alarm.pk, "dismiss", {"reason": "whatever"})


def test_what_was_dismissed_is_not_suggested_again_for_the_same_month(community: Community) -> None:
    alarm = fallen(community)
    advance(community["town-director"], Alarming, alarm.pk, "dismiss", {"reason": "small"})
    run()
    services.judge()
    assert Alarm.objects.count() == 1
    stored(RATE, unit(community), "2026-07", 35, of=100)
    with clock.travelling(NOW + timedelta(days=31)):
        run()
        services.judge()
    assert Alarm.objects.filter(period="2026-07", closed_at=None).count() == 1


def test_it_closes_itself_when_back_inside_for_as_many_months_as_the_rule_says(community: Community) -> None:
    alarm = fallen(community)
    stored(RATE, unit(community), "2026-07", 90, of=100)
    with clock.travelling(NOW + timedelta(days=31)):
        run()
        services.judge()
        assert Alarm.objects.get().is_open, "one of two months"
    stored(RATE, unit(community), "2026-08", 91, of=100)
    with clock.travelling(NOW + timedelta(days=62)):
        run()
        found = services.judge()
    assert found is not None
    assert found.recovered == 1
    alarm.refresh_from_db()
    assert (alarm.state, alarm.outcome) == ("recovered", "到 2026-08 已恢复")


def test_it_closes_itself_when_its_number_is_corrected(community: Community) -> None:
    alarm = fallen(community)
    stored(RATE, unit(community), JUNE, 91, of=100)
    run()
    services.judge()
    alarm.refresh_from_db()
    assert (alarm.state, alarm.outcome) == ("recovered", "数据更正后不再超出")


def test_other_organisations_and_other_roles_cannot(community: Community) -> None:
    alarm = fallen(community)
    plan = {"action": "越权处理", "planned_on": "2026-07-31"}
    for who in ("town2-director", "foreign-director"):
        with refused(NotFound):
            services.access_alarm(community[who], alarm.pk)
        with refused(NotFound, Forbidden):
            advance(community[who], Alarming, alarm.pk, "acknowledge", plan)
    for who in ("family-doctor", "director"):
        with refused(Forbidden, NotFound):
            advance(community[who], Alarming, alarm.pk, "acknowledge", plan)
    assert services.access_alarm(community["council"], alarm.pk) == alarm, "whoever is above may look"
    with refused(Forbidden):
        advance(community["town-director"], Alarming, alarm.pk, "recover")
    advance(community["town-director"], Alarming, alarm.pk, "dismiss", {"reason": "small"})
    with refused(Conflict):
        advance(community["town-director"], Alarming, alarm.pk, "acknowledge", plan)


def test_who_does_not_answer_is_reminded_and_the_council_is_told(community: Community) -> None:
    alarm = fallen(community)
    with clock.travelling(NOW + timedelta(days=5)):
        escalate()
        deliver()
    assert Notice.objects.filter(title__contains="将到时限").count() == 1
    for days in (8, 13):
        with clock.travelling(NOW + timedelta(days=days)):
            escalate()
            deliver()
    told = Notice.objects.filter(title__contains="已超时", link=alarm.get_absolute_url())
    assert community.users["council"].pk in set(told.values_list("user_id", flat=True))


def test_a_unit_gets_only_so_many_at_a_time(community: Community) -> None:
    codes = [
        RATE,
        "referral/down-accept-in-time",
        "public-health/H-month-controlled",
        "public-health/D-month-controlled",
    ]
    for code in codes:
        series(code, unit(community), [*STEADY, 40], of=100)
    run()
    found = services.judge()
    assert found is not None
    assert found.opened == 3


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(values=st.lists(st.integers(1, 99), min_size=13, max_size=30), kind=st.sampled_from(["p", "u", "xmr"]))
def test_the_statement_counts_as_the_formulas_do(community: Community, values: list[int], kind: str) -> None:
    where = unit(community, "town2")
    Result.objects.filter(unit=where).delete()
    series(VISITS, where, values, of=200)
    rule = Rule(rule="r", name="规则", indicators=[VISITS], chart=kind, run=0, sides="both")
    standard = judging.Standard("431127", Alarms.model_construct(wait_days=5, most=3, rules=[rule]), "h")
    [row] = judging.rows([standard])
    found = judging.findings([row | {"factor": 100.0}])
    points = [Point("", value, 2 * value, 200) for value in values]
    told = limits(kind, points[-25:-1], 100)  # type: ignore[arg-type]
    sigma = told.sigma(200) or 0
    outside = sigma > 0 and abs(values[-1] - told.centre) > 3 * sigma
    assert bool(found) is outside
    for one in found:
        assert one.centre == pytest.approx(told.centre)
        assert one.sigma == pytest.approx(sigma)


def see(community: Community, who: str, url: str, **given: Any) -> tuple[int, str, int]:
    client = Client()
    client.force_login(community.users[who], backend="yigongti.kernel.access.backends.GrantedBackend")
    client.get("/")
    with CaptureQueriesContext(connection) as seen:
        response = client.post(url, given) if given else client.get(url)
    own = [one for one in seen.captured_queries if "alarms_" in one["sql"] or "results_" in one["sql"]]
    return response.status_code, response.content.decode(), len(own)


def test_the_pages(community: Community) -> None:
    alarm = fallen(community)
    status, listed, statements = see(community, "town-director", "/alarms/")
    assert status == 200
    assert alarm.title in listed
    assert statements <= 6
    status, shown, _ = see(community, "town-director", alarm.get_absolute_url())
    assert status == 200
    for text in ("低于控制下限", "90.17%", "p 控制图", "确认并安排", "先看什么", alarm.explanation, "data-chart"):
        assert text in shown, text
    status, _, _ = see(community, "town-director", f"{alarm.get_absolute_url()}acknowledge/")
    assert status == 200
    assert see(community, "town2-director", alarm.get_absolute_url())[0] == 404
    assert see(community, "family-doctor", "/alarms/")[0] == 403
    assert see(community, "director", f"{alarm.get_absolute_url()}acknowledge/")[0] == 403
    assert see(community, "town-director", f"{alarm.get_absolute_url()}recover/")[0] == 404
    _, watched, _ = see(community, "commission", "/alarms/")
    assert alarm.title in watched, "the health commission watches its county"


def test_a_guarded_number_is_shown_to_who_answers_for_the_unit_only(community: Community) -> None:
    alarm = fallen(community)
    Result.objects.filter(unit=alarm.unit, period=JUNE).update(guarded=True)
    for who, told in (("town-director", True), ("director", False), ("commission", False)):
        _, listed, statements = see(community, who, "/alarms/")
        _, shown, _ = see(community, who, alarm.get_absolute_url())
        assert statements <= 6
        assert ("40%" in listed, "40%" in shown) == (told, told), who
        assert (HIDDEN in listed, HIDDEN in shown) == (not told,) * 2, who
        assert sheet(community, who)["数值"] == (40 if told else HIDDEN), who


def test_limits_tell_no_guarded_month_of_their_baseline(community: Community) -> None:
    alarm = fallen(community)
    centre, lower = figure(alarm, alarm.centre), figure(alarm, alarm.lower)
    Result.objects.filter(unit=alarm.unit, period="2025-12").update(guarded=True)
    for who, told in (("town-director", True), ("commission", False)):
        _, listed, statements = see(community, who, "/alarms/")
        _, shown, _ = see(community, who, alarm.get_absolute_url())
        assert statements <= 6
        assert ("40%" in listed, "40%" in shown) == (True, True), who
        assert (lower in listed, lower in shown, centre in shown) == (told,) * 3, who
        assert ("界限也不显示" in shown) is not told, who


def sheet(community: Community, who: str) -> dict[str, Any]:
    """The only line of the register as a spreadsheet."""
    client = Client()
    client.force_login(community.users[who], backend="yigongti.kernel.access.backends.GrantedBackend")
    book = openpyxl.load_workbook(BytesIO(client.get("/alarms/?export=alarms").content))
    assert book.active
    heads, line = (tuple(row) for row in list(book.active.iter_rows(values_only=True))[:2])
    return dict(zip(map(str, heads), line, strict=True))


def test_a_wrong_rule_is_refused_with_the_nearest_name() -> None:
    text = (Path(__file__).parents[3] / "policies/alarms/standing.yaml").read_text(encoding="utf-8")
    with pytest.raises(PolicyRefused, match="referral/accept-in-tine"):
        load(text.replace("referral/accept-in-time,", "referral/accept-in-tine,"), "standing.yaml")
    with pytest.raises(PolicyRefused, match="至少一项"):
        load(text.replace("    threshold: {at: given, floor: 90}\n", ""), "standing.yaml")
    with pytest.raises(PolicyRefused, match="at: given"):
        load(text.replace("{at: given, floor: 90}", "{at: target, floor: 90}"), "standing.yaml")
