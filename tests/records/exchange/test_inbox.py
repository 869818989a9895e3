"""The watched folder: what rests is taken, whatever happens in between, and people find out what became of it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from records_community import Community

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.running import run as run_job
from yigongti.records.exchange.inbox import looking, pulse, settling, taking
from yigongti.records.exchange.inbox.standing import standing
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import receiving
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.models import SourceIdentity, SourceSystem

PEOPLE = "source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\np2,李强,7,1960-01-02\n"
VISITS = "source_key,patient_key,kind,started_at\ne1,p1,outpatient,2026-03-01 09:00\n"


@pytest.fixture
def inbox(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a hospital whose HIS delivers."""
    monkeypatch.setattr(configuration(), "inbox", tmp_path / "inbox")
    monkeypatch.setattr(configuration(), "inbox_seconds", 0)
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
    home = tmp_path / "inbox/his/interchange"
    home.mkdir(parents=True)
    return home


def beat() -> None:
    """One beat of the worker, and the work that it asked for."""
    pulse.watch()
    with acting(SYSTEM):
        waiting = list(Job.objects.filter(kind=taking.WORK, state__in=Job.OPEN).values_list("pk", flat=True))
    for one in waiting:
        run_job(one)


def ended(inbox: Path, where: str = "done") -> Path:
    [place] = (inbox / where).iterdir()
    return place


def test_files_that_stand_together_are_one_delivery(inbox: Path) -> None:
    (inbox / "patient.csv").write_text(PEOPLE)
    (inbox / "encounter.csv").write_text(VISITS)
    beat()
    place = ended(inbox)
    assert sorted(one.name for one in place.iterdir()) == [
        "encounter.csv",
        "patient-退回.xlsx",
        "patient.csv",
        "报告.json",
    ]
    report = json.loads((place / "报告.json").read_text())
    assert (report["read"], report["accepted"], report["rejected"]) == (3, 2, 1)
    with acting(SYSTEM):
        load = Load.objects.get()
        assert (load.channel, load.number) == ("folder", report["number"])
        assert Encounter.objects.count() == 1
    (inbox / "patient-退回.xlsx").write_bytes((place / "patient-退回.xlsx").read_bytes())
    beat()
    with acting(SYSTEM):
        again = Load.objects.order_by("-opened_at").first()
        assert (again.lines_read, again.lines_rejected) == (1, 1)


def test_a_folder_is_a_delivery_and_the_same_again_changes_nothing(inbox: Path) -> None:
    for _ in range(2):
        batch = inbox / "2026-03"
        batch.mkdir()
        (batch / "patient.csv").write_text(PEOPLE)
        beat()
        assert not batch.exists()
    with acting(SYSTEM):
        first, second = Load.objects.order_by("opened_at")
        assert (first.lines_accepted, second.lines_accepted, second.lines_duplicate) == (1, 0, 1)
        assert SourceIdentity.objects.count() == 1


