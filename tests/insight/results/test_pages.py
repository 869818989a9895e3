"""The pages of indicators: what each reader sees of a number, its members, its change and its records."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime
from records_community import Community, make_community, works_at
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.config import configuration
from yigongti.insight.results.models import Result, Run
from yigongti.insight.results.refreshing import refresh
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.records.health_record import services
from yigongti.records.health_record.models import Encounter
from yigongti.registry.organizations.models import Organization

pytestmark = pytest.mark.django_db(transaction=True)
BEIJING = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 4, 6, 9, tzinfo=BEIJING)
JUNE = datetime(2026, 6, 3, 8, tzinfo=BEIJING)
VISITS = "/indicators/services/visits"


@pytest.fixture
def community() -> Iterator[Community]:
    """Nine visits in April and twelve in May at the village, three in May at the hospital."""
    with clock.travelling(FIRST - timedelta(days=30)):
        made = make_community()
        with acting(SYSTEM):
            Organization.objects.update(area_code="431127000000")
        made.patients = [made.resident(name=f"居民{number}") for number in range(4)]
    for number in range(9):
        came(made.village_doctor, made, number, FIRST + timedelta(days=number))
    for number in range(12):
        came(made.village_doctor, made, number, FIRST + timedelta(days=30 + number))
    with clock.travelling(JUNE):
        refresh(Shelf(configuration().home / "warehouse"))
        yield made


def came(actor: Actor, made: Community, number: int, at: datetime) -> None:
    with clock.travelling(at):
        services.record_encounter(
            actor, resident_id=made.patients[number % 4].pk, kind="outpatient", measurements={"sbp": "132", "dbp": "80"}
        )


def client_of(actor: Actor) -> Client:
    with acting(SYSTEM):
        for granted in actor.grants:
            Grant.objects.get_or_create(
                user_id=actor.user_id, role=granted.role, organization_id=granted.organization_id
            )
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def at(made: Community, level: str, key: object, period: str = "2026-05") -> str:
    return f"{VISITS}/{level}/{key}/{period}/"


def test_a_number_opens_to_formula_source_members_and_change(community: Community) -> None:
    page = client_of(works_at(community.centre, "family-doctor", community.station)).get(
        at(community, "centre", community.centre.pk)
    )
    told = page.content.decode()
    assert page.status_code == 200
    for words in ("怎么算的", "依据", "快照", "个机构月有数据", "上洞村卫生室", "与上一期相比（按成员）", "+3"):
        assert words in told, words


def test_the_records_are_named_within_the_rights_of_the_reader(community: Community) -> None:
    address = at(community, "centre", community.centre.pk) + "records/numerator/"
    doctor = client_of(community.family_doctor).get(address).content.decode()
    assert "居民0" in doctor
    assert "共 12 条" in doctor
    with acting(SYSTEM):
        read = Entry.objects.filter(subject="results:records")
    assert {one.resident_id for one in read} == {None, *(one.pk for one in community.patients)}
    county = at(community, "county", "431127") + "records/numerator/"
    colleague = client_of(works_at(community.hospital, "family-doctor")).get(county).content.decode()
    assert "居民0" not in colleague
    assert "（无诊疗关系）" in colleague
    with acting(SYSTEM):
        keys = {str(one.pk) for one in Encounter.objects.all()}
    assert not any(key in page for key in keys for page in (doctor, colleague))
    council = client_of(works_at(community.centre, "council")).get(address).content.decode()
    assert "居民0" not in council
    assert "不含个人信息" in council


def test_a_small_count_is_hidden_from_who_does_not_answer_for_the_people(community: Community) -> None:
    with acting(SYSTEM):
        Result.objects.filter(unit__level="organization", period="2026-05").update(numerator=5)
    address = at(community, "organization", community.station.pk)
    watcher = client_of(works_at(community.foreign, "insurance-bureau"))
    assert "不显示" in watcher.get(address).content.decode()
    assert watcher.get(address + "records/numerator/").status_code == 403
    own = client_of(community.village_doctor).get(address)
    assert "不显示" not in own.content.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/organization/999999/2026-05/", 404),
        ("/organization/{station}/2026-13/", 404),
        ("/organization/{station}/0000/", 404),
        ("/organization/{station}/2026-05/records/nothing/", 404),
        ("/organization/{station}/2026-05/records/numerator/?page=9", 404),
        ("/organization/{station}/2026-05/records/numerator/?page=x", 404),
        ("/organization/{station}/2031-05/", 200),
    ],
)
def test_what_is_not_there_is_said(community: Community, path: str, status: int) -> None:
    answer = client_of(community.village_doctor).get(VISITS + path.format(station=community.station.pk))
    assert answer.status_code == status


def test_elsewhere_is_not_seen_and_the_list_is_short_of_statements(community: Community) -> None:
    with acting(SYSTEM):
        Organization.objects.filter(pk=community.foreign.pk).update(area_code="110101000000")
    stranger = client_of(community.stranger)
    assert stranger.get(at(community, "organization", community.station.pk)).status_code == 404
    client = client_of(community.family_doctor)
    client.get("/indicators/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = client.get("/indicators/")
    with acting(SYSTEM):
        computed = localtime(Run.objects.latest("at").at)
    assert f"{computed:%Y-%m-%d %H:%M} 计算" in page.content.decode()
    assert "门急诊人次" in page.content.decode() or "visits" in page.content.decode()
    own = [q["sql"] for q in asked if "set_config" not in q["sql"] and "results_" in q["sql"]]
    assert len(own) <= 6, own
    assert client_of(works_at(community.hospital, "pharmacist")).get("/indicators/").status_code == 403


def test_before_the_first_run_the_page_says_when(community: Community) -> None:
    with acting(SYSTEM):
        Result.objects.all().delete()
        Run.objects.all().delete()
    office = client_of(works_at(community.hospital, "data-office"))
    page = office.get("/indicators/").content.decode()
    assert "指标还没有计算" in page
    assert "现在计算" in page
    assert office.post("/indicators/refresh/").status_code == 302
    assert client_of(community.family_doctor).post("/indicators/refresh/").status_code == 403


def test_the_interface_answers_as_the_pages_do(community: Community) -> None:
    doctor = client_of(community.family_doctor)
    centre = community.centre.pk
    numbers = doctor.get(
        f"/api/indicators/numbers?indicator=services/visits&period=2026-05&level=centre&unit={centre}"
    ).json()
    assert [(n["numerator"], n["hidden"]) for n in numbers["items"]] == [("12.000000", False)]
    told = doctor.get(f"/api/indicators/explanations/services/visits/centre/{centre}/2026-05").json()
    assert told["number"]["numerator"] == "12.000000"
    assert "encounter" in told["sql"]
    assert doctor.get("/api/indicators/runs").json()[0]["results"] > 0
    assert doctor.get("/api/indicators/restatements").json() == []
    assert doctor.get("/api/indicators/numbers?indicator=services/visit").status_code == 404
    pharmacist = client_of(works_at(community.hospital, "pharmacist"))
    assert pharmacist.get("/api/indicators/runs").status_code == 403


def test_the_command_names_units_as_the_pages_do(community: Community) -> None:
    asked = ["indicators", "run", "services/visits", "--level", "centre"]
    told = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    assert community.centre.name in told.output
