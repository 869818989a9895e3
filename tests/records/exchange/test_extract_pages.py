"""Pages of extracts: the register, the request, the case, the file; who may see what."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from extract_play import House, account, again, approved, asked, at, made, make_house, prepared, unpacked
from records_community import Community, works_at

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant
from yigongti.records.exchange.extracts.models import Extract, Paper

BACKEND = "yigongti.kernel.access.backends.GrantedBackend"


@pytest.fixture
def house(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Residents of two towns, a planner, a data office, a council."""
    at(tmp_path, monkeypatch)
    return make_house(community)


def browser(actor: Actor) -> Client:
    """Somebody's browser."""
    client = Client()
    client.force_login(account(actor), backend=BACKEND)
    return client


def test_asked_for_prepared_approved_and_fetched_on_pages(house: House) -> None:
    planner, office, council = map(browser, (house.planner, house.office, house.approver))
    assert "居民年表（规划用）" in planner.get("/exchange/extracts/new/").content.decode()
    form = planner.get("/exchange/extracts/new/resident-years/").content.decode()
    assert "各列会变成什么" in form
    assert "每 5 一组，85 及以上合为一组 → 每 10 一组" in form
    values = {"purpose": "planning", "reason": "全县床位与人员配置规划的测算", "used_by": "县卫健局规划科"}
    values |= {"keeper": house.community.hospital.pk, "recipient": house.planner.user_id}
    wrong = planner.post(
        "/exchange/extracts/new/resident-years/", {**values, "first": "2025-02-01", "last": "2025-01-01"}
    )
    assert wrong.status_code == 422
    assert "止早于起" in wrong.content.decode()
    sent = planner.post(
        "/exchange/extracts/new/resident-years/", {**values, "first": "2025-01-01", "last": "2025-12-31"}
    )
    assert sent.status_code == 302, sent.content.decode()
    url = sent["Location"]
    paper = SimpleUploadedFile("批件.pdf", b"%PDF-1.7 ...")
    planner.post(f"{url}papers/", {"file": paper})
    with acting(SYSTEM):
        kept = Paper.objects.get()
    assert b"PDF" not in bytes(kept.content)
    assert council.get(f"{url}papers/{kept.pk}/").content.startswith(b"%PDF")
    settled = {"first": "2025-01-01", "last": "2025-12-31", "k": "5", "version": "1"}
    assert office.post(f"{url}prepare/", settled).status_code == 302
    assert "批准" in council.get(f"{url}approve/").content.decode()
    assert council.post(f"{url}approve/", {"note": "同意", "version": "2"}).status_code == 302
    assert "正在生成" in planner.get(url).content.decode()
    assert planner.get(f"{url}progress/").status_code == 200


def test_the_report_and_the_download(house: House) -> None:
    case = made(house)
    url = case.get_absolute_url()
    page = browser(house.planner).get(url).content.decode()
    for words in ("检查报告", "逐级概括", "组的大小", f"下载 {case.number}.zip"):
        assert words in page
    assert "只有领取人" in browser(house.office).get(url).content.decode()
    file = browser(house.planner).post(f"{url}file/")
    assert file["Cache-Control"] == "no-store"
    assert unpacked(file.content)[0]
    assert again(case.pk).downloads == 1
    assert browser(house.office).post(f"{url}file/").status_code == 403
    short = made(house, prepare={"k": 200})
    assert "未通过" in browser(house.office).get(short.get_absolute_url()).content.decode()


def test_strangers_see_nothing(house: House) -> None:
    case = prepared(house, asked(house))
    url = case.get_absolute_url()
    stranger = browser(house.stranger)
    assert case.number not in stranger.get("/exchange/extracts/").content.decode()
    for address in (url, f"{url}progress/", f"{url}approve/"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{url}approve/", {}).status_code == 404
    assert stranger.post(f"{url}file/").status_code == 404
    with acting(SYSTEM):
        doctor = works_at(house.community.hospital, "specialist")
        Grant.objects.create(user_id=doctor.user_id, role="specialist", organization=house.community.hospital)
    assert browser(doctor).get("/exchange/extracts/").status_code == 403
    assert browser(doctor).get(url).status_code == 403


def test_the_register_reads_little(house: House) -> None:
    for _ in range(3):
        approved(house, prepared(house, asked(house)))
    client = browser(house.approver)
    client.get("/exchange/extracts/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/exchange/extracts/").content.decode()
    with acting(SYSTEM):
        assert all(number in page for number in Extract.objects.values_list("number", flat=True))
    about = [q["sql"] for q in queries if "extracts_extract" in q["sql"]]
    assert len(about) <= 2, about
