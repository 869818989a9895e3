"""Contacts, problems and findings as FHIR: Encounter, Condition, Observation, DiagnosticReport, Procedure …"""

from yigongti.records.health_record import models
from yigongti.records.health_record.observations import CATALOGUE as MEASURED

from .entries import (
    ACTORS,
    ENCOUNTER,
    ORGANIZATION,
    PRACTITIONER,
    SUBJECT,
    code,
    coded,
    date,
    entry,
    extension,
    performer,
    status,
    token,
)
from .pieces import (
    coding,
    concept,
    fixed,
    given,
    instant,
    literal,
    local_coding,
    made,
    notes,
    period,
    quantity,
    referred,
    said,
    several,
    shown,
    some,
    source_identifier,
)
from .resources import declare
from .systems import CATALOGUE, OWN, SYSTEMS, TERMINOLOGY, address_sql

CLASSES = {
    "outpatient": ("AMB", "门诊"),
    "emergency": ("EMER", "急诊"),
    "inpatient": ("IMP", "住院"),
    "observation": ("OBSENC", "留观"),
    "home": ("HH", "上门"),
    "follow-up": ("AMB", "随访"),
    "examination": ("AMB", "体检"),
}
"""Kind of contact to v3-ActCode."""
CATEGORIES = {
    "laboratory": "LAB",
    "imaging": "RAD",
    "ecg": "EC",
    "pathology": "PAT",
    "endoscopy": "OTH",
    "other": "OTH",
}
"""Kind of report to v2-0074."""
PERFORMERS = several(PRACTITIONER, ORGANIZATION)


def _case(column: str, entries: dict[str, str]) -> str:
    listed = " ".join(f"WHEN {literal(key)} THEN {literal(value)}" for key, value in entries.items())
    return f"CASE {column} {listed} END"


def _number(column: str, name: str) -> str:
    return given(column, system=literal(f"urn:yigongti:{name}"), value=column)


