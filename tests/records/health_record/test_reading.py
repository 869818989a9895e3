from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from records_community import Community
from records_life import received

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry as AuditEntry
from yigongti.records.health_record import services
from yigongti.records.health_record.branches import BRANCHES, ENTRIES
from yigongti.records.health_record.models import Observation, Procedure
from yigongti.records.residents.models import Resident


def browser(actor: Actor) -> Client:
    [granted] = actor.grants
    with acting(SYSTEM):
        Grant.objects.create(user_id=actor.user_id, role=granted.role, organization_id=granted.organization_id)
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


@pytest.fixture
def resident(community: Community) -> Resident:
    """Someone with a visit and what other systems sent."""
    made = community.resident()
    services.record_encounter(
        community.family_doctor, resident_id=made.pk, kind="outpatient", measurements={"sbp": 162, "dbp": 101}
    )
    received(made, community.centre)
    return made


def test_every_kind_of_the_timeline_has_a_page_of_its_row() -> None:
    assert ENTRIES.keys() == BRANCHES.keys()


@pytest.mark.parametrize("kind", sorted(BRANCHES.keys() - {"condition", "medication", "allergy", "document"}))
def test_a_row_says_where_it_comes_from(community: Community, resident: Resident, kind: str) -> None:
    client = browser(community.family_doctor)
    with acting(SYSTEM):
        row = ENTRIES[kind].objects.filter(resident=resident).first()
    page = client.get(reverse("record:entry", args=[resident.pk, kind, row.pk])).content.decode()
    assert "来源系统" in page
    assert ("检验系统" if row.source else "在平台上书写") in page
    assert ("收到时间" in page) == bool(row.source)
    with acting(SYSTEM):
        assert AuditEntry.objects.filter(subject="record:entry", resident_id=resident.pk).exists()


def test_a_report_shows_its_values_with_the_laboratorys_own_range(community: Community, resident: Resident) -> None:
    client = browser(community.family_doctor)
    with acting(SYSTEM):
        [report] = ENTRIES["report"].objects.filter(resident=resident)
    page = client.get(reverse("record:entry", args=[resident.pk, "report", report.pk])).content.decode()
    assert "12.4↑" in page
    assert "3.5–9.5" in page


def test_the_versions_of_a_corrected_row_are_told_with_what_changed(community: Community, resident: Resident) -> None:
    client = browser(community.family_doctor)
    with acting(SYSTEM):
        old = Observation.objects.get(resident=resident, code="sbp")
    new = services.correct_entry(community.family_doctor, Observation, old.pk, value=Decimal(142))
    page = client.get(reverse("record:entry", args=[resident.pk, "measurement", new.pk])).content.decode()
    assert "第 2 版" in page
    assert "<del>162</del> → 142" in page
    before = client.get(reverse("record:entry", args=[resident.pk, "measurement", old.pk])).content.decode()
    assert "已被更正" in before
    assert "作废这一条" not in before


def test_a_received_row_is_declared_void_by_hand(community: Community, resident: Resident) -> None:
    client = browser(community.family_doctor)
    with acting(SYSTEM):
        [row] = Procedure.objects.filter(resident=resident)
    url = reverse("record:void", args=[resident.pk, "procedure", row.pk])
    assert client.post(url, {"reason": "录错人"}).status_code == 302
    page = client.get(reverse("record:resident", args=[resident.pk])).content.decode()
    assert "纤维结肠镜" not in page


def test_a_row_of_somebody_else_is_not_found(community: Community, resident: Resident) -> None:
    client, other = browser(community.family_doctor), community.resident(name="李建国")
    with acting(SYSTEM):
        [row] = Procedure.objects.filter(resident=resident)
    for kind, person, entry in (("procedure", other, row), ("nothing", resident, row)):
        assert client.get(reverse("record:entry", args=[person.pk, kind, entry.pk])).status_code == 404
    stranger = browser(community.stranger)
    assert stranger.get(reverse("record:entry", args=[resident.pk, "procedure", row.pk])).status_code in (403, 404)


def test_the_course_of_one_value_with_its_range(community: Community, resident: Resident) -> None:
    client = browser(community.family_doctor)
    url = reverse("record:results", args=[resident.pk])
    page = client.get(url, {"code": "6690-2"}).content.decode()
    assert "白细胞" in page
    assert "参考上限" in page
    assert "12.4↑" in page
    assert "收缩压" in client.get(url).content.decode()
    assert client.get(url, {"code": "<nothing>"}).status_code == 200
    empty = community.resident(name="李建国")
    assert "还没有测量" in client.get(reverse("record:results", args=[empty.pk])).content.decode()


def test_the_summary_and_the_filter_answer_whatever_is_asked(community: Community, resident: Resident) -> None:
    client = browser(community.family_doctor)
    page = client.get(reverse("record:summary", args=[resident.pk])).content.decode()
    assert "血常规" in page
    assert "缬沙坦胶囊" in page
    timeline = reverse("record:timeline", args=[resident.pk])
    found = client.get(timeline, {"text": "血常规"}).content.decode()
    assert "血常规" in found
    assert "门诊" not in found
    for asked in ({"since": "x"}, {"organization": "9" * 30}, {"text": "\x00%_\\"}, {"below": "nan_x"}, {"kind": "?"}):
        assert client.get(timeline, asked).status_code == 200


def test_the_record_page_takes_few_statements(
    community: Community, resident: Resident, django_assert_max_num_queries
) -> None:
    client = browser(community.family_doctor)
    url = reverse("record:resident", args=[resident.pk])
    client.get(url)
    with django_assert_max_num_queries(14):
        assert client.get(url).status_code == 200
