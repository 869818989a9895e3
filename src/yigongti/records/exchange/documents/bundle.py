"""A FHIR document: a Composition first, then everything that its sections name.

The resources are those of the FHIR server (:mod:`..fhir`), read with the rights of whoever asks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.records.residents.access import access_resident

from ..fhir import declarations  # noqa: F401 the types must be there
from ..fhir.conditions import Where
from ..fhir.reading import of_residents
from ..fhir.resources import resource
from ..fhir.rows import fetch

LOINC = "http://loinc.org"
SUMMARY = "60591-5"
MOST = 100
"""Resources of a section, the newest first."""


@dataclass(frozen=True)
class Section:
    """A section of the summary: title, LOINC code, and the types of which it consists."""

    title: str
    code: str
    types: tuple[str, ...]


SECTIONS = (
    Section("问题列表", "11450-4", ("Condition",)),
    Section("过敏", "48765-2", ("AllergyIntolerance",)),
    Section("用药", "10160-0", ("MedicationStatement", "MedicationRequest")),
    Section("检查检验结果", "30954-2", ("DiagnosticReport", "Observation")),
    Section("手术操作", "47519-4", ("Procedure",)),
    Section("预防接种", "11369-6", ("Immunization",)),
    Section("就诊", "46240-8", ("Encounter",)),
    Section("家族史", "10157-6", ("FamilyMemberHistory",)),
    Section("照护计划", "18776-5", ("CarePlan",)),
)


def document(actor: Actor, *, resident_id: UUID, kind: str = "FHIR") -> dict[str, Any]:
    """The summary of a resident as a Bundle; leaves an EXPORT in the audit. Raises NotFound, Forbidden."""
    with acting(actor):
        resident = access_resident(actor, resident_id)
        person = _resources("Patient", [Where(resource("Patient").same(), (resident.pk,))])
        found = {name: _about(name, resident.pk) for section in SECTIONS for name in section.types}
        organization = _organization(actor, resident.registered_by_id)
        note(
            actor,
            Entry.Action.EXPORT,
            subject="document:summary",
            subject_id=str(resident.pk),
            resident_id=resident.pk,
            format=kind,
            resources=sum(map(len, found.values())),
        )
    now = clock.now()
    composition = _composition(person[0], organization, found, now.isoformat())
    contents = [composition, *person, *organization, *(one for rows in found.values() for one in rows)]
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{composition['id']}"},
        "timestamp": now.isoformat(),
        "entry": [{"fullUrl": _address(one), "resource": one} for one in contents],
    }


def _resources(type_: str, where: list[Where], more: str = "") -> list[dict[str, Any]]:
    return [json.loads(one.text) for one in fetch(resource(type_), where, more=more)]


def _about(type_: str, resident: UUID) -> list[dict[str, Any]]:
    kind = resource(type_)
    return _resources(type_, [of_residents(kind, [resident])], f"ORDER BY {kind.at} DESC NULLS LAST LIMIT {MOST}")


def _organization(actor: Actor, registered: int) -> list[dict[str, Any]]:
    """Who wrote the document: where the actor works, else where the resident was registered."""
    return _resources("Organization", [Where("e.id = %s", (actor.organization_id or registered,))])


def _composition(
    person: Mapping[str, Any],
    organization: list[dict[str, Any]],
    found: Mapping[str, list[dict[str, Any]]],
    at: str,
) -> dict[str, Any]:
    author = [{"reference": f"Organization/{one['id']}", "display": one.get("name", "")} for one in organization]
    return {
        "resourceType": "Composition",
        "id": str(uuid5(UUID(person["id"]), f"summary {at}")),
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": SUMMARY, "display": "Patient summary Document"}]},
        "subject": {"reference": f"Patient/{person['id']}"},
        "date": at,
        "author": author or [{"display": "医共体协同平台"}],
        "title": "健康档案摘要",
        "confidentiality": "R",
        "section": [_section(section, found) for section in SECTIONS],
    }


def _section(section: Section, found: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rows = [one for name in section.types for one in found[name]]
    made: dict[str, Any] = {
        "title": section.title,
        "code": {"coding": [{"system": LOINC, "code": section.code}]},
    }
    if rows:
        return made | {"entry": [{"reference": f"{one['resourceType']}/{one['id']}"} for one in rows]}
    reason = {"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}
    return made | {"emptyReason": {"coding": [reason], "text": "档案里没有"}}


def _address(one: Mapping[str, Any]) -> str:
    base = configuration().public_url or f"http://{configuration().host}:{configuration().port}"
    return f"{base.rstrip('/')}/fhir/R4/{one['resourceType']}/{one['id']}"


def lines(bundle: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Section by section what the document says in words: what, more about it, when."""
    held = {f"{one['resource']['resourceType']}/{one['resource']['id']}": one["resource"] for one in bundle["entry"]}
    for section in bundle["entry"][0]["resource"]["section"]:
        rows = [held[entry["reference"]] for entry in section.get("entry", ())]
        yield section["title"], [_line(one) for one in rows]


