"""De-identified extracts: who may, what leaves, what never does, and what remains afterwards."""

import re
from collections import Counter
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from extract_play import House, account, again, approved, asked, at, fresh, made, make_house, prepared, unpacked
from pyarrow import parquet
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.events.outbox import deliver
from yigongti.kernel.jobs.declaration import Silent
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.running import run
from yigongti.kernel.notices.models import Notice
from yigongti.records.exchange.extracts import keeping, schemas, services, vault
from yigongti.records.exchange.extracts.making import make
from yigongti.records.exchange.extracts.models import Extract
from yigongti.records.exchange.extracts.workflow import Extraction
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy.models import Hiding
from yigongti.records.residents.models import Consent, Resident

#: a day or a moment; a month alone is what an extract may say
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.fixture
def house(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Residents of two towns, a planner, a data office, a council."""
    at(tmp_path, monkeypatch)
    return make_house(community)


def test_from_the_request_to_the_file(house: House) -> None:
    case = made(house)
    assert case.state == "ready", case.answer
    assert case.expires_at == (case.made_at or clock.now()) + timedelta(days=30)
    rows, files = unpacked(services.fetch(house.planner, case=case))
    assert set(files) == {"data.csv", "data.parquet", "dictionary.csv", "README.md"}
    assert len(rows) == case.rows
    assert case.rows + case.report["attempts"][-1]["suppressed"] == len(house.residents)
    assert parquet.read_table(BytesIO(files["data.parquet"])).num_rows == case.rows
    assert "姓名" in files["README.md"].decode()
    assert {row["area"] for row in rows} <= {"431127101", "431127102", "431127"}
    assert sum(int(row["outpatient"]) for row in rows) == len(rows)
    assert again(case.pk).state == "downloaded"


def test_no_identifier_and_no_day_leaves(house: House) -> None:
    _, files = unpacked(services.fetch(house.planner, case=made(house)))
    text = files["data.csv"].decode() + files["dictionary.csv"].decode()
    for resident in house.residents:
        assert str(resident.pk) not in text
        assert resident.name not in text
        assert resident.number not in text
        assert str(resident.birth_date) not in text
    assert DAY.search(files["data.csv"].decode()) is None


def test_every_class_has_k_people(house: House) -> None:
    """Counted again, naively, from what left."""
    rows, _ = unpacked(services.fetch(house.planner, case=made(house, prepare={"k": 7})))
    people: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        people.setdefault((row["year"], row["age"], row["sex"], row["area"]), set()).add(row["pseudonym"])
    assert min(map(len, people.values())) >= 7


def test_rows_of_one_person_laid_together_are_told(house: House) -> None:
    case = made(house)
    rows, files = unpacked(services.fetch(house.planner, case=case))
    quasi = [name for name in rows[0] if name in case.report["levels"]]
    people: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        people.setdefault(row["pseudonym"], set()).add(tuple(row[name] for name in quasi))
    sizes = Counter(frozenset(lines) for lines in people.values())
    below = sum(count for count in sizes.values() if count < case.report["k"])
    assert case.report["joined"] == {"people": len(people), "below": below, "smallest": min(sizes.values())}
    words = "同一假名的各行连起来看"
    assert any(words in content.decode("utf-8", "replace") for content in files.values())


def test_nothing_of_an_extract_lies_in_the_folder_of_the_system(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert made(house).state == "ready"


def test_days_are_shifted_by_the_same_secret_number(house: House) -> None:
    case = made(house, policy="extract/chronic-months", purpose="evaluation")
    assert case.state == "ready", case.answer
    rows, files = unpacked(services.fetch(house.planner, case=case))
    assert rows
    assert {row["icd"] for row in rows} <= {"I10", "E11", "I00-I99", "E00-E90", "*"}
    first = next(row for row in rows if row["last_measured"])
    assert DAY.fullmatch(first["last_measured"])
    assert "偏移" in files["README.md"].decode()


def test_the_same_data_give_the_same_file_and_another_extract_other_pseudonyms(house: House) -> None:
    case = made(house)
    first = vault.fetch(case.pk)
    advance(house.office, Extraction, case.pk, "again", {})
    second = make(case.pk, Silent())
    assert (second.digest, second.made, second.expires_at) == (case.digest, 2, case.expires_at)
    assert vault.fetch(case.pk) == first
    other = made(house)
    mine, theirs = (
        {row["pseudonym"] for row in unpacked(services.fetch(house.planner, case=one))[0]} for one in (second, other)
    )
    assert mine
    assert not mine & theirs


def test_the_file_is_encrypted_where_it_lies(house: House) -> None:
    case = made(house)
    [path] = vault.folder().iterdir()
    assert b"data.csv" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert unpacked(vault.fetch(case.pk))[0]


def test_the_second_person_is_another_person(house: House) -> None:
    case = prepared(house, asked(house))
    for somebody in (house.planner,):
        with pytest.raises(Forbidden, match="申请、准备或领取"):
            advance(somebody, Extraction, case.pk, "approve", {})
    with pytest.raises(Forbidden):
        advance(house.office, Extraction, case.pk, "approve", {})
    with acting(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        Extract.objects.filter(pk=case.pk).update(approved_by=house.planner.user_id)


def test_others_see_and_do_nothing(house: House) -> None:
    case = made(house)
    with pytest.raises(NotFound):
        services.access_extract(house.stranger, case.pk)
    with pytest.raises(NotFound):
        advance(house.stranger, Extraction, case.pk, "discard", {})
    with acting(SYSTEM):
        doctor = works_at(house.community.hospital, "specialist")
    with pytest.raises(NotFound):
        services.access_extract(doctor, case.pk)
    with pytest.raises(Forbidden):
        services.fetch(doctor, case=case)
    with pytest.raises(Forbidden):
        services.fetch(house.office, case=case)
    with pytest.raises(Forbidden):
        services.fetch(house.approver, case=case)
    with pytest.raises(Forbidden):
        services.request_extract(doctor, policy="extract/resident-years", data=_request(house))
    with pytest.raises(Invalid, match="不能向这家机构"):
        services.request_extract(house.stranger, policy="extract/resident-years", data=_request(house))


def _request(house: House) -> schemas.Request:
    return schemas.Request(
        purpose="planning",
        reason="全县床位与人员配置规划的测算",
        used_by="别处",
        keeper=house.community.hospital.pk,
        recipient=house.planner.user_id or 0,
        first="2025-01-01",
        last="2025-12-31",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": "2025-12-31", "last": "2025-01-01"}, "last"),
        ({"first": "2015-01-01", "last": "2025-01-01"}, "last"),
        ({"last": "2199-01-01"}, "last"),
        ({"purpose": "research"}, "ethics"),
        ({"purpose": "advertising"}, "purpose"),
        ({"condition": "pregnancy"}, "condition"),
        ({"area": "999999"}, "area"),
        ({"recipient": 0}, "recipient"),
    ],
)
def test_a_request_says_what_is_wrong(house: House, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(house, **changes)
    assert refused.value.field == field


def test_nothing_is_released_when_k_cannot_hold(house: House) -> None:
    case = made(house, prepare={"k": 60})
    assert case.state == "short"
    assert "不足 60 人" in case.answer
    assert not case.report["holds"]
    assert len(case.report["attempts"]) == 4
    assert (case.secret, case.approved_by_id, vault.exists(case.pk)) == (None, None, False)
    with pytest.raises((NotFound, Conflict)):
        services.fetch(house.planner, case=case)
    better = approved(house, prepared(house, case, k=5))
    assert make(better.pk, Silent()).state == "ready"


def test_the_preparation_only_narrows(house: House) -> None:
    case = asked(house, area="431127101")
    with pytest.raises(Invalid, match="k 不能低于"):
        prepared(house, case, k=2)
    with pytest.raises(Invalid, match="居住地"):
        prepared(house, case, area="")
    with pytest.raises(Invalid, match="期间"):
        prepared(house, case, first=case.first - timedelta(days=1))


def test_hidden_protected_and_withdrawn_stay_out(house: House) -> None:
    first, second, third = house.residents[:3]
    with acting(SYSTEM):
        diagnosis = {"organization": house.community.centre, "onset_on": "2024-01-01"}
        for one in (first, second):
            Condition.objects.create(resident=one, code="F20", name="精神分裂症", register="mental", **diagnosis)
        Hiding.objects.create(resident=second, category="mental")
        Consent.objects.create(resident=third, kind="sharing", evidence="签字", withdrawn_at=clock.now())
    closed, _ = unpacked(services.fetch(house.planner, case=made(house)))
    assert "mental" not in closed[0]
    case = made(house, approve={"categories": ["mental"]})
    assert case.report["people"] == len(house.residents) - 1
    opened, _ = unpacked(services.fetch(house.planner, case=case))
    assert [row["mental"] for row in opened].count("true") <= 1
    with pytest.raises(Invalid, match="开放"):
        advance(house.approver, Extraction, prepared(house, asked(house)).pk, "approve", {"categories": ["hiv"]})


def test_only_residents_within_the_reach_of_the_approver(house: House) -> None:
    with acting(SYSTEM):
        Resident.objects.create(
            number="X1", name="外县人", sex="1", birth_date="1950-01-01", registered_by=house.community.foreign
        )
    assert made(house).report["people"] == len(house.residents)
    narrow = made(house, area="431127101")
    with acting(SYSTEM):
        there = Resident.objects.filter(area__code__startswith="431127101").count()
    assert narrow.report["people"] == there


def test_a_table_hides_small_cells(house: House) -> None:
    case = made(house, policy="extract/referral-flows")
    assert case.state == "short"
    assert "没有符合条件的记录" in case.answer


def test_expired_files_are_gone(house: House) -> None:
    case = made(house)
    assert case.expires_at
    with clock.travelling(case.expires_at + timedelta(minutes=1)):
        with pytest.raises(NotFound, match="过期"):
            services.fetch(house.planner, case=case)
        with transaction.atomic():
            assert keeping.destroy_expired() == 1
        vault.remove(case.pk)
    gone = again(case.pk)
    assert (gone.state, gone.secret) == ("destroyed", None)
    assert not vault.exists(case.pk)


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_and_destroys(house: House) -> None:
    case = approved(house, prepared(house, asked(house)))
    deliver()
    with acting(SYSTEM):
        job = Job.objects.get(kind="extracts.make")
    run(job.pk)
    ready = again(case.pk)
    assert (ready.state, ready.job) == ("ready", job.pk)
    deliver()
    with acting(SYSTEM):
        titles = list(Notice.objects.filter(user_id=house.planner.user_id).values_list("title", flat=True))
    assert f"{case.number} 可以下载了" in titles
    assert vault.exists(case.pk)
    advance(house.planner, Extraction, case.pk, "discard", {"note": "用完了"})
    assert not vault.exists(case.pk)
    vault.keep(fresh(), b"left over")
    assert keeping.sweep() == 1


def test_everything_is_in_the_audit(house: House) -> None:
    case = made(house)
    key = fresh()
    services.fetch(house.planner, case=case, key=key)
    services.fetch(house.planner, case=case, key=key)
    assert again(case.pk).downloads == 1
    with acting(SYSTEM):
        steps = list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence").values_list("step", flat=True))
        subjects = set(Entry.objects.filter(subject_id=str(case.pk)).values_list("subject", "action"))
    assert steps == ["open", "prepare", "approve", "finish", "download"]
    assert {("extracts_extract", "INSERT"), ("extracts:made", "EXPORT"), ("extracts:file", "EXPORT")} <= subjects
    with acting(SYSTEM):
        kept = Entry.objects.filter(subject="extracts_extract", subject_id=str(case.pk))
        assert all("secret" not in str(entry.data) for entry in kept)


def test_who_asked_takes_it_back(house: House) -> None:
    case = asked(house)
    with acting(SYSTEM):
        colleague = works_at(house.commission, "commission")
    with pytest.raises(Forbidden, match="本人"):
        advance(colleague, Extraction, case.pk, "withdraw", {})
    advance(house.planner, Extraction, case.pk, "withdraw", {})
    assert again(case.pk).state == "withdrawn"
    with pytest.raises(Invalid, match="理由"):
        advance(house.office, Extraction, asked(house).pk, "refuse", {"reason": "other"})
    refused = advance(house.office, Extraction, asked(house).pk, "refuse", {"reason": "minimal"}).case
    assert "最少范围" in refused.answer  # type: ignore[attr-defined]
    assert account(house.office).name == "信息科张工"