def test_what_still_grows_is_left_alone(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = inbox / "patient.csv"
    with file.open("w") as writer:
        writer.write(PEOPLE[:20])
        writer.flush()
        beat()
        assert file.exists(), "somebody has it open for writing"
    monkeypatch.setattr(configuration(), "inbox_seconds", 3600)
    (inbox / "encounter.csv.part").write_text(VISITS)
    beat()
    assert file.exists(), "it has not rested"
    file.write_text(PEOPLE)
    (inbox / "patient.csv.ready").touch()
    beat()
    assert ended(inbox)
    assert not (inbox / "patient.csv.ready").exists()
    assert (inbox / "encounter.csv.part").exists()


def test_what_cannot_be_taken_says_why(inbox: Path, tmp_path: Path, community: Community) -> None:
    root = tmp_path / "inbox"
    (root / "loose.csv").write_text("x")
    (root / "lis/interchange").mkdir(parents=True)
    (root / "lis/interchange/patient.csv").write_text(PEOPLE)
    (root / "his/omop").mkdir()
    (root / "his/omop/person.csv").write_text("x")
    secret = tmp_path / "secret"
    secret.write_text("root:x")
    (inbox / "patient.csv").symlink_to(secret)
    (inbox / "deep/er").mkdir(parents=True)
    (root / "elsewhere").symlink_to(tmp_path)
    beat()
    assert "放错了位置" in (root / "loose.csv.错误.txt").read_text()
    assert "没有来源系统 lis" in (root / "lis/interchange/patient.csv.错误.txt").read_text()
    assert "没有映射 omop" in (root / "his/omop/person.csv.错误.txt").read_text()
    assert "符号链接" in (inbox / "patient.csv.错误.txt").read_text()
    assert "符号链接" in (root / "elsewhere.错误.txt").read_text()
    assert "文件夹里还有文件夹" in (inbox / "deep/er.错误.txt").read_text()
    assert "his  医院信息系统" in (root / "说明.txt").read_text()
    told = {one["path"]: one["reason"] for one in standing(root)["complaints"]}
    assert told["lis/interchange/patient.csv"] == "没有来源系统 lis"
    assert len(told) == 6
    with acting(SYSTEM):
        assert not Load.objects.exists()
        SourceSystem.objects.create(code="lis", title="检验", organization=community.hospital)
    (root / "loose.csv").unlink()
    beat()
    assert not (root / "loose.csv.错误.txt").exists()
    beat()
    assert not (root / "lis/interchange/patient.csv.错误.txt").exists()
    assert ended(root / "lis/interchange")


def test_what_fits_nothing_fails_with_its_reason(inbox: Path) -> None:
    (inbox / "menu.pdf").write_bytes(b"%PDF")
    beat()
    place = ended(inbox, "failed")
    assert "不属于这个映射" in (place / "错误.txt").read_text()
    assert json.loads((place / "报告.json").read_text())["state"] == "refused"


class Killed(BaseException):
    """The process dies here."""


def dies(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    "where",
    [
        (taking, "begin"),
        (taking, "accept"),
        (taking, "work_off"),
        (receiving, "_write"),
        (receiving, "_finish"),
        (taking, "settle"),
        (settling, "_end"),
    ],
)
def test_killed_anywhere_it_goes_on(inbox: Path, where: tuple[object, str], monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox / "patient.csv").write_text(PEOPLE)
    with monkeypatch.context() as patch:
        patch.setattr(*where, dies)
        with pytest.raises(Killed):
            beat()
    with acting(SYSTEM):
        Job.objects.filter(state="running").update(state="waiting")
    for _ in range(2):
        beat()
    assert ended(inbox)
    assert not list((inbox / "processing").iterdir())
    with acting(SYSTEM):
        load = Load.objects.get()
        assert (load.state, load.lines_accepted) == ("loaded", 1)


def test_a_move_that_broke_off_is_taken_back(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox / "a").mkdir()
    (inbox / "a/patient.csv").write_text(PEOPLE)
    (inbox / "a/encounter.csv").write_text(VISITS)
    moved: list[Path] = []
    plain: Callable[[Path, Path], None] = taking._move

    def second_dies(file: Path, to: Path) -> None:
        if moved:
            raise Killed
        moved.append(to)
        plain(file, to)

    with monkeypatch.context() as patch:
        patch.setattr(taking, "_move", second_dies)
        with pytest.raises(Killed):
            beat()
    [moving] = (inbox / "processing").iterdir()
    beat()
    assert moving.exists(), "another worker may be at it"
    os.utime(moving, (0, 0))
    beat()
    with acting(SYSTEM):
        assert Load.objects.get().lines_read == 3


def test_what_breaks_again_and_again_is_given_up(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(taking, "work_off", broken)
    (inbox / "patient.csv").write_text(PEOPLE)
    for _ in range(5):
        beat()
    assert "没有做完" in (ended(inbox, "failed") / "错误.txt").read_text()


def test_a_file_that_becomes_a_link_is_not_taken(inbox: Path, tmp_path: Path) -> None:
    file = inbox / "patient.csv"
    file.write_text(PEOPLE)
    seen = looking.look(tmp_path / "inbox", looking.Rest(), 0)
    file.unlink()
    file.symlink_to("/etc/passwd")
    pulse.receive(tmp_path / "inbox", seen)
    assert not list((inbox / "processing").glob("*/patient.csv"))


def test_what_was_loaded_goes_after_its_days(inbox: Path, tmp_path: Path) -> None:
    (inbox / "patient.csv").write_text(PEOPLE)
    (inbox / "b").mkdir()
    beat()
    os.utime(ended(inbox), (0, 0))
    settling.clear(tmp_path / "inbox", 30)
    assert not list((inbox / "done").iterdir())
