"""Pages of the data office: upload, report, rejected lines, corrected lines."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from records_community import Community, works_at

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.records.exchange.models import Load, RejectedRow
from yigongti.records.exchange.services import receive, work_off
from yigongti.records.residents.models import SourceSystem

BACKEND = "yigongti.kernel.access.backends.GrantedBackend"
PEOPLE = "source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\np2,李强,7,1960-01-02\n"


@pytest.fixture
def office(community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """Someone of the hospital's data office; the hospital has a HIS."""
    monkeypatch.setattr(configuration(), "home", tmp_path)
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
        return works_at(community.hospital, "data-office", name="张工")


@pytest.fixture
def browser_of_office(office: Actor, community: Community) -> Client:
    """Their browser."""
    with acting(SYSTEM):
        Grant.objects.create(user_id=office.user_id, role="data-office", organization=community.hospital, subtree=True)
    client = Client()
    client.force_login(User.objects.get(pk=office.user_id), backend=BACKEND)
    return client


def upload(client: Client, text: str, **values: str) -> Load:
    """The load that an upload opens."""
    file = SimpleUploadedFile("patient.csv", text.encode())
    data = {"source": "his", "mapping": "exchange/interchange", "files": [file], **values}
    response = client.post("/exchange/loads/new/", data)
    assert response.status_code == 302, response.content.decode()
    with acting(SYSTEM):
        return Load.objects.get(pk=response["Location"].rstrip("/").rsplit("/", 1)[-1])


def test_a_file_is_uploaded_corrected_and_sent_again(office: Actor, browser_of_office: Client, tmp_path: Path) -> None:
    load = upload(browser_of_office, PEOPLE)
    assert Path(load.paths[0]).exists()
    assert "已收到" in browser_of_office.get(load.get_absolute_url()).content.decode()
    work_off(office, load_id=load.pk)
    assert not Path(load.paths[0]).exists()
    page = browser_of_office.get(load.get_absolute_url()).content.decode()
    assert "性别没有代码“7”" in page
    sheet = browser_of_office.get(f"{load.get_absolute_url()}rejected/").content.decode("utf-8-sig")
    assert "退回原因" in sheet
    assert "李强,7,1960-01-02" in sheet
    again = upload(browser_of_office, sheet.replace("李强,7", "李强,1"), corrects=str(load.pk))
    done = work_off(office, load_id=again.pk)
    assert (done.lines_accepted, done.lines_rejected) == (1, 0)
    with acting(SYSTEM):
        row = RejectedRow.objects.get(load=load)
        assert (row.state, row.corrected_by_id) == ("corrected", again.pk)
    assert load.number in browser_of_office.get("/exchange/loads/").content.decode()


def test_files_that_were_not_read_are_listed_by_reason(
    office: Actor, browser_of_office: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "sent"
    for name in ("patient.csv", *(f"{ward}/note.txt" for ward in "ABCDEFGH"), "A/Thumbs.db"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PEOPLE)
    source = SourceSystem.objects.get(pk="his")
    load = receive(SYSTEM, source=source, mapping="interchange", files=[folder])
    page = browser_of_office.get(load.get_absolute_url()).content.decode()
    part = page.split("未读取的文件")[1].split("</section>")[0]
    assert part.count("<tr>") == 3
    assert "A/note.txt、B/note.txt" in part
    assert "另有 2 个" in part
    assert "A/Thumbs.db" in part


def test_the_watched_folder_says_the_same_once(
    browser_of_office: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "inbox"
    (root / "his/omop").mkdir(parents=True)
    for name in ("person.csv", "visit.csv"):
        (root / "his/omop" / name).write_text("x")
    monkeypatch.setattr(configuration(), "inbox", root)
    page = browser_of_office.get("/exchange/loads/").content.decode()
    part = page.split("收件文件夹里不能接收的文件")[1].split("</section>")[0]
    assert part.count("<li>") == 1
    assert "没有映射 omop（2 个文件）" in part
    assert "his/omop/person.csv、his/omop/visit.csv" in part


def test_others_see_nothing_of_it(browser_of_office: Client, community: Community) -> None:
    load = upload(browser_of_office, PEOPLE)
    with acting(SYSTEM):
        stranger = works_at(community.foreign, "data-office")
        Grant.objects.create(user_id=stranger.user_id, role="data-office", organization=community.foreign)
    client = Client()
    client.force_login(User.objects.get(pk=stranger.user_id), backend=BACKEND)
    assert client.get(load.get_absolute_url()).status_code == 404
    assert load.number not in client.get("/exchange/loads/").content.decode()


@pytest.mark.parametrize("address", ["/exchange/loads/new/", "/exchange/systems/", "/exchange/templates/patient/"])
def test_every_page_opens(browser_of_office: Client, address: str) -> None:
    assert browser_of_office.get(address).status_code == 200