_class = made(
    system=literal(SYSTEMS["actcode"]),
    code=_case("e.kind", {kind: act for kind, (act, _) in CLASSES.items()}),
    display=_case("e.kind", {kind: word for kind, (_, word) in CLASSES.items()}),
)
ENCOUNTER_TYPE = entry(
    "Encounter",
    "就诊",
    models.Encounter,
    {
        "identifier": several(_number("e.number", "visit-number"), source_identifier()),
        "status": "e.status",
        "class": _class,
        "type": several(concept(coding(literal(OWN + "encounter-kind"), "e.kind"))),
        "serviceType": concept(text="coalesce(dep.name, e.department_name)"),
        "subject": SUBJECT,
        "participant": several(some(individual=PRACTITIONER)),
        "period": period(instant("e.started_at"), instant("e.ended_at")),
        "reasonCode": several(concept(text="e.complaint")),
        "hospitalization": some(dischargeDisposition=concept(text="e.discharge")),
        "serviceProvider": ORGANIZATION,
        "extension": several(
            extension("assessment", "valueString", said("e.assessment")),
            extension("advice", "valueString", said("e.advice")),
            extension("next-due", "valueDate", "e.next_due"),
        ),
    },
    date("date", "就诊时间", "e.started_at", "e.ended_at"),
    token("status", "状态", "e.status"),
    token(
        "class",
        "类别（v3-ActCode）",
        "e.kind",
        codes={a: tuple(k for k, (b, _) in CLASSES.items() if b == a) for a, _ in CLASSES.values()},
    ),
    token("type", "本平台类别", "e.kind"),
    performer("practitioner"),
    joins="LEFT JOIN organizations_department dep ON dep.id = e.department_id",
    at="e.started_at",
    write="encounter",
    concept="",
    unkept="classHistory、statusHistory、episodeOfCare、diagnosis、account、location、hospitalization（离院方式除外）、length",
)
CONDITION = entry(
    "Condition",
    "诊断",
    models.Condition,
    {
        "clinicalStatus": status("condition-clinical", "e.status"),
        "verificationStatus": status("condition-ver-status", "e.verification"),
        "category": several(status("condition-category", "e.category")),
        "severity": concept(text="e.severity"),
        "code": coded(SYSTEMS["icd-10"], "e.name"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "onsetDateTime": "e.onset_on",
        "abatementDateTime": "e.abated_on",
        "recordedDate": instant("e.recorded_at"),
        "recorder": PRACTITIONER,
        "note": notes("e.note"),
        "extension": several(
            extension("recorded-at", "valueReference", ORGANIZATION),
            extension("diagnosis-rank", "valuePositiveInt", "nullif(e.rank, 0)"),
            extension("register", "valueCode", said("e.register")),
        ),
    },
    code("icd-10", "疾病编码"),
    token("clinical-status", "临床状态", "e.status"),
    token("verification-status", "确认", "e.verification"),
    token("category", "类别", "e.category"),
    date("onset-date", "发病日期", "e.onset_on", build="day"),
    date("recorded-date", "记录时间", "e.recorded_at"),
    at="e.onset_on",
    write="condition",
    unkept="bodySite、stage、evidence、asserter；severity 的代码，onset 和 abatement 的时刻",
)
_measured = ", ".join(
    f"({literal(m.code)}, {literal(m.loinc)}, {literal(m.name)}, {'true' if m.answer else 'false'})"
    for m in MEASURED.values()
)
_codes = several(
    coding(literal(SYSTEMS["loinc"]), "cat.loinc", "cat.name"),
    coding(address_sql("e.code_system", CATALOGUE), "e.code", "coalesce(cat.name, e.local_name)"),
    f"CASE WHEN (e.local_code, lower(e.local_system)) IS DISTINCT FROM (cat.loinc, 'loinc') THEN {local_coding()} END",
)
_numeric = "e.value IS NOT NULL AND NOT coalesce(cat.answer, false)"
_coded_value = coding("NULL", "e.value_code", "e.text")
OBSERVATION = entry(
    "Observation",
    "测量和检验结果",
    models.Observation,
    {
        "status": "e.status",
        "category": several(status("observation-category", "e.category")),
        "code": some(coding=_codes, text="nullif(coalesce(nullif(e.local_name, ''), cat.name), '')"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "effectiveDateTime": instant("e.effective_at"),
        "issued": instant("coalesce(e.received_at, e.recorded_at)"),
        "performer": PERFORMERS,
        "valueQuantity": f"CASE WHEN {_numeric} THEN {quantity('e.value', 'e.unit')} END",
        "valueBoolean": "CASE WHEN cat.answer AND e.value IS NOT NULL THEN e.value <> 0 END",
        "valueCodeableConcept": f"CASE WHEN e.value IS NULL AND e.value_code <> '' THEN {concept(_coded_value, text='e.text')} END",  # noqa: E501
        "valueString": "CASE WHEN e.value IS NULL AND e.value_code = '' THEN nullif(e.text, '') END",
        "interpretation": several(fixed(TERMINOLOGY + "v3-ObservationInterpretation", "e.interpretation")),
        "note": f"CASE WHEN e.value IS NOT NULL THEN {notes('e.text')} END",
        "specimen": shown("e.specimen"),
        "referenceRange": several(
            some(
                low=quantity("e.reference_low", "e.unit"),
                high=quantity("e.reference_high", "e.unit"),
                text=said("e.reference_text"),
            )
        ),
    },
    code("observation"),
    token("category", "类别", "e.category"),
    token("status", "状态", "e.status"),
    date("date", "测量时间", "e.effective_at"),
    performer("performer"),
    joins=f"LEFT JOIN (VALUES {_measured}) cat (code, loinc, name, answer) ON e.code_system = '' AND cat.code = e.code",
    at="e.effective_at",
    write="observation",
    unkept="basedOn、partOf、focus、bodySite、method、device、hasMember、derivedFrom、dataAbsentReason；时间段的结束；component 另外各成一条",  # noqa: E501
)
_results = (
    "(SELECT jsonb_agg(" + referred("Observation", "o", "health_record_observation") + " ORDER BY o.code) "
    "FROM health_record_observation o WHERE o.report_id = e.id AND o.resident_id = e.resident_id "
    "AND o.replaced_by_id IS NULL AND o.voided_reason = '')"
)
REPORT = entry(
    "DiagnosticReport",
    "检查检验报告",
    models.DiagnosticReport,
    {
        "identifier": several(_number("e.number", "report-number"), source_identifier()),
        "status": "e.status",
        "category": several(
            concept(
                coding(literal(TERMINOLOGY + "v2-0074"), _case("e.category", CATEGORIES)),
                coding(literal(OWN + "report-category"), "e.category"),
            )
        ),
        "code": coded(OWN + "report", "e.name"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "effectiveDateTime": instant("e.effective_at"),
        "issued": instant("e.issued_at"),
        "performer": PERFORMERS,
        "specimen": several(shown("e.specimen")),
        "result": _results,
        "conclusion": said("e.conclusion"),
        "imagingStudy": several(
            given("e.study", identifier=made(system="'urn:dicom:uid'", value="'urn:oid:' || e.study"))
        ),
        "extension": several(
            extension("findings", "valueString", said("e.findings")),
            extension("body-site", "valueString", said("e.body_site")),
        ),
    },
    code("report", "报告编码"),
    token(
        "category",
        "类别",
        "e.category",
        codes={c: tuple(k for k, v in CATEGORIES.items() if v == c) for c in CATEGORIES.values()},
    ),
    token("status", "状态", "e.status"),
    date("date", "检查时间", "e.effective_at"),
    date("issued", "报告时间", "e.issued_at"),
    performer("performer"),
    at="e.effective_at",
    write="diagnostic_report",
    unkept="basedOn、resultsInterpreter、media、presentedForm、conclusionCode",
)
PROCEDURE = entry(
    "Procedure",
    "手术操作",
    models.Procedure,
    {
        "status": "e.status",
        "category": concept(text="e.category"),
        "code": coded(SYSTEMS["icd-9-cm-3"], "e.name"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "performedDateTime": f"CASE WHEN e.performed_until IS NULL THEN {instant('e.performed_at')} END",
        "performedPeriod": f"CASE WHEN e.performed_until IS NOT NULL THEN {period(instant('e.performed_at'), instant('e.performed_until'))} END",  # noqa: E501
        "performer": ACTORS,
        "reasonCode": several(concept(text="e.reason")),
        "bodySite": several(concept(text="e.body_site")),
        "outcome": concept(text="e.outcome"),
        "note": notes("e.note"),
        "extension": several(extension("procedure-rank", "valuePositiveInt", "nullif(e.rank, 0)")),
    },
    code("icd-9-cm-3", "手术操作编码"),
    token("status", "状态", "e.status"),
    date("date", "手术时间", "e.performed_at", "e.performed_until"),
    performer("performer"),
    at="e.performed_at",
    write="procedure",
    unkept="basedOn、partOf、statusReason、location、complication、followUp、report、usedReference、focalDevice",
)
ALLERGY = entry(
    "AllergyIntolerance",
    "过敏",
    models.AllergyIntolerance,
    {
        "clinicalStatus": status("allergyintolerance-clinical", "e.status"),
        "verificationStatus": status(
            "allergyintolerance-verification",
            "CASE e.verification WHEN 'confirmed' THEN 'confirmed' WHEN 'refuted' THEN 'refuted' ELSE 'unconfirmed' END",  # noqa: E501
        ),
        "category": several("to_jsonb(nullif(e.category, ''))"),
        "criticality": said("e.criticality"),
        "code": some(
            coding=several(
                coding(
                    f"{literal(SYSTEMS['snomed'])}",
                    "CASE WHEN e.substance = '无已知过敏' THEN '716186003' END",
                    "'No known allergy'",
                ),
                coding(address_sql("e.code_system", OWN + "allergen"), "e.code", "e.substance"),
                local_coding(),
            ),
            text="e.substance",
        ),
        "patient": SUBJECT,
        "onsetDateTime": "e.onset_on",
        "recordedDate": instant("e.recorded_at"),
        "recorder": PRACTITIONER,
        "reaction": several(given("e.reaction", manifestation=several(made(text="e.reaction")))),
        "extension": several(extension("recorded-at", "valueReference", ORGANIZATION)),
    },
    code("allergen", "过敏原编码"),
    token("clinical-status", "状态", "e.status"),
    token("category", "类别", "e.category"),
    token("criticality", "危险程度", "e.criticality"),
    date("date", "记录时间", "e.recorded_at"),
    at="e.recorded_at",
    write="allergy_intolerance",
    unkept="type、asserter、lastOccurrence、note；reaction 的代码，onset 的时刻",
)
_years = made(value="e.onset_age", unit="'岁'", system=literal(SYSTEMS["ucum"]), code="'a'")
FAMILY = entry(
    "FamilyMemberHistory",
    "家族史",
    models.FamilyMemberHistory,
    {
        "status": "'completed'",
        "patient": SUBJECT,
        "date": "e.told_on",
        "name": said("e.member_name"),
        "relationship": concept(text="e.relationship"),
        "sex": fixed(
            "http://hl7.org/fhir/administrative-gender",
            "CASE e.member_sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE '' END",
        ),
        "deceasedBoolean": "e.deceased",
        "condition": several(
            some(
                code=coded(SYSTEMS["icd-10"], "e.name"),
                onsetAge=f"CASE WHEN e.onset_age IS NOT NULL THEN {_years} END",
            )
        ),
        "note": notes("e.note"),
        "extension": several(extension("recorded-at", "valueReference", ORGANIZATION)),
    },
    code("icd-10", "疾病编码"),
    date("date", "了解日期", "e.told_on", build="day"),
    at="e.told_on",
    write="family_member_history",
    concept="",
    unkept="instantiates、born、age、reason、contributedToDeath、outcome、note；关系的代码，第二个以后的疾病",
)

declare(ENCOUNTER_TYPE, CONDITION, OBSERVATION, REPORT, PROCEDURE, ALLERGY, FAMILY)
