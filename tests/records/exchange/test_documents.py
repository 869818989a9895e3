"""The summary as a document: a Bundle that a FHIR library accepts, for those who may read, noted as an export."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from fhir.resources.R4B.bundle import Bundle
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import NotFound
from yigongti.records.exchange.documents import views
from yigongti.records.exchange.documents.bundle import SECTIONS, document, lines
from yigongti.records.health_record import services as record


def told(community: Community) -> object:
    resident = community.resident()
    record.record_encounter(
        community.family_doctor, resident_id=resident.pk, kind="follow-up", measurements={"sbp": 148, "dbp": 92}
    )
    return resident


def test_a_document_holds_what_its_sections_name(community: Community) -> None:
    resident = told(community)
    made = document(community.family_doctor, resident_id=resident.pk)
    json.dumps(made)
    Bundle.model_validate(made)
    first, second, *_ = (entry["resource"] for entry in made["entry"])
    assert (first["resourceType"], second["resourceType"]) == ("Composition", "Patient")
    assert [section["title"] for section in first["section"]] == [section.title for section in SECTIONS]
    held = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in made["entry"]}
    named = {entry["reference"] for section in first["section"] for entry in section.get("entry", [])}
    assert named <= held
    assert len([one for one in named if one.startswith("Observation/")]) == 2
    with acting(SYSTEM):
        entry = Entry.objects.get(action="EXPORT", subject="document:summary")
    assert entry.resident_id == resident.pk
    with pytest.raises(NotFound):
        document(community.stranger, resident_id=resident.pk)


def test_it_can_be_read_by_people(community: Community) -> None:
    resident = told(community)
    made = document(community.family_doctor, resident_id=resident.pk)
    words = dict(lines(made))
    assert any("148" in note for _, note, _ in words["检查检验结果"])
    with acting(community.family_doctor):
        page = views.html(community.family_doctor, resident.pk, made)
    assert "王秀英" in page
    assert all(word in page for word in ("随访", "148", "档案里没有"))
    assert not re.findall(r">\s*(active|final|finished|follow-up|completed)\s*<", page)


def test_the_sheet_is_one_page(community: Community) -> None:
    weasyprint = pytest.importorskip("weasyprint")
    resident, doctor = community.resident(), community.family_doctor
    for visit in range(10):
        record.record_encounter(
            doctor, resident_id=resident.pk, kind="follow-up", measurements={"sbp": 130 + visit, "weight": 60 + visit}
        )
        record.diagnose(doctor, resident_id=resident.pk, code=f"I1{visit}", name=f"第 {visit} 种高血压性疾病")
        record.prescribe(doctor, resident_id=resident.pk, name=f"药品 {visit}", dose="5mg", frequency="qd")
        record.record_allergy(doctor, resident_id=resident.pk, substance=f"过敏原 {visit}")
    made = document(doctor, resident_id=resident.pk)
    with acting(doctor):
        page = views.html(doctor, resident.pk, made)
    assert page.count("收缩压") == 1
    assert "139" in page
    style = weasyprint.CSS(filename=str(views.STYLE))
    assert len(weasyprint.HTML(string=page).render(stylesheets=[style]).pages) == 1


def test_downloads(community: Community) -> None:
    resident = told(community)
    actor = community.family_doctor
    Grant.objects.create(
        user_id=actor.user_id, role="family-doctor", organization_id=actor.organization_id, subtree=True
    )
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="yigongti.kernel.access.backends.GrantedBackend")
    answer = client.get(reverse("documents:fhir", args=[resident.pk]))
    assert answer.status_code == 200
    assert answer.json()["type"] == "document"
    assert client.get(reverse("documents:pdf", args=[resident.pk])).status_code in (200, 501)
    page = client.get(reverse("record:resident", args=[resident.pk])).content.decode()
    assert reverse("documents:fhir", args=[resident.pk]) in page
