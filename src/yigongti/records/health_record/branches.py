"""How each kind of row stands on the timeline: declared once, as SQL over its own table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .models import (
    AllergyIntolerance,
    CarePlan,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    Entry,
    FamilyMemberHistory,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Procedure,
)

SHANGHAI = "::timestamp AT TIME ZONE 'Asia/Shanghai'"
ALIVE = "replaced_by_id IS NULL AND voided_reason = ''"
NAMED = "coalesce(nullif({0}, ''), nullif(local_name, ''), local_code)"
CODED = {"编码": "code", "本地代码": "CASE WHEN code = '' THEN local_code END"}
QUANTITY = {"数量": "trim_scale(quantity)::text || quantity_unit", "天数": "days::text"}


@dataclass(frozen=True)
class Branch:
    """A kind: its words, its table, when it happened, what it is called, what is told besides.

    ``details`` maps a Chinese label to SQL that gives text; ``words`` maps a label to the words of its codes, and
    ``title`` of the codes of ``name``. ``lists`` is the code system of ``code`` when the row names none.
    """

    label: str
    table: str
    at: str
    name: str
    note: str = "''"
    prefix: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dated: str = "false"
    lists: str = ""
    tone: str = "calm"

    def select(self, kind: str, where: Collection[str]) -> str:
        """The newest rows of this kind below the key; ``where`` narrows them by the columns of the SELECT."""
        pairs = [f"jsonb_build_array('{label}', {value})" for label, value in self.details.items()]
        code = f"CASE WHEN code_system = '' THEN '{self.lists}' END" if self.lists else "NULL"
        narrowed = "".join(f" AND {condition}" for condition in where)
        return f"""(SELECT * FROM (SELECT '{kind}' AS kind, id, {self.at} AS at, organization_id, practitioner_id,
            practitioner_name, {self.name} AS title, {self.note} AS note, {self.dated} AS dated, source, version,
            {code} AS list, {"code" if self.lists else "''"} AS code, local_name,
            jsonb_build_array({", ".join(pairs)}) AS details, NULL::jsonb AS values
            FROM health_record_{self.table} WHERE resident_id = %(resident)s AND {ALIVE}) d
            WHERE (at, id) < (%(at)s, %(id)s){narrowed} ORDER BY at DESC, id DESC LIMIT %(most)s)"""  # noqa: S608


class Measurements(Branch):
    """Values that stand alone: those of one moment and place are one row."""

    def select(self, kind: str, where: Collection[str]) -> str:
        """The newest moments below the key. ``{reach}`` stands for how far back they are looked for."""
        narrowed = "".join(f" AND {condition}" for condition in where)
        return f"""(SELECT * FROM (SELECT '{kind}' AS kind, (array_agg(id ORDER BY id))[1] AS id, effective_at AS at,
            organization_id, practitioner_id, max(practitioner_name) AS practitioner_name, '' AS title,
            string_agg(concat_ws(' ', code, local_name, text), ' ') AS note, false AS dated, max(source) AS source,
            max(version) AS version, NULL AS list, '' AS code, '' AS local_name, '[]'::jsonb AS details,
            jsonb_agg({VALUE} ORDER BY code) AS values
            FROM health_record_observation WHERE resident_id = %(resident)s AND {ALIVE} AND encounter_id IS NULL
             AND report_id IS NULL AND effective_at <= %(at)s {{reach}}
             GROUP BY effective_at, organization_id, practitioner_id) d
            WHERE (at, id) < (%(at)s, %(id)s){narrowed} ORDER BY at DESC, id DESC LIMIT %(most)s)"""  # noqa: S608


VALUE = """jsonb_build_array(code, value, text, unit, local_name, reference_low, reference_high, reference_text,
    interpretation)"""


def _labels(choices: list[tuple[str, str]]) -> dict[str, str]:
    return {str(code): str(label) for code, label in choices}


BRANCHES: Mapping[str, Branch] = {
    "encounter": Branch(
        "就诊和随访",
        "encounter",
        "started_at",
        "kind",
        "assessment",
        details={
            "科室": "department_name",
            "主诉": "complaint",
            "处理": "advice",
            "离院": "discharge",
            "出院": "CASE WHEN kind = 'inpatient' THEN (ended_at AT TIME ZONE 'Asia/Shanghai')::date::text END",
            "下次随访": "next_due::text",
        },
        words={"title": _labels(Encounter.Kind.choices)},
    ),
    "measurement": Measurements("单独的测量", "observation", "effective_at", "''"),
    "report": Branch(
        "检查检验报告",
        "diagnosticreport",
        "effective_at",
        NAMED.format("name"),
        "conclusion",
        "报告：",
        details={"类别": "category", "部位": "body_site", "标本": "specimen", "所见": "findings"},
        words={"类别": _labels(DiagnosticReport.Category.choices)},
    ),
    "condition": Branch(
        "诊断",
        "condition",
        f"coalesce(onset_on{SHANGHAI}, recorded_at)",
        NAMED.format("name"),
        "note",
        "诊断：",
        details={**CODED, "状态": "status"},
        words={"状态": _labels(Condition.Status.choices)},
        dated="onset_on IS NOT NULL",
        lists="icd-10",
    ),
    "procedure": Branch(
        "手术操作",
        "procedure",
        "performed_at",
        NAMED.format("name"),
        "note",
        "手术操作：",
        details={**CODED, "部位": "body_site", "结果": "outcome", "状态": "nullif(status, 'completed')"},
        words={"状态": _labels(Procedure.Status.choices)},
        lists="icd-9-cm-3",
    ),
    "prescription": Branch(
        "处方",
        "medicationrequest",
        "authored_at",
        NAMED.format("name"),
        "concat_ws(' ', nullif(dose, ''), nullif(route, ''), nullif(frequency, ''))",
        "处方：",
        details={**QUANTITY, "处方号": "prescription", "状态": "nullif(status, 'active')"},
        words={"状态": _labels(MedicationRequest.Status.choices)},
    ),
    "dispense": Branch(
        "发药",
        "medicationdispense",
        "dispensed_at",
        NAMED.format("name"),
        "concat_ws(' ', nullif(dose, ''), nullif(frequency, ''))",
        "发药：",
        details={**QUANTITY, "批号": "batch", "状态": "nullif(status, 'completed')"},
        words={"状态": _labels(MedicationDispense.Status.choices)},
    ),
    "medication": Branch(
        "用药",
        "medicationstatement",
        f"(start{SHANGHAI})",
        NAMED.format("name"),
        "concat_ws(' ', dose, frequency)",
        "用药：",
        details={"途径": "route", "停用": "until::text"},
        dated="true",
    ),
    "allergy": Branch(
        "过敏",
        "allergyintolerance",
        f"coalesce(onset_on{SHANGHAI}, recorded_at)",
        NAMED.format("substance"),
        "reaction",
        "过敏：",
        dated="onset_on IS NOT NULL",
        tone="danger",
    ),
    "immunization": Branch(
        "预防接种",
        "immunization",
        "occurred_at",
        NAMED.format("name"),
        "''",
        "接种：",
        details={
            "剂次": "'第 ' || dose_number || ' 剂'",
            "批号": "batch",
            "企业": "manufacturer",
            "状态": "nullif(status, 'completed')",
            "原因": "reason",
        },
        words={"状态": _labels(Immunization.Status.choices)},
    ),
    "plan": Branch(
        "照护计划",
        "careplan",
        f"(start{SHANGHAI})",
        "title",
        "description",
        "计划：",
        details={"止": "until::text", "状态": "status"},
        words={"状态": _labels(CarePlan.Status.choices)},
        dated="true",
    ),
    "family": Branch(
        "家族史",
        "familymemberhistory",
        f"coalesce(told_on{SHANGHAI}, recorded_at)",
        NAMED.format("name"),
        "note",
        "家族史：",
        details={"亲属": "relationship", "发病年龄": "onset_age || ' 岁'"},
        dated="told_on IS NOT NULL",
        lists="icd-10",
    ),
    "document": Branch(
        "文档",
        "documentreference",
        "coalesce(dated_at, recorded_at)",
        "title",
        prefix="文档：",
        details={"存放": "location"},
    ),
}

ENTRIES: dict[str, type[Entry]] = {
    "encounter": Encounter,
    "measurement": Observation,
    "report": DiagnosticReport,
    "condition": Condition,
    "procedure": Procedure,
    "prescription": MedicationRequest,
    "dispense": MedicationDispense,
    "medication": MedicationStatement,
    "allergy": AllergyIntolerance,
    "immunization": Immunization,
    "plan": CarePlan,
    "family": FamilyMemberHistory,
    "document": DocumentReference,
}
"""Kind on the timeline to its table."""
