"""The referral as FHIR ServiceRequest, as systems of both sides read it. A draft does not leave."""

from collections.abc import Mapping

from yigongti.records.exchange.fhir.contributing import contribute
from yigongti.records.exchange.fhir.entries import date, extension, registered, token
from yigongti.records.exchange.fhir.pieces import (
    concept,
    fixed,
    instant,
    literal,
    made,
    notes,
    reference,
    referred,
    said,
    several,
    some,
)
from yigongti.records.exchange.fhir.resources import Parameter, Resource
from yigongti.records.exchange.fhir.systems import OWN, SYSTEMS
from yigongti.records.exchange.fhir_kept import ORGANIZATION_CODE, PRACTITIONER_CODE

STATUSES = {
    "draft": ("draft", "review"),
    "active": ("submitted", "supplement", "rerouting", "accepted", "no_show", "arrived", "in_care", "concluded"),
    "completed": ("closed", "handed_down", "returned"),
    "revoked": ("withdrawn", "declined", "terminated"),
}
PRIORITIES = {"stat": ("red",), "urgent": ("yellow",), "routine": ("green",)}
#: SNOMED CT 3457005 is the referral of a patient
REFERRAL = made(
    coding=several(
        made(system=literal(SYSTEMS["snomed"]), code="'3457005'", display="'Patient referral'"),
        made(
            system=literal(OWN + "referral"),
            code="e.direction",
            display="CASE e.direction WHEN 'up' THEN '上转' ELSE '下转' END",
        ),
    ),
    text="CASE e.direction WHEN 'up' THEN '上转' ELSE '下转' END",
)


def _said(column: str, codes: Mapping[str, tuple[str, ...]]) -> str:
    listed = " ".join(f"WHEN {column} = ANY (ARRAY{list(held)}) THEN '{code}'" for code, held in codes.items())
    return f"CASE {listed} END"


def _organization(column: str) -> str:
    return registered("Organization", "organizations_organization", ORGANIZATION_CODE, column)


def _doctor(column: str) -> str:
    return registered("Practitioner", "staff_practitioner", PRACTITIONER_CODE, column)


_diagnosis = some(
    coding=several(
        f"CASE WHEN e.diagnosis_code <> '' THEN {made(system=literal(SYSTEMS['icd-10']), code='e.diagnosis_code', display=said('e.diagnosis'))} END"  # noqa: E501
    ),
    text=said("e.diagnosis"),
)
SERVICE_REQUEST = Resource(
    "ServiceRequest",
    "转诊",
    "referral_referral",
    {
        "identifier": several(made(system=literal("urn:yigongti:referral-number"), value="e.number")),
        "status": _said("e.state", STATUSES),
        "intent": "'order'",
        "category": several(fixed(OWN + "referral-disease", "e.disease")),
        "priority": _said("e.priority", PRIORITIES),
        "code": REFERRAL,
        "subject": reference("Patient", "e.resident_id"),
        "encounter": referred("Encounter", "enc", "health_record_encounter"),
        "occurrenceDateTime": instant("e.appointment_at"),
        "authoredOn": instant("coalesce(e.submitted_at, e.opened_at)"),
        "requester": f"coalesce({_doctor('e.referring_doctor_id')}, {_organization('e.home_organization_id')})",
        "performer": several(_doctor("e.attending_doctor_id"), _organization("e.counterpart_organization_id")),
        "locationReference": several(reference("Location", "e.department_id")),
        "reasonCode": several(_diagnosis, concept(text="e.reason_text")),
        "note": notes("e.summary", "e.history", "e.treatment"),
        "basedOn": several(reference("ServiceRequest", "e.basis_id")),
        "extension": several(
            extension("referral-state", "valueCode", "e.state"),
            extension("referral-from", "valueReference", _organization("e.home_organization_id")),
        ),
    },
    (
        Parameter("identifier", "token", ("e.number",), "转诊编号", build="plain"),
        Parameter("patient", "reference", ("e.resident_id",), "居民", "Patient"),
        Parameter("subject", "reference", ("e.resident_id",), "居民（同 patient）", "Patient"),
        Parameter("encounter", "reference", ("e.encounter_id",), "就诊", "Encounter"),
        token("status", "状态", "e.state", codes=STATUSES),
        token("priority", "紧急程度", "e.priority", codes=PRIORITIES),
        token("category", "病种", "e.disease"),
        token("code", "方向（up、down）", "e.direction"),
        date("authored", "提交时间", "coalesce(e.submitted_at, e.opened_at)"),
        date("occurrence", "预约时间", "e.appointment_at"),
        Parameter("requester", "reference", ("e.referring_doctor_id",), "转出医生", "Practitioner"),
        Parameter("performer", "reference", ("e.attending_doctor_id",), "接诊医生", "Practitioner"),
        Parameter("organization", "reference", ("e.home_organization_id",), "转出机构", "Organization"),
        Parameter("receiver", "reference", ("e.counterpart_organization_id",), "转入机构", "Organization"),
    ),
    joins="LEFT JOIN health_record_encounter enc ON enc.id = e.encounter_id",
    current="e.submitted_at IS NOT NULL",
    updated="greatest(e.opened_at, e.entered_at, e.closed_at)",
    version="e.version",
    resident="e.resident_id",
    at="e.opened_at",
    unkept="转诊在平台上办理，或经 /api 的转诊接口发起，不经 FHIR 写入",
)

contribute(SERVICE_REQUEST)
