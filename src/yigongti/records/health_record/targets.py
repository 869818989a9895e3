"""What can be received into the record: every target with its columns.

The interchange layout with its templates, validation, the check of mappings and the documents all follow from here.
"""

from collections.abc import Iterable, Mapping

from django.db import models

from yigongti.kernel.errors import NotFound
from yigongti.records.residents.models import Resident, SourceIdentity

from .models import (
    AllergyIntolerance,
    CarePlan,
    Condition,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    FamilyMemberHistory,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Procedure,
)
from .receivable import Target, TargetColumn, column_of

__all__ = ["TARGETS", "Target", "TargetColumn", "target"]

PATIENT_KEY = TargetColumn(
    "patient_key",
    "text",
    "病人主键",
    True,
    "病人在来源系统中的主键，与 patient 的 source_key 一致",
    refers="patient",
    length=128,
)
ENCOUNTER_KEY = TargetColumn(
    "encounter_key",
    "text",
    "就诊主键",
    meaning="所属就诊的来源主键；没有则留空",
    refers="encounter",
    column="encounter_id",
    length=128,
)
REPORT_KEY = TargetColumn(
    "report_key",
    "text",
    "报告主键",
    meaning="所属报告的来源主键",
    refers="diagnostic_report",
    column="report_id",
    length=128,
)
REQUEST_KEY = TargetColumn(
    "request_key",
    "text",
    "处方主键",
    meaning="所依处方的来源主键",
    refers="medication_request",
    column="request_id",
    length=128,
)
WHERE = (
    TargetColumn(
        "organization_code",
        "text",
        "机构代码",
        meaning="发生在哪家机构；空：来源系统所属机构",
        column="organization_id",
        length=32,
    ),
    TargetColumn(
        "practitioner_code",
        "text",
        "医生工号",
        meaning="登记过的工号；查不到时留 practitioner_name",
        column="practitioner_id",
        length=32,
    ),
)
LOCAL = ("local_system", "local_code", "local_name")
TOLD = {
    "source_key!": "这一条在来源系统中的主键，同一来源、同一目标内不重复",
    "practitioner_name": "未登记的医生只留姓名",
    "local_system": "来源系统自己的代码系统",
    "local_code": "来源系统自己的代码，映射后仍保留",
    "local_name": "来源系统自己的名称",
    "recorded_at": "在来源系统中写下的时间；空：收到时间",
    "extra": "没有对应字段的内容，原样保留",
    "code_system": "code 所属代码系统；空：本平台用的代码系统",
}
ICD = {"code": "icd-10"}


def _target(
    name: str,
    title: str,
    model: type[models.Model],
    own: str,
    *,
    at: str = "",
    systems: Mapping[str, str] | None = None,
    told: Mapping[str, str] | None = None,
    references: Iterable[TargetColumn] = (ENCOUNTER_KEY,),
) -> Target:
    """A target: key, person, references, its own columns (names apart by blanks), what every row may say."""
    words = {**TOLD, **(told or {})}

    def columns(names: Iterable[str]) -> list[TargetColumn]:
        return [
            column_of(
                model,
                n,
                words.get(n, words.get(n.removesuffix("!"), "")),
                system=(systems or {}).get(n.removesuffix("!"), ""),
            )
            for n in names
        ]

    made = [
        *columns(["source_key!"]),
        PATIENT_KEY,
        *references,
        *columns(own.split()),
        *WHERE,
        *columns(["practitioner_name", *LOCAL, "recorded_at", "extra"]),
    ]
    return Target(name, title, model.__name__, model, tuple(made), at)


PATIENT = Target(
    "patient",
    "病人",
    "Patient",
    SourceIdentity,
    (
        column_of(SourceIdentity, "source_key!", "病人在来源系统中的主键"),
        column_of(SourceIdentity, "name", "没有姓名的（无名氏、新生儿）留空"),
        TargetColumn(
            "sex",
            "text",
            "性别",
            codes=dict(Resident.Sex.choices),
            column="sex",
            length=1,
            meaning="GB/T 2261.1",
            default="0",
        ),
        column_of(SourceIdentity, "birth_date"),
        column_of(SourceIdentity, "identity_kind", "空：有证件号码时为居民身份证"),
        *(
            TargetColumn(name, "text", title, column=name, meaning=meaning, sensitive=True)
            for name, title, meaning in (
                ("id_number", "证件号码", "加密保存"),
                ("insurance_number", "医保号", "加密保存"),
                ("phone", "电话", "加密保存"),
                ("address", "住址", "加密保存"),
            )
        ),
        TargetColumn("area_code", "text", "居住地代码", meaning="行政区划代码或村居代码", column="area_id", length=12),
        column_of(SourceIdentity, "household", "同一来源内同户的人相同"),
        column_of(SourceIdentity, "mother_key", "母亲在来源系统中的主键"),
        column_of(SourceIdentity, "died_on"),
        column_of(SourceIdentity, "extra", TOLD["extra"]),
        TargetColumn(
            "kept",
            "json",
            "原样保留的个人信息",
            column="kept",
            meaning="其他姓名、号码、电话、住址、联系人，FHIR Patient 的写法，加密保存",
            sensitive=True,
            inner=True,
        ),
    ),
)

