"""Systems hand in files over REST; what waits is sealed; what nobody needs goes."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from doors_people import LOADS, System, told
from records_community import Community

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ciphers.sm4 import Unreadable
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.running import run as run_job
from yigongti.records.exchange import keeping, sweeping
from yigongti.records.exchange.models import Load, RejectedRow
from yigongti.records.exchange.services import work_off
from yigongti.records.residents.models import SourceSystem

PEOPLE = "source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\np2,李强,7,1960-01-02\n"


@pytest.fixture
def home(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    keys = configuration().keys
    monkeypatch.setattr(configuration(), "key_file", keys)
    monkeypatch.setattr(configuration(), "home", tmp_path)
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
    return tmp_path


@pytest.fixture
def his(home: Path, community: Community) -> System:
    return System(community)


def worked_off(answer: Any) -> Load:
    return work_off(SYSTEM, load_id=told(answer)["id"])


def test_a_delivery_from_a_system_with_its_corrections(his: System, home: Path) -> None:
    answer = his.send(PEOPLE)
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == f"{LOADS}/{told(answer)['id']}"
    assert told(answer)["progress"]["state"] == "waiting"
    load = worked_off(answer)
    report = told(his.client.get(answer["Location"]))
    assert (report["state"], report["read"], report["accepted"], report["rejected"]) == ("loaded", 2, 1, 1)
    page = told(his.client.get(f"{answer['Location']}/rejected"))
    assert [(row["line"], row["column"], row["value"]) for row in page["items"]] == [(3, "sex", "7")]
    assert page["items"][0]["content"]["name"] == "李强"
    sheet = his.client.get(f"{answer['Location']}/rejected/file")
    assert "退回原因" in sheet.content.decode("utf-8-sig")
    book = his.client.get(f"{answer['Location']}/rejected/file?format=xlsx")
    assert book.content[:2] == b"PK"
    again = his.client.post(
        f"{answer['Location']}/corrections?filename=patient.csv",
        sheet.content.replace("李强,7".encode(), "李强,1".encode()),
        content_type="text/csv",
    )
    assert again.status_code == 202, again.content
    assert worked_off(again).lines_accepted == 1
    with acting(SYSTEM):
        assert RejectedRow.objects.get(load=load).state == "corrected"
    listed = told(his.client.get(f"{LOADS}?limit=1"))
    assert [one["id"] for one in listed["items"]] == [told(again)["id"]]
    assert [one["id"] for one in told(his.client.get(f"{LOADS}?before={listed['next']}"))["items"]] == [str(load.pk)]


def test_the_spreadsheet_of_rejected_lines_can_be_sent_again(his: System) -> None:
    answer = his.send(PEOPLE)
    worked_off(answer)
    book = his.client.get(f"{answer['Location']}/rejected/file?format=xlsx").content
    again = his.client.post(
        f"{answer['Location']}/corrections?filename=patient.xlsx", book, content_type="application/octet-stream"
    )
    done = worked_off(again)
    assert (done.lines_read, done.lines_rejected) == (1, 1)


def test_several_files_as_a_form(his: System) -> None:
    visits = "source_key,patient_key,kind,started_at\ne1,p1,outpatient,2026-03-01 09:00\n"
    files = [SimpleUploadedFile("patient.csv", PEOPLE.encode()), SimpleUploadedFile("encounter.csv", visits.encode())]
    answer = his.client.post(LOADS, {"mapping": "interchange", "source": "his", "files": files})
    assert answer.status_code == 202, answer.content
    assert worked_off(answer).lines_accepted == 2


def test_the_same_again_is_the_same_load(his: System) -> None:
    good = PEOPLE.replace(",7,", ",1,")
    first = his.send(good, **{"Idempotency-Key": "a-1"})
    same = his.send(good, **{"Idempotency-Key": "a-1"})
    assert (same.status_code, told(same)["id"]) == (200, told(first)["id"])
    assert told(his.send(good))["id"] == told(first)["id"], "the same content while it waits"
    other = his.send(PEOPLE, **{"Idempotency-Key": "a-1"})
    assert other.status_code == 409
    worked_off(first)
    assert told(his.send(good))["id"] == told(first)["id"], "and when nothing of it was refused"
    with acting(SYSTEM):
        assert Load.objects.count() == 1
    assert len([one for one in (configuration().home / "deliveries").iterdir() if one.name != "open"]) == 0


def test_what_was_refused_may_be_sent_again_unchanged(his: System) -> None:
    """A line may be taken tomorrow that was refused today: its patient has come."""
    first = his.send(PEOPLE)
    worked_off(first)
    assert told(his.send(PEOPLE))["id"] != told(first)["id"]


def test_a_trial_writes_nothing(his: System) -> None:
    query = "mapping=interchange&source=his&filename=patient.csv"
    answer = his.client.post(f"/api/exchange/trials?{query}", PEOPLE.encode(), content_type="text/csv")
    assert answer.status_code == 202, answer.content
    run_job(UUID(told(answer)["job"]))
    job = told(his.client.get(answer["Location"]))
    assert (job["state"], job["result"]["total"]["rejected"]) == ("done", 1)
    with acting(SYSTEM):
        assert not Load.objects.exists()
    assert not [one for one in (configuration().home / "deliveries").iterdir() if one.name != "open"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("mapping=interchange&source=his", 422, "filename"),
        ("mapping=nothing&source=his&filename=a.csv", 422, "mapping"),
        ("mapping=/etc/passwd.yaml&source=his&filename=a.csv", 422, "mapping"),
        ("mapping=interchange&source=nobody&filename=a.csv", 404, "source"),
        ("mapping=interchange&source=his&filename=..", 422, "files"),
        ("mapping=interchange&source=his&filename=a%00b", 422, ""),
    ],
)
def test_what_is_wrong_is_told(his: System, query: str, status: int, field: str) -> None:
    answer = his.send(PEOPLE, query)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    if field:
        assert told(answer)["errors"][0]["field"] == field
    assert told(answer)["detail"]


def test_too_much_is_refused_in_time(his: System, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(configuration(), "upload_bytes", 2_000)
    large = PEOPLE + "p9,甲,1,1970-01-01\n" * 300
    answer = his.send(large)
    assert (answer.status_code, told(answer)["type"]) == (413, "urn:yigongti:problem:too-large")
    files = [SimpleUploadedFile("patient.csv", large.encode())]
    answer = his.client.post(LOADS, {"mapping": "interchange", "source": "his", "files": files})
    assert answer.status_code == 413
    assert not list((home / "deliveries").glob("*/*.sealed"))


def test_each_system_sees_its_own(his: System, community: Community) -> None:
    answer = his.send(PEOPLE)
    other = System(community, community.foreign)
    assert other.send(PEOPLE).status_code == 403
    for address in ("", "/rejected", "/rejected/file"):
        assert other.client.get(f"{answer['Location']}{address}").status_code == 404
    assert told(other.client.get(LOADS))["items"] == []
    reader = System(community, scopes=("record.read",))
    assert reader.send(PEOPLE).status_code == 403
    assert Client().post(LOADS).status_code == 401


def test_what_waits_is_sealed(his: System, home: Path) -> None:
    answer = his.send(PEOPLE)
    [file] = (home / "deliveries").glob("*/*")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "王秀英".encode() not in file.read_bytes()
    assert b"".join(keeping.contents(file)).decode() == PEOPLE
    worked_off(answer)
    assert not file.exists()


@pytest.mark.parametrize("size", [0, 1, keeping.PIECE, keeping.PIECE + 1, 2 * keeping.PIECE + 7])
def test_pieces_cannot_be_cut_or_moved(home: Path, size: int) -> None:
    plain = os.urandom(size)
    with keeping.receiving() as folder:
        kept = keeping.keep([plain[n : n + 99_991] for n in range(0, size, 99_991)], folder, "a.csv", 1 << 30)
    assert b"".join(keeping.contents(kept.path)) == plain
    assert kept.bytes == size
    sealed = kept.path.read_bytes()
    for broken in (
        sealed[:-1],
        sealed[:-40],
        sealed[: len(sealed) // 2],
        sealed[:-1] + b"x",
        b"",
        sealed + sealed[31:],
    ):
        kept.path.write_bytes(broken)
        with pytest.raises(Unreadable):
            list(keeping.contents(kept.path))


def old(path: Path) -> Path:
    """As if it had been there for two hours."""
    os.utime(path, (time.time() - 7200,) * 2)
    return path


def test_what_nobody_needs_is_swept(his: System, home: Path) -> None:
    answer = his.send(PEOPLE)
    shelf = home / "deliveries"
    [waiting] = [old(one) for one in shelf.iterdir()]
    orphan = shelf / str(uuid4())
    orphan.mkdir()
    (orphan / "x.sealed").write_bytes(b"x")
    old(orphan)
    with keeping.private_folder() as alive:
        dead = alive.parent / "tmpdead"
        dead.mkdir()
        (dead / "plain.csv").write_text("x")
        old(dead)
        old(alive)
        sweeping.sweep()
        assert alive.exists()
        assert not dead.exists()
    assert waiting.exists()
    assert not orphan.exists()
    later = clock.now() + timedelta(days=configuration().delivery_days + 1)
    with clock.travelling(later):
        sweeping.sweep()
    assert not waiting.exists()
    load = told(his.client.get(answer["Location"]))
    assert load["state"] == "refused"
    assert "按期删除" in load["reason"]


def test_jobs_end_with_the_load(his: System) -> None:
    answer = his.send(PEOPLE)
    with acting(SYSTEM):
        job = Job.objects.get(kind="exchange.load")
    run_job(job.pk)
    with acting(SYSTEM):
        assert Job.objects.get(pk=job.pk).state == "done"
    assert told(his.client.get(answer["Location"]))["state"] == "loaded"
