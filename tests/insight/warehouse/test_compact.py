"""Tidying the shelf never removes a snapshot that something refers to, nor the last of a year."""

import fcntl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from care_community import build

from yigongti.insight.evaluation.models import Evaluation
from yigongti.insight.results.models import Run
from yigongti.insight.warehouse.pins import pinned, tidy, year_ends
from yigongti.insight.warehouse.shelf import FactShelf, Piece, Shelf, Snapshot
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import NotFound

BEIJING = ZoneInfo("Asia/Shanghai")
TODAY = datetime(2026, 11, 20, 9, tzinfo=BEIJING)


def taken(shelf: Shelf, at: datetime) -> Snapshot:
    """A snapshot of one file."""
    name = f"{at:%Y%m%d%H}"
    file = shelf.files / "visit" / f"{name}.parquet"
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
        gone, files, _ = shelf.compact(1, pinned(shelf.listed()))
    assert left(shelf) == {one.id for one in ends}
    assert gone == files == 32
    for one in shelf.listed():
        assert shelf.path(one.facts["visit"].pieces["all"]).is_file()


def test_the_newest_run_the_last_of_each_month_and_evaluations_hold_theirs(shelf: Shelf, db: None) -> None:
    listed = shelf.listed()
    newest, compared, first, last, old, evaluated = (listed[at] for at in (3, 4, 10, 9, 20, 30))
    with clock.travelling(TODAY), acting(SYSTEM):
        Run.objects.create(snapshot=first.id, before=listed[11].id, at=TODAY - timedelta(days=301))
        Run.objects.create(snapshot=last.id, at=TODAY - timedelta(days=300))
        Run.objects.create(snapshot=old.id, at=TODAY - timedelta(days=500))
        Run.objects.create(snapshot="removed long ago", at=TODAY - timedelta(days=1))
        Run.objects.create(snapshot=newest.id, before=compared.id, at=TODAY)
        _evaluation(evaluated.id)
        removed, stays = tidy(shelf, 1)
    assert stays[newest.id] == stays[compared.id] == stays[last.id] == ["指标结果"]
    assert stays[evaluated.id] == ["考核评价"]
    assert left(shelf) == {listed[0].id, *stays}
    assert {first.id, old.id} & left(shelf) == set()
    assert shelf.snapshot(evaluated.id).facts["visit"].rows == 1
    assert removed.snapshots == len(listed) - len(stays)


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
    (shelf.files / "visit" / "loose.parquet").write_bytes(b"x")
    assert shelf.compact(keep=100) == (0, 1, 0)
    assert not list(shelf.work.iterdir())


READER = """
import sys
from pathlib import Path
from yigongti.insight.warehouse.shelf import Shelf

with Shelf(Path(sys.argv[1])).reading(sys.argv[2]):
    print("reading", flush=True)
    sys.stdin.read()
"""


def test_what_another_process_reads_stays_until_it_ends_or_dies(shelf: Shelf) -> None:
    old = shelf.listed()[-1]
    for dies in (False, True):
        command = [sys.executable, "-c", READER, str(shelf.root), old.id]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
            shelf.compact(1)
            assert shelf.compact(1) == (0, 0, 1)
            assert shelf.path(shelf.snapshot(old.id).facts["visit"].pieces["all"]).is_file()
            if dies:
                reader.kill()
    assert shelf.compact(1) == (1, 1, 0)
    assert [file.suffix for file in shelf.snapshots.iterdir()] == [".json"]


def test_who_comes_while_it_is_removed_finds_none(shelf: Shelf) -> None:
    old = shelf.listed()[-1]
    held = shelf.snapshots / f"{old.id}.readers"

    def read() -> Snapshot:
        with shelf.reading(old.id) as found:
            return found

    with ThreadPoolExecutor(1) as hands, held.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = hands.submit(read)
        (shelf.snapshots / f"{old.id}.json").unlink()
        fcntl.flock(file, fcntl.LOCK_UN)
        with pytest.raises(NotFound, match="没有快照"):
            waiting.result()
