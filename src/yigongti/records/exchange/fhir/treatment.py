"""What was given and planned as FHIR: the medication types, Immunization, CarePlan, DocumentReference."""

from yigongti.records.health_record import models

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
    token,
)
from .pieces import (
    concept,
    given,
    instant,
    literal,
    logical_id,
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
from .resources import Parameter, declare
from .systems import OWN, SYSTEMS

REQUESTS = "health_record_medicationrequest"
DRUG = coded(OWN + "drug", "e.name")
DOSAGE = several(
    some(text=said("e.dose"), timing=some(code=concept(text="e.frequency")), route=concept(text="e.route"))
)
_days = made(value="e.days", unit="'天'", system=literal(SYSTEMS["ucum"]), code="'d'")
DAYS = f"CASE WHEN e.days IS NOT NULL THEN {_days} END"
REASON = several(concept(text="e.reason"))
DOSES = "文字剂量、频次和途径之外的 dosage"

REQUEST = entry(
    "MedicationRequest",
    "处方",
    models.MedicationRequest,
    {
        "groupIdentifier": given("e.prescription", system="'urn:yigongti:prescription-number'", value="e.prescription"),
        "status": "e.status",
        "intent": "e.intent",
        "medicationCodeableConcept": DRUG,
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "authoredOn": instant("e.authored_at"),
        "requester": f"coalesce({PRACTITIONER}, {ORGANIZATION})",
        "performer": ORGANIZATION,
        "reasonCode": REASON,
        "note": notes("e.note"),
        "dosageInstruction": DOSAGE,
        "dispenseRequest": some(quantity=quantity("e.quantity", "e.quantity_unit"), expectedSupplyDuration=DAYS),
    },
    code("drug", "药品编码"),
    token("status", "状态", "e.status"),
    token("intent", "性质", "e.intent"),
    date("authoredon", "开立时间", "e.authored_at"),
    performer("requester"),
    at="e.authored_at",
    write="medication_request",
    concept="medicationCodeableConcept",
    unkept=f"statusReason、category、priority、insurance、substitution、detectedIssue、{DOSES}",
)
_prescription = referred("MedicationRequest", "req", REQUESTS)
DISPENSE = entry(
    "MedicationDispense",
    "发药",
    models.MedicationDispense,
    {
        "status": "e.status",
        "medicationCodeableConcept": DRUG,
        "subject": SUBJECT,
        "context": ENCOUNTER,
        "performer": ACTORS,
        "authorizingPrescription": several(_prescription),
        "quantity": quantity("e.quantity", "e.quantity_unit"),
        "daysSupply": DAYS,
        "whenHandedOver": instant("e.dispensed_at"),
        "dosageInstruction": DOSAGE,
        "extension": several(extension("batch", "valueString", said("e.batch"))),
    },
    code("drug", "药品编码"),
    token("status", "状态", "e.status"),
    date("whenhandedover", "发药时间", "e.dispensed_at"),
    performer("performer"),
    Parameter("prescription", "reference", ("e.request_id",), "处方", "MedicationRequest"),
    joins=f"LEFT JOIN {REQUESTS} req ON req.id = e.request_id",
    at="e.dispensed_at",
    write="medication_dispense",
    concept="medicationCodeableConcept",
    unkept=f"partOf、type、location、destination、receiver、substitution、whenPrepared（没有 whenHandedOver 时作发药时间）、{DOSES}",  # noqa: E501
)
STATEMENT = entry(
    "MedicationStatement",
    "在用药品",
    models.MedicationStatement,
    {
        "status": "CASE WHEN e.until <= current_date THEN 'completed' ELSE 'active' END",
        "medicationCodeableConcept": DRUG,
        "subject": SUBJECT,
        "context": ENCOUNTER,
        "effectivePeriod": period("e.start", "e.until"),
        "dateAsserted": instant("e.recorded_at"),
        "informationSource": f"coalesce({PRACTITIONER}, {ORGANIZATION})",
        "reasonCode": REASON,
        "note": notes("e.note"),
        "dosage": DOSAGE,
    },
    code("drug", "药品编码"),
    token(
        "status",
        "状态（active 或 completed）",
        "(CASE WHEN e.until <= current_date THEN 'completed' ELSE 'active' END)",
    ),
    date("effective", "用药时间", "e.start", "e.until", build="day"),
    at="e.start",
    write="medication_statement",
    concept="medicationCodeableConcept",
    unkept=f"status（列里由起止推出）、statusReason、category、derivedFrom、{DOSES}",
)
_dose = "substring(e.dose from '^[0-9]+[.]?[0-9]*')"
_quantity = made(value=f"({_dose})::numeric", unit=f"nullif(trim(substr(e.dose, length({_dose}) + 1)), '')")
_series = made(doseNumberPositiveInt="e.dose_number")
IMMUNIZATION = entry(
    "Immunization",
    "预防接种",
    models.Immunization,
    {
        "status": "e.status",
        "statusReason": concept(text="e.reason"),
        "vaccineCode": coded(OWN + "vaccine", "e.name"),
        "patient": SUBJECT,
        "encounter": ENCOUNTER,
        "occurrenceDateTime": instant("e.occurred_at"),
        "primarySource": "true",
        "manufacturer": shown("e.manufacturer"),
        "lotNumber": said("e.batch"),
        "expirationDate": "e.expires_on",
        "site": concept(text="e.body_site"),
        "route": concept(text="e.route"),
        "doseQuantity": f"CASE WHEN {_dose} IS NOT NULL THEN {_quantity} END",
        "performer": ACTORS,
        "protocolApplied": several(f"CASE WHEN e.dose_number IS NOT NULL THEN {_series} END"),
    },
    code("vaccine", "疫苗编码"),
    Parameter(
        "vaccine-code",
        "token",
        ("e.code_system", "e.code", "e.local_system", "e.local_code"),
        "疫苗编码",
        build="vaccine",
    ),
    token("status", "状态", "e.status"),
    date("date", "接种时间", "e.occurred_at"),
    performer("performer"),
    at="e.occurred_at",
    write="immunization",
    concept="vaccineCode",
    unkept="location、reasonCode、isSubpotent、education、programEligibility、fundingSource、reaction、note",
)
_activities = (
    "(SELECT jsonb_agg(" + made(detail=made(status="'unknown'", description="a.value")) + " ORDER BY a.ordinality) "
    "FROM jsonb_array_elements_text(CASE jsonb_typeof(e.activities) WHEN 'array' THEN e.activities ELSE '[]'::jsonb END) WITH ORDINALITY a)"  # noqa: E501
)
_goal = made(
    resourceType="'Goal'",
    id="'g' || g.ordinality",
    lifecycleStatus="'active'",
    description=made(text="g.value"),
    subject=SUBJECT,
)
_goals = "FROM jsonb_array_elements_text(CASE jsonb_typeof(e.goals) WHEN 'array' THEN e.goals ELSE '[]'::jsonb END) WITH ORDINALITY g"  # noqa: E501
_named = made(reference="'#g' || g.ordinality")
PLAN = entry(
    "CarePlan",
    "照护计划",
    models.CarePlan,
    {
        "contained": f"(SELECT jsonb_agg({_goal} ORDER BY g.ordinality) {_goals})",
        "status": "e.status",
        "intent": "'plan'",
        "category": several(coded(OWN + "care-plan", "e.category")),
        "title": said("e.title"),
        "description": said("e.description"),
        "subject": SUBJECT,
        "encounter": ENCOUNTER,
        "period": period("e.start", "e.until"),
        "created": instant("e.recorded_at"),
        "author": f"coalesce({PRACTITIONER}, {ORGANIZATION})",
        "goal": f"(SELECT jsonb_agg({_named} ORDER BY g.ordinality) {_goals})",
        "activity": _activities,
    },
    token("status", "状态", "e.status"),
    date("date", "计划时间", "e.start", "e.until", build="day"),
    at="e.start",
    write="care_plan",
    concept="",
    unkept="basedOn、replaces、careTeam、addresses、supportingInfo；activity 和 goal 文字以外的内容",
)
_own_content = "'Binary/' || (" + logical_id("e", "health_record_documentreference") + ")"
_attachment = some(
    contentType=said("e.media_type"),
    url=f"coalesce(nullif(e.location, ''), {_own_content})",
    size="nullif(e.size, 0)",
    title=said("e.title"),
    creation=instant("e.dated_at"),
)
DOCUMENT = entry(
    "DocumentReference",
    "文档",
    models.DocumentReference,
    {
        "identifier": several(source_identifier()),
        "status": "'current'",
        "type": coded(OWN + "document", "e.kind"),
        "subject": SUBJECT,
        "date": instant("e.recorded_at"),
        "author": several(PRACTITIONER),
        "custodian": ORGANIZATION,
        "description": said("e.title"),
        "content": several(some(attachment=_attachment)),
        "context": some(encounter=several(ENCOUNTER)),
    },
    Parameter("type", "token", ("e.code_system", "e.code", "e.local_system", "e.local_code"), "类别", build="document"),
    date("date", "记录时间", "e.recorded_at"),
    at="e.recorded_at",
    write="document_reference",
    concept="type",
    unkept="docStatus、category、authenticator、relatesTo、securityLabel、format、context 中就诊以外的内容；第二个以后的 content",  # noqa: E501
)

declare(REQUEST, DISPENSE, STATEMENT, IMMUNIZATION, PLAN, DOCUMENT)
