"""The pages of quality: who sees whom, every number opens, rows only for the sender's data office, spreadsheets."""

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from quality_deliveries import PEOPLE, PROBLEMS, VALUES, VISITS, delivered
from records_community import Community, works_at

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.records.exchange.quality import publishing, queries
from yigongti.records.exchange.quality.models import QualityMonth
from yigongti.records.residents.models import SourceSystem
from yigongti.registry.organizations.models import Organization

BACKEND = "yigongti.kernel.access.backends.GrantedBackend"


@pytest.fixture
def house(community: Community) -> Community:
    """The community with the systems of two organisations."""
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
        SourceSystem.objects.create(code="other", title="邻县系统", organization=community.foreign)
    return community


@pytest.fixture
def loaded(house: Community, tmp_path: Path) -> Community:
    """The same after deliveries; the other system has a publication too."""
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES, condition=PROBLEMS)
    people = "source_key,name,sex,birth_date\n" + "".join(f"q{n},张三,1,1960-01-02\n" for n in range(30))
    delivered(tmp_path / "b", patient=people)
    with acting(SYSTEM):
        row = QualityMonth.objects.filter(source="his", replaced_at=None).latest("month")
        row.pk, row.source_id, row.revision, row.score = None, "other", 1, 99
        row.save()
    return house


def browser(role: str, organization: Organization) -> Client:
    """Somebody's browser."""
    with acting(SYSTEM):
        actor = works_at(organization, role)
        Grant.objects.create(user_id=actor.user_id, role=role, organization=organization, subtree=True)
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend=BACKEND)
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    """What a page says."""
    response = client.get(url)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_before_the_first_delivery_the_pages_say_what_will_be_there(house: Community) -> None:
    client = browser("data-office", house.hospital)
    assert "还没有收到过数据" in page(client, "/exchange/quality/")
    assert "还没有收到过这个来源的数据" in page(client, "/exchange/quality/his/")
    assert "2026-10 没有收到数据" in page(client, "/exchange/quality/his/2026-10/")
    page(client, "/exchange/quality/his/2026-10/patient.name/", 404)
    page(client, "/exchange/quality/his/october/", 404)
    page(client, "/exchange/quality/nobody/", 404)


def test_the_ranking_names_only_ones_own(loaded: Community) -> None:
    client = browser("data-office", loaded.hospital)
    shown = page(client, "/exchange/quality/")
    assert "医院信息系统" in shown
    assert "其他机构的来源" in shown
    assert "邻县系统" not in shown
    assert "2 / 2" in shown
    assert "/exchange/quality/his/2026-11/" in shown
    assert "/exchange/quality/other/" not in shown
    book = openpyxl.load_workbook(BytesIO(client.get("/exchange/quality/?export=exchange-quality").content))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert "医院信息系统" in cells
    assert "邻县系统" not in cells
    october = page(client, "/exchange/quality/?month=2026-10")
    assert "行数不足" in october  # fewer than twenty rows: no place
    with acting(SYSTEM):
        assert queries.newest_to_rank(["2026-12", "2026-11"], publishing.policy()) == "2026-11"
    page(client, "/exchange/quality/other/", 404)


def test_a_source_its_month_and_a_measure_open_one_another(loaded: Community) -> None:
    client = browser("data-office", loaded.hospital)
    source = page(client, "/exchange/quality/his/")
    for words in (
        "先改什么",
        "各维度 × 各月",
        "重算过的月份",
        "2026-10",
        "/exchange/quality/his/2026-11/patient.id-number/",
    ):
        assert words in source
    month = page(client, "/exchange/quality/his/2026-10/")
    for words in ("一致性", "孕产和女性疾病编码与性别相符", "1 / 2", "权重"):
        assert words in month
    measure = page(client, "/exchange/quality/his/2026-10/condition.female/")
    for words in ("查询语句", "50.00", "exchange/quality", "c2", "O14.900", "person_sex"):
        assert words in measure
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="quality:rows").exists()
    refused = page(client, "/exchange/quality/his/2026-10/lines.plausible/")
    assert "超出可能范围" in refused
    assert "?rule=range" in refused
    book = openpyxl.load_workbook(BytesIO(client.get("/exchange/quality/his/?export=xlsx").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[6:8] for row in rows if row[5] == "孕产和女性疾病编码与性别相符"] == [(1, 2)]


def test_a_director_sees_the_numbers_and_not_the_rows(loaded: Community) -> None:
    client = browser("director", loaded.hospital)
    measure = page(client, "/exchange/quality/his/2026-10/condition.female/")
    assert "只对来源单位信息科显示" in measure
    assert "O14.900" not in measure
    page(browser("family-doctor", loaded.centre), "/exchange/quality/", 403)


def test_the_method_is_told(house: Community) -> None:
    shown = page(browser("director", house.hospital), "/exchange/quality/method/")
    for words in ("质量评价办法", "GB/T 36344", "建议", "必填项齐全", "隐去名称"):
        assert words in shown


def test_a_page_takes_few_statements(loaded: Community) -> None:
    client = browser("data-office", loaded.hospital)
    for url, most in (("/exchange/quality/", 6), ("/exchange/quality/his/", 8), ("/exchange/quality/his/2026-10/", 6)):
        page(client, url)
        with CaptureQueriesContext(connection) as asked:
            page(client, url)
        own = [q["sql"] for q in asked if "data_quality" in q["sql"] or "residents_source" in q["sql"]]
        assert len(own) <= most, own