DRUG = "code code_system name! dose route frequency"

TARGETS: Mapping[str, Target] = {
    made.name: made
    for made in (
        PATIENT,
        _target(
            "encounter",
            "就诊",
            Encounter,
            "kind! status number started_at! ended_at department_name complaint assessment advice "
            "discharge next_due findings",
            at="started_at",
            references=(),
            told={"department_name": "科室名称；与登记的科室同名时自动对上", "findings": "结构化的所见"},
        ),
        _target(
            "condition",
            "诊断",
            Condition,
            "code code_system name! category rank status verification severity onset_on abated_on note",
            at="onset_on",
            systems=ICD,
            told={"rank": "1 为主要诊断"},
        ),
        _target(
            "observation",
            "测量与检验结果",
            Observation,
            "code! code_system category status value unit text value_code reference_low reference_high "
            "reference_text interpretation specimen effective_at!",
            at="effective_at",
            references=(ENCOUNTER_KEY, REPORT_KEY),
            systems={"code": "observation"},
            told={
                "code": "测量项目目录中的代码（code_system 为空）或其他系统的代码，如 LOINC",
                "value": "数值结果；文字结果写在 text",
                "unit": "目录中的项目须用目录的单位",
                "interpretation": "H 高、L 低、HH 危急高、LL 危急低、A 异常、N 正常",
            },
        ),
        _target(
            "diagnostic_report",
            "检查检验报告",
            DiagnosticReport,
            "category! code code_system name! status number effective_at! issued_at specimen body_site "
            "findings conclusion study",
            at="effective_at",
        ),
        _target(
            "procedure",
            "手术操作",
            Procedure,
            "code code_system name! category status rank performed_at! performed_until body_site reason outcome note",
            at="performed_at",
            systems={"code": "icd-9-cm-3"},
            told={"rank": "1 为主要手术"},
        ),
        _target(
            "medication_request",
            "处方",
            MedicationRequest,
            f"{DRUG} status intent prescription authored_at! quantity quantity_unit days reason note",
            at="authored_at",
        ),
        _target(
            "medication_dispense",
            "发药",
            MedicationDispense,
            f"{DRUG} status dispensed_at! quantity quantity_unit days batch",
            at="dispensed_at",
            references=(ENCOUNTER_KEY, REQUEST_KEY),
        ),
        _target(
            "medication_statement",
            "在用药品",
            MedicationStatement,
            f"{DRUG} start! until reason note",
            at="start",
        ),
        _target(
            "allergy_intolerance",
            "过敏",
            AllergyIntolerance,
            "code code_system substance! reaction category criticality status verification onset_on",
            at="onset_on",
            references=(),
        ),
        _target(
            "immunization",
            "预防接种",
            Immunization,
            "code code_system name! status occurred_at! dose_number manufacturer batch expires_on "
            "body_site route dose reason",
            at="occurred_at",
        ),
        _target(
            "care_plan",
            "照护计划",
            CarePlan,
            "category code code_system title! status start! until description activities goals",
            at="start",
            told={"activities": "文字列表", "goals": "文字列表"},
        ),
        _target(
            "document_reference",
            "文档",
            DocumentReference,
            "code code_system title! kind! media_type! location dated_at content",
            at="dated_at",
            told={"location": "原文存放处；平台只登记，不取回", "content": "Base64；与 location 二选一"},
        ),
        _target(
            "family_member_history",
            "家族史",
            FamilyMemberHistory,
            "relationship! member_name member_sex deceased code code_system name onset_age told_on note",
            at="told_on",
            systems=ICD,
            references=(),
        ),
    )
}
"""Every target by its name."""


def target(name: str) -> Target:
    """The target of that name. Raises NotFound."""
    try:
        return TARGETS[name]
    except KeyError:
        raise NotFound(f"没有接收目标 {name}", hint="可用：" + "、".join(TARGETS)) from None
