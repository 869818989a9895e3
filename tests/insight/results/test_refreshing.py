"""Stored results: computed once, moved only where facts moved, and a published number that moves is logged with why."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from records_community import Community, make_community

from yigongti.insight.results import refreshing
from yigongti.insight.results.models import Restatement, Result, Run, Unit
from yigongti.insight.results.refreshing import refresh
from yigongti.insight.results.telling import reasons, worded
from yigongti.insight.warehouse import reading
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.insight.warehouse.syncing import sync
from yigongti.kernel import clock
from yigongti.records.health_record import services

pytestmark = pytest.mark.django_db(transaction=True)
BEIJING = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 3, 10, 9, tzinfo=BEIJING)
JUNE = datetime(2026, 6, 3, 8, tzinfo=BEIJING)
VISITS = "services/visits"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "warehouse")


@pytest.fixture
def community() -> Community:
    with clock.travelling(FIRST - timedelta(days=30)):
        made = make_community()
        made.patients = [made.resident(name=f"居民{number}") for number in range(4)]
    for number in range(8):
        came(made, number % 4, FIRST + timedelta(days=number))
    return made


@pytest.fixture(autouse=True)
def in_june() -> Iterator[None]:
    with clock.travelling(JUNE):
        yield


def came(made: Community, number: int, at: datetime) -> None:
    with clock.travelling(at):
        services.record_encounter(
            made.village_doctor,
            resident_id=made.patients[number].pk,
            kind="outpatient",
            measurements={"sbp": "132", "dbp": "80"},
        )


def test_an_unchanged_community_is_not_computed_again(community: Community, shelf: Shelf) -> None:
    first = refresh(shelf)
    assert first is not None
    assert first.results == Result.objects.count() == first.moved > 0
    assert first.restated == 0
    assert refresh(shelf) is None
    again = refresh(shelf, everything=True)
    assert again is not None
    assert (again.moved, again.digest) == (0, first.digest)


def test_a_late_visit_restates_its_month_quarter_and_year_only(community: Community, shelf: Shelf) -> None:
    first = refresh(shelf)
    came(community, 0, FIRST + timedelta(days=9))
    second = refresh(shelf)
    assert first
    assert second
    assert second.years == [2026], second.causes
    assert second.causes["facts"]["encounter"] == {"2026-03": [1, 0, 0]}
    log = Restatement.objects.filter(run=second, measure__code__startswith="monitoring-2024/", unit__level="all")
    moved = log.filter(measure__code="monitoring-2024/3.1").order_by("period")
    assert [(one.period, one.denominator_before, one.denominator) for one in moved] == [
        ("2026-03", Decimal(8), Decimal(9)),
        ("2026Q1", Decimal(8), Decimal(9)),
    ], "the year is not over: it is not published"
    assert Result.objects.get(
        measure__code="monitoring-2024/3.1", unit__level="all", period="2026", stratum=""
    ).denominator == Decimal(9)
    assert Run.objects.count() == 2


def test_a_late_month_is_answered_from_kept_states_as_from_all_facts(community: Community, shelf: Shelf) -> None:
    refresh(shelf)
    assert list((shelf.root / "states").glob("*.parquet"))
    came(community, 1, FIRST - timedelta(days=20))
    came(community, 2, FIRST + timedelta(days=40))
    late = refresh(shelf)
    assert late
    assert late.moved > 0
    again = refresh(shelf, everything=True)
    assert again
    assert again.moved == 0


@pytest.mark.parametrize(
    ("code", "before", "now", "words"),
    [
        ("services/visits", "567", "572", ("567 人次", "572 人次")),
        ("monitoring-2024/3.1", "66.2801", "66.2803", ("66.2801%", "66.2803%")),
        ("monitoring-2024/3.1", "66.1", "66.2", ("66.10%", "66.20%")),
        ("monitoring-2024/3.1", "66.1", "66.1", ("66.10%", "66.10%")),
        ("gone/1", "1.5", "2", ("1.5", "2")),
    ],
)
def test_what_moved_looks_different(code: str, before: str, now: str, words: tuple[str, str]) -> None:
    assert (worded(code, Decimal(before), Decimal(now)), worded(code, Decimal(now), Decimal(before))) == words


@pytest.mark.parametrize(("period", "rows"), [("2026Q1", "2026-02 新增 1 行"), ("2026-04", "2026-04 更正 2 行")])
def test_a_number_moved_by_rows_of_its_own_months(period: str, rows: str) -> None:
    run = Run(causes={"facts": {"encounter": {"2026-02": [1, 0, 0], "2026-04": [0, 0, 2]}}})
    assert reasons(run, "services/visits", period) == [f"就诊（{rows}）"]


def test_a_run_that_waited_for_another_never_goes_back(
    community: Community, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(mine: Shelf, **said: Any) -> None:
        sync(mine, **said)
        monkeypatch.setattr(refreshing, "sync", sync)
        came(community, 0, FIRST + timedelta(days=9))
        assert refresh(mine) is not None

    refresh(shelf)
    monkeypatch.setattr(refreshing, "sync", overtaken)
    assert refresh(shelf) is None
    assert Run.objects.latest("pk").snapshot == reading.standing(shelf).id


def test_units_are_named_as_the_registers_name_them(community: Community, shelf: Shelf) -> None:
    refresh(shelf)
    village = community.village_doctor.organization_id
    unit = Unit.objects.get(level="organization", key=str(village))
    assert unit.organization_id == village
    assert unit.title == str(unit.organization)
    assert Unit.objects.get(level="all").title == "全部"
