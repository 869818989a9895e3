"""A system that calls the FHIR server, and a resident with one row of every kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.test import Client

from yigongti.kernel import clock
from yigongti.kernel.access import applications
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.jobs.running import run
from yigongti.records.health_record import models
from yigongti.registry.organizations.models import Organization

ALL = ["system/*.read", "system/*.write"]


@dataclass
class System:
    """A system with a token."""

    token: str
    user_id: int
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = {} if body is None else {"data": body if isinstance(body, str) else json.dumps(body)}
        answer = self.client.generic(
            method,
            f"/fhir/R4/{path}",
            content_type="application/fhir+json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
            **data,
        )
        self.answer = answer
        return answer.status_code, answer.json() if answer.content else None

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        return self("GET", path, **headers)

    def ids(self, path: str) -> list[str]:
        status, found = self.get(path)
        assert status == 200, found
        return [one["resource"]["id"] for one in found.get("entry", []) if one["search"]["mode"] == "match"]


Opening = Callable[..., System]


def let_in(organization: Organization, scopes: list[str] = ALL) -> System:
    """A system at an organisation, with a token of these scopes."""
    made, secret = applications.open_application(SYSTEM, name="HIS", organization_id=organization.pk, scopes=scopes)
    given = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
    answer = Client().post("/api/token", given)
    assert answer.status_code == 200, answer.content
    return System(answer.json()["access_token"], made.user_id)


@dataclass
class Person:
    """A resident with one row of every kind."""

    id: UUID
    number: str
    id_number: str
    rows: dict[str, Any]


def record(resident: Any, organization: Organization) -> dict[str, Any]:
    """One row of every kind."""
    now = clock.now()
    day: date = clock.today()
    common: dict[str, Any] = {"resident": resident, "organization": organization, "practitioner_name": "李医生"}
    visit = models.Encounter.objects.create(
        kind="outpatient",
        started_at=now - timedelta(hours=2),
        ended_at=now - timedelta(hours=1),
        complaint="头晕",
        number="MZ001",
        assessment="血压控制不佳",
        **common,
    )
    at = {**common, "encounter": visit}
    report = models.DiagnosticReport.objects.create(
        category="laboratory", name="生化", effective_at=now - timedelta(hours=1), conclusion="血糖偏高", **at
    )
    prescription = models.MedicationRequest.objects.create(
        name="氨氯地平片",
        dose="5mg",
        frequency="每日一次",
        route="口服",
        authored_at=now,
        quantity=Decimal(28),
        quantity_unit="片",
        days=28,
        prescription="CF1",
        code="XC08CAA102",
        **at,
    )
    return {
        "Encounter": visit,
        "DiagnosticReport": report,
        "MedicationRequest": prescription,
        "Condition": models.Condition.objects.create(
            code="I10.x00",
            name="原发性高血压",
            onset_on=date(2019, 5, 1),
            local_system="his",
            local_code="GXY",
            local_name="高血压",
            **at,
        ),
        "Observation": models.Observation.objects.create(
            code="sbp", value=Decimal("152"), unit="mmHg", category="vital-signs", effective_at=now, **at
        ),
        "Glucose": models.Observation.objects.create(
            code="fasting_glucose",
            value=Decimal("7.80"),
            unit="mmol/L",
            category="laboratory",
            effective_at=now,
            report=report,
            reference_high=Decimal("6.1"),
            interpretation="H",
            local_system="loinc",
            local_code="14771-0",
            **at,
        ),
        "Procedure": models.Procedure.objects.create(name="拔牙", code="23.0900", performed_at=now, **at),
        "MedicationDispense": models.MedicationDispense.objects.create(
            name="氨氯地平片",
            dispensed_at=now,
            quantity=Decimal(28),
            quantity_unit="片",
            days=28,
            request=prescription,
            **at,
        ),
        "MedicationStatement": models.MedicationStatement.objects.create(
            name="氨氯地平片", dose="5mg", start=day, **at
        ),
        "AllergyIntolerance": models.AllergyIntolerance.objects.create(
            substance="青霉素", reaction="皮疹", category="medication", criticality="high", **common
        ),
        "Immunization": models.Immunization.objects.create(
            name="流感疫苗", occurred_at=now, dose_number=1, batch="L1", dose="0.5 ml", **at
        ),
        "CarePlan": models.CarePlan.objects.create(
            title="高血压管理", start=day, activities=["每月随访", "限盐"], goals=["血压低于 140/90"], **at
        ),
        "DocumentReference": models.DocumentReference.objects.create(
            title="出院小结", kind="discharge", media_type="text/plain", content="内容".encode(), size=6, **at
        ),
        "FamilyMemberHistory": models.FamilyMemberHistory.objects.create(
            relationship="父亲", name="冠心病", code="I25.100", onset_age=60, member_sex="1", deceased=True, **common
        ),
    }


def exported(his: System, path: str) -> dict:
    """The manifest of an export that was asked for and worked off."""
    assert his("GET", path, Prefer="respond-async")[0] == 202
    where = his.answer["Content-Location"].split("/fhir/R4/")[1]
    assert his("GET", where)[0] == 202
    run(UUID(where.rsplit("/", 1)[-1]))
    status, manifest = his("GET", where)
    assert status == 200
    return {"manifest": manifest, "where": where}


def lines(his: System, url: str) -> list[dict]:
    answer = his.client.get(url.rsplit("testserver", maxsplit=1)[-1], headers={"Authorization": f"Bearer {his.token}"})
    assert answer.status_code == 200
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]
