"""The demonstration community without the data sets: small, fast, and the same when built twice."""

import threading
from pathlib import Path

import pytest

from yigongti.config import configuration
from yigongti.insight.simulator import demo, generated
from yigongti.insight.simulator.models import BuildStage
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Conflict
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.residents.identity import parse
from yigongti.records.residents.models import CareRelation, Resident, SignedCentre
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area, Grid
from yigongti.registry.staff.models import Practitioner

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (Organization, Area, Grid, Resident, SignedCentre, CareRelation, Encounter, Observation, Condition)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data folder, and a cohort of sixty."""
    monkeypatch.setattr(configuration(), "data_dir", None)
    monkeypatch.setattr(generated, "PERSONS", 60)


def counted() -> dict[str, int]:
    """Rows of every table that matters."""
    with acting(SYSTEM):
        return {table.__name__: table.objects.count() for table in TABLES}


@pytest.mark.usefixtures("small")
def test_a_small_community_is_built_from_nothing_and_once() -> None:
    told: list[tuple[str, int, int]] = []
    summary = demo.build(lambda *step: told.append(step))
    assert summary.built == [stage.name for stage in demo.STAGES]
    assert summary.counts["villages"] == 228
    assert summary.counts["residents"] == 60
    assert summary.counts["loads"]["measurement"]["read"] > 300
    assert "refused" not in summary.counts["steps"], summary.counts["steps"]
    assert {title for title, _, _ in told} >= {stage.title for stage in demo.STAGES}
    with acting(SYSTEM):
        consortium = Consortium.objects.get()
        roles = [m.role for m in Membership.objects.filter(consortium=consortium)]
        assert (roles.count("lead"), roles.count("branch")) == (1, 15)
        assert Grid.objects.filter(station__part_of_id__isnull=False).count() == 228
        assert not Organization.objects.exclude(phone__startswith="0000-1").exists()
        assert not Organization.objects.filter(address__contains="示意").exists()
        doctors = Practitioner.objects.filter(user__grants__role__in=("family-doctor", "village-doctor"))
        assert doctors.exists()
        assert not doctors.exclude(phone__startswith="0000-3").exists()
        _people_have_valid_identities_and_someone_who_cares()
    before = counted()
    assert not demo.unfinished()
    assert demo.build().built == []
    assert counted() == before


def _people_have_valid_identities_and_someone_who_cares() -> None:
    for resident in Resident.objects.all():
        number = parse(str(resident.id_number), known_area_only=False)
        assert (number.birth_date, number.sex) == (resident.birth_date, resident.sex)
        assert resident.name
        assert resident.name_pinyin
        assert resident.relations.filter(kind="grid").count() == 2
    assert 0.6 < SignedCentre.objects.count() / 60 < 0.9


@pytest.mark.usefixtures("small")
def test_a_broken_build_leaves_nothing_half_visible_and_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.unfinished()
    whole = demo.record.contacts

    def broken(lead_id: int) -> int:
        if threading.current_thread() is threading.main_thread():
            raise RuntimeError("power cut")
        return whole(lead_id)

    monkeypatch.setattr(demo.record, "contacts", broken)
    with pytest.raises(RuntimeError):
        demo.build()
    with acting(SYSTEM):
        assert not Encounter.objects.exists()
        assert Resident.objects.count() == 60
    assert demo.unfinished()
    monkeypatch.setattr(demo.record, "contacts", whole)
    assert demo.build().built == [stage.name for stage in demo.STAGES[4:]]
    with acting(SYSTEM):
        assert Encounter.objects.exists()


def test_production_and_foreign_data_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "mode", "production")
    with pytest.raises(Conflict):
        demo.build()
    monkeypatch.setattr(configuration(), "mode", "test")
    with acting(SYSTEM):
        Organization.objects.create(code="X", name="某医院", institution_class="A100", tier="county")
    assert not demo.unfinished()
    with pytest.raises(Conflict):
        demo.build()
    with acting(SYSTEM):
        assert not BuildStage.objects.exists()


@pytest.mark.usefixtures("small")
def test_accounts_are_written_for_the_login_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "mode", "demo")
    monkeypatch.setattr(configuration(), "home", tmp_path)
    monkeypatch.setattr(configuration(), "key_file", tmp_path / "keys.json")
    accounts = demo.build().accounts
    assert {"cunyi", "quanke", "zhuanzhenban", "jumin"} <= {account["username"] for account in accounts}
    assert all(account["does"] and account["password"] for account in accounts)
