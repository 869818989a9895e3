"""Tidying the shelf never removes a snapshot that something refers to, nor the last of a year."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from care_community import build

from yigongti.insight.evaluation.models import Evaluation
from yigongti.insight.results.models import Run
from yigongti.insight.warehouse.pins import pinned, year_ends
from yigongti.insight.warehouse.shelf import FactShelf, Piece, Shelf, Snapshot
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

BEIJING = ZoneInfo("Asia/Shanghai")
TODAY = datetime(2026, 11, 20, 9, tzinfo=BEIJING)


def taken(shelf: Shelf, at: datetime) -> Snapshot:
    """A snapshot of one file."""
    name = f"{at:%Y%m%d%H}"
    file = shelf.pieces / "visit" / f"{name}.parquet"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"rows")
    with clock.travelling(at):
        piece = Piece(f"visit/{name}.parquet", 1, name)
        return shelf.publish(Snapshot(facts={"visit": FactShelf({"all": piece})}))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A snapshot of every month from January 2024 to today."""
    found = Shelf(tmp_path / "warehouse")
    for back in range(34, -1, -1):
        taken(found, TODAY - timedelta(days=31 * back))
    return found


def left(shelf: Shelf) -> set[str]:
    return {one.id for one in shelf.listed()}


def test_the_last_of_each_year_stays(shelf: Shelf, db: None) -> None:
    ends = year_ends(shelf.listed())
    assert [one.id[:6] for one in ends] == ["202412", "202512", "202611"]
    with clock.travelling(TODAY):
        gone, files = shelf.compact(1, pinned(shelf.listed()))
    assert left(shelf) == {one.id for one in ends}
    assert gone == files == 32
    for one in shelf.listed():
        assert shelf.path(one.facts["visit"].pieces["all"]).is_file()


def test_what_runs_of_thirteen_months_and_evaluations_refer_to_stays(shelf: Shelf, db: None) -> None:
    listed = shelf.listed()
    recent, compared, old, evaluated = listed[9], listed[10], listed[20], listed[30]
    with clock.travelling(TODAY), acting(SYSTEM):
        Run.objects.create(snapshot=recent.id, before=compared.id, at=TODAY - timedelta(days=300))
        Run.objects.create(snapshot=old.id, at=TODAY - timedelta(days=500))
        Run.objects.create(snapshot="removed long ago", at=TODAY)
        _evaluation(evaluated.id)
        stays = pinned(listed)
        shelf.compact(1, stays)
    assert stays[recent.id] == stays[compared.id] == ["指标结果"]
    assert stays[evaluated.id] == ["考核评价"]
    assert {recent.id, compared.id, evaluated.id} <= left(shelf)
    assert old.id not in left(shelf)
    assert shelf.snapshot(evaluated.id).facts["visit"].rows == 1


def _evaluation(snapshot: str) -> None:
    made = build()
    town = made.organizations["town"]
    Evaluation.objects.create(
        number="KH1",
        workflow="evaluation",
        state="preparing",
        home_organization=town,
        owner_organization=town,
        owner_permission="x",
        opened_at=TODAY,
        entered_at=TODAY,
        snapshot=snapshot,
        **_rest(),
    )


def _rest() -> dict[str, object]:
    """Whatever else an evaluation must say."""
    return {"policy": "evaluation/x", "title": "季度考核", "period": "2024Q1", "level": "centre"}


def test_the_one_in_force_stays_even_when_an_older_one_is_newer_by_name(shelf: Shelf) -> None:
    current = shelf.current()
    assert current is not None
    shelf.compact(1)
    assert left(shelf) == {current.id}


def test_what_a_broken_run_left_behind_is_swept(shelf: Shelf) -> None:
    (shelf.work / "visit-x").mkdir()
    (shelf.work / "visit-x" / "rows.csv").write_text("x")
    (shelf.pieces / "visit" / "loose.parquet").write_bytes(b"x")
    assert shelf.compact(keep=100) == (0, 1)
    assert not list(shelf.work.iterdir())