NAMED = ("code", "medicationCodeableConcept", "vaccineCode", "class", "type", "relationship", "title")
DATED = ("effectiveDateTime", "onsetDateTime", "performedDateTime", "occurrenceDateTime", "authoredOn", "recordedDate")
STATED = ("clinicalStatus", "status")
ASSESSMENT = "urn:yigongti:extension:assessment"
#: what a status says to people; what goes without saying (finished, final) is not said
STATES: Mapping[str, str] = {
    "active": "在用",
    "Condition active": "现患",
    "AllergyIntolerance active": "",
    "CarePlan active": "进行中",
    "recurrence": "复发",
    "relapse": "复发",
    "inactive": "非活动",
    "remission": "缓解",
    "resolved": "已治愈",
    "in-progress": "进行中",
    "planned": "已安排",
    "arrived": "已到诊",
    "preliminary": "初步",
    "registered": "已登记",
    "partial": "部分",
    "amended": "已修改",
    "corrected": "已更正",
    "stopped": "已停",
    "on-hold": "暂停",
    "cancelled": "已取消",
    "not-done": "未做",
    "revoked": "已撤销",
    "draft": "草稿",
    "unknown": "不详",
}


def _line(one: Mapping[str, Any]) -> tuple[str, str, str]:
    name = next((word for key in NAMED if (word := _word(one.get(key)))), one["resourceType"])
    period = one.get("period") or one.get("effectivePeriod") or one.get("performedPeriod") or {}
    when = next((str(one[key]) for key in DATED if one.get(key)), period.get("start", ""))
    return name, _told(one) or _state(one), when[:10]


def _told(one: Mapping[str, Any]) -> str:
    """The value, the conclusion, the dose or the assessment; empty where there is none."""
    if value := one.get("valueQuantity"):
        return f"{value.get('value', '')} {value.get('unit', '')}".strip()
    if isinstance(one.get("valueBoolean"), bool):
        return "是" if one["valueBoolean"] else "否"
    assessed = (more.get("valueString") for more in one.get("extension", ()) if more.get("url") == ASSESSMENT)
    doses = (dose.get("text") for dose in one.get("dosageInstruction") or one.get("dosage") or ())
    said = (one.get("valueString"), _word(one.get("valueCodeableConcept")), one.get("conclusion"), *assessed, *doses)
    return next((str(text) for text in said if text), "")


def _state(one: Mapping[str, Any]) -> str:
    """The clinical status before the status of the row, in words."""
    for key in STATED:
        value = one.get(key)
        code = (value.get("coding") or [{}])[0].get("code", "") if isinstance(value, Mapping) else str(value or "")
        if code:
            return STATES.get(f"{one['resourceType']} {code}", STATES.get(code, ""))
    return ""


def _word(value: Any) -> str:
    if isinstance(value, list):
        return _word(value[0]) if value else ""
    if isinstance(value, dict):
        coding = (value.get("coding") or [{}])[0]
        return value.get("text") or coding.get("display") or value.get("display") or coding.get("code", "")
    return str(value or "")
