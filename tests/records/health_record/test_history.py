"""What people tell and bring along, written at a desk: services, forms, corrections."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.records.health_record import services
from yigongti.records.health_record.branches import ENTRIES
from yigongti.records.health_record.entry_forms import CORRECTIONS
from yigongti.records.health_record.models import DiagnosticReport, DocumentReference, Immunization, Observation
from yigongti.records.residents.models import Resident

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def resident(community: Community) -> Resident:
    return community.resident()


@pytest.fixture
def doctor(community: Community) -> Client:
    actor = community.family_doctor
    with acting(SYSTEM):
        Grant.objects.create(user_id=actor.user_id, role=actor.grants[0].role, organization_id=actor.organization_id)
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    return client


def written(kind: str, resident: Resident) -> list:
    with acting(SYSTEM):
        return list(ENTRIES[kind].objects.in_force().filter(resident=resident))


def test_the_same_disease_of_the_same_relative_is_told_once(community: Community, resident: Resident) -> None:
    told = {"resident_id": resident.pk, "relationship": "父亲", "name": "高血压"}
    services.record_family_history(community.family_doctor, **told, onset_age=52)
    with pytest.raises(Conflict):
        services.record_family_history(community.family_doctor, **told)
    services.record_family_history(community.family_doctor, **told | {"relationship": "母亲"})
    assert len(written("family", resident)) == 2


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("on", {"on": date(2999, 1, 1)}),
        ("dose_number", {"dose_number": 0}),
        ("expires_on", {"on": date(2026, 5, 1), "expires_on": date(2026, 4, 30)}),
        ("name", {"name": " "}),
    ],
)
def test_a_vaccination_that_cannot_be_is_refused(
    community: Community, resident: Resident, field: str, given: dict
) -> None:
    with pytest.raises(Invalid) as refused:
        services.record_immunization(
            community.family_doctor, **{"resident_id": resident.pk, "name": "流感疫苗"} | given
        )
    assert refused.value.field == field
    assert not written("immunization", resident)


def test_a_vaccination_counts_once_a_day(community: Community, resident: Resident) -> None:
    given = {"resident_id": resident.pk, "name": "流感疫苗", "on": clock.today() - timedelta(days=3)}
    services.record_immunization(community.family_doctor, **given)
    with pytest.raises(Conflict):
        services.record_immunization(community.family_doctor, **given)


def test_nobody_writes_without_a_relation_or_the_permission(community: Community, resident: Resident) -> None:
    for write in (
        lambda actor: services.record_immunization(actor, resident_id=resident.pk, name="流感疫苗"),
        lambda actor: services.record_family_history(actor, resident_id=resident.pk, relationship="父亲", name="中风"),
        lambda actor: services.record_report(
            actor, resident_id=resident.pk, category="imaging", name="胸片", conclusion="未见异常"
        ),
    ):
        with pytest.raises((NotFound, Forbidden)):
            write(community.stranger)


def test_a_report_needs_words_or_a_picture(community: Community, resident: Resident) -> None:
    brought = {"resident_id": resident.pk, "category": "imaging", "name": "胸片"}
    with pytest.raises(Invalid):
        services.record_report(community.family_doctor, **brought)
    with pytest.raises(Invalid):
        services.record_report(community.family_doctor, **brought, content=b"MZ program")
    assert not written("report", resident)
    services.record_report(community.family_doctor, **brought, content=PNG)
    assert [d.title for d in written("document", resident)] == ["胸片"]


def test_the_values_of_a_report_go_with_its_correction(community: Community, resident: Resident) -> None:
    actor = community.family_doctor
    report = services.record_report(
        actor, resident_id=resident.pk, category="laboratory", name="血常规", conclusion="正常"
    )
    [value] = services.record_measurements(actor, resident_id=resident.pk, values={"haemoglobin": 130})
    with acting(SYSTEM):
        Observation.objects.filter(pk=value.pk).update(report_id=report.pk)
    new = services.correct_entry(actor, DiagnosticReport, report.pk, conclusion="轻度贫血")
    with acting(SYSTEM):
        assert Observation.objects.in_force().get(pk=value.pk).report_id == new.pk


POSTED = {
    "family": {"relationship": "母亲", "name": "2 型糖尿病", "onset_age": "60"},
    "immunization": {"name": "乙肝疫苗", "dose_number": "3", "batch": "B7"},
    "report": {"category": "imaging", "name": "腹部彩超", "conclusion": "脂肪肝"},
    "allergy": {"substance": "青霉素", "reaction": "皮疹"},
    "prescribe": {"name": "氨氯地平", "dose": "5 mg", "frequency": "每日一次", "route": "口服"},
    "diagnose": {"diagnosis": "I10 原发性高血压"},
}
CHANGED = {
    "family": ("onset_age", "48"),
    "immunization": ("batch", "B8"),
    "report": ("conclusion", "中度脂肪肝"),
    "allergy": ("reaction", "过敏性休克"),
    "medication": ("dose", "10 mg"),
    "condition": ("status", "remission"),
}
PAGES = {"medication": "prescribe", "condition": "diagnose"}


@pytest.mark.parametrize("kind", sorted(CORRECTIONS))
def test_what_is_written_in_a_form_is_corrected_in_a_form(resident: Resident, doctor: Client, kind: str) -> None:
    page = PAGES.get(kind, kind)
    url = reverse(f"record:{page}", args=[resident.pk])
    assert doctor.get(url).status_code == 200
    assert doctor.post(url, POSTED[page]).status_code == 302
    [row] = written(kind, resident)
    shown = doctor.get(reverse("record:entry", args=[resident.pk, kind, row.pk])).content.decode()
    correct = reverse("record:correct", args=[resident.pk, kind, row.pk])
    assert correct in shown
    assert reverse("record:void", args=[resident.pk, kind, row.pk]) in shown
    field, value = CHANGED[kind]
    form = doctor.get(correct).context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    assert doctor.post(correct, given | {field: value}).status_code == 302
    [new] = written(kind, resident)
    assert (new.version, str(getattr(new, field))) == (2, value)
    assert doctor.get(correct).status_code == 404


def test_a_report_is_brought_with_its_picture(resident: Resident, doctor: Client) -> None:
    url = reverse("record:report", args=[resident.pk])
    assert "multipart/form-data" in doctor.get(url).content.decode()
    file = SimpleUploadedFile("scan.png", PNG, content_type="image/png")
    assert doctor.post(url, POSTED["report"] | {"content": file}).status_code == 302
    with acting(SYSTEM):
        assert bytes(DocumentReference.objects.get(resident=resident).content) == PNG
    wrong = doctor.post(url, POSTED["report"] | {"content": SimpleUploadedFile("a.exe", b"MZ")})
    assert wrong.status_code == 422
    assert re.search("只能上传 PDF", wrong.content.decode())


def test_a_received_row_is_not_corrected_here(resident: Resident, doctor: Client, community: Community) -> None:
    row = services.record_immunization(community.family_doctor, resident_id=resident.pk, name="流感疫苗")
    with acting(SYSTEM):
        Immunization.objects.filter(pk=row.pk).update(source="his", source_key="1", received_at=clock.now())
    page = doctor.get(reverse("record:entry", args=[resident.pk, "immunization", row.pk])).content.decode()
    assert reverse("record:correct", args=[resident.pk, "immunization", row.pk]) not in page
