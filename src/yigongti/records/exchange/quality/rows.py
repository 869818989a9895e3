"""The received rows as measures read them: for each target a SELECT with its own columns and what goes with a row.

A measure is a condition over these columns (the language of all policies); it is counted by PostgreSQL in one pass
over the rows of a source. Rows stand as they are in force: neither corrected nor void.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db import models

from yigongti.kernel.policy.shapes import Column, ColumnType, register_shape
from yigongti.records.health_record.targets import TARGETS, Target

BEIJING = "AT TIME ZONE 'Asia/Shanghai'"
LEFT_OUT = ("json", "base64")
TYPES: Mapping[str, ColumnType] = {
    "text": "text",
    "decimal": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "date",
}
#: which rows of a kind say the same though their keys differ
ALIKE: Mapping[str, str] = {
    "encounter": "e.kind, e.started_at, e.organization_id",
    "condition": "e.encounter_id, e.code, e.name, e.onset_on",
    "observation": "e.code, e.effective_at, e.value, e.text, e.value_code",
    "diagnostic_report": "e.code, e.name, e.effective_at",
    "procedure": "e.code, e.name, e.performed_at",
    "medication_request": "e.code, e.name, e.dose, e.authored_at",
    "medication_dispense": "e.code, e.name, e.dispensed_at",
    "immunization": "e.code, e.name, e.dose_number, e.occurred_at",
}
PERSON = "JOIN residents_sourceidentity p ON p.id = e.identity_id"
VISIT = "LEFT JOIN health_record_encounter v ON v.id = e.encounter_id"
CONCEPT = "LEFT JOIN terminology_concept k ON k.system_id = '{system}' AND k.code = e.code"
#: the systolic value that was taken together with a diastolic one
SYSTOLIC = """LEFT JOIN (SELECT b.source, b.resident_id, b.effective_at, max(b.value) AS value
    FROM health_record_observation b WHERE b.code = 'sbp' AND b.code_system = '' AND b.replaced_by_id IS NULL
    AND b.voided_reason = '' AND b.source = ANY(%(sources)s) AND {when} GROUP BY 1, 2, 3) s
    ON e.code = 'dbp' AND s.source = e.source AND s.resident_id = e.resident_id AND s.effective_at = e.effective_at"""
FIRST = "LEFT JOIN residents_sourceidentityversion w ON w.identity_id = e.id AND w.version = 1"
NUMBER = "LEFT JOIN data_quality_numbercheck n ON n.identity_id = e.id AND n.content_hash = e.content_hash"


@dataclass(frozen=True)
class Field:
    """A column that measures may name: title, type, how it is read, and the join that it needs."""

    title: str
    type: ColumnType
    sql: str
    join: str = ""


def shape_name(target: str) -> str:
    """The shape of the rows of a target."""
    return f"quality_{target}"


def happened(target: Target) -> str:
    """When a row happened, as Beijing time without a zone; undated rows when they were written down."""
    if target.name == "patient":
        return f"(coalesce(w.received_at, e.received_at) {BEIJING})"
    column = target.model._meta.get_field(target.at) if target.at else None
    if column is None:
        return f"(e.recorded_at {BEIJING})"
    local = f"(e.{target.at} {BEIJING})" if isinstance(column, models.DateTimeField) else f"e.{target.at}::timestamp"
    nullable = isinstance(column, models.Field) and column.null
    return f"coalesce({local}, e.recorded_at {BEIJING})" if nullable else local


@cache
def fields(name: str) -> Mapping[str, Field]:
    """The columns of the rows of a target."""
    target = TARGETS[name]
    found = dict(_own(target))
    found |= _patient() if name == "patient" else _entry(target)
    return found


def _own(target: Target) -> Iterable[tuple[str, Field]]:
    for column in target.columns:
        if column.type in LEFT_OUT or column.sensitive or column.refers or not column.column:
            continue
        if column.name in ("organization_code", "practitioner_code", "area_code", "recorded_at"):
            continue
        read = f"e.{column.column}"
        if column.type == "timestamp":
            read = f"({read} {BEIJING})::date"
        yield column.name, Field(column.title, TYPES[column.type], read)


def _entry(target: Target) -> dict[str, Field]:
    at, came = happened(target), f"(e.received_at {BEIJING})::date"
    month_ends = f"(date_trunc('month', {at}) + interval '1 month' - interval '1 day')::date"
    found = {
        "day": Field("日期", "date", f"({at})::date"),
        "version": Field("版本", "integer", "e.version"),
        "days_late": Field("发生到收到的天数", "integer", f"({came} - ({at})::date)"),
        "days_after_month": Field("当月结束到收到的天数", "integer", f"({came} - {month_ends})"),
        "has_practitioner": Field(
            "写明医生", "boolean", "(e.practitioner_id IS NOT NULL OR e.practitioner_name <> '')"
        ),
        "known_practitioner": Field("医生已登记", "boolean", "(e.practitioner_id IS NOT NULL)"),
        "person_sex": Field("本来源登记的性别", "text", "p.sex", PERSON),
        "person_birth": Field("本来源登记的出生日期", "date", "p.birth_date", PERSON),
        "person_died": Field("本来源登记的死亡日期", "date", "p.died_on", PERSON),
        "age_years": Field("当时的年龄", "integer", f"extract(year FROM age({at}, p.birth_date::timestamp))", PERSON),
    }
    if key := ALIKE.get(target.name):
        over = f"PARTITION BY e.source, e.resident_id, {key} ORDER BY e.id"
        found["nth"] = Field("内容相同的第几条", "integer", f"row_number() OVER ({over})")
    if "encounter_key" in target.by_name:
        found["has_encounter"] = Field("写明就诊", "boolean", "(e.encounter_id IS NOT NULL)")
        found["visit_from"] = Field("就诊开始日", "date", f"(v.started_at {BEIJING})::date", VISIT)
        found["visit_to"] = Field("就诊结束日", "date", f"(coalesce(v.ended_at, v.started_at) {BEIJING})::date", VISIT)
    if target.name == "encounter":
        found["has_department"] = Field(
            "写明科室", "boolean", "(e.department_id IS NOT NULL OR e.department_name <> '')"
        )
    if target.name == "observation":
        found["systolic"] = Field("同时测得的收缩压", "decimal", "s.value", SYSTOLIC)
    if (system := target.by_name["code"].system if "code" in target.by_name else "") and system.startswith("icd"):
        found["code_known"] = Field("编码在术语库中", "boolean", "(k.id IS NOT NULL)", CONCEPT.format(system=system))
        exists = f"EXISTS (SELECT 1 FROM terminology_concept t WHERE t.system_id = '{system}')"
        found["codes_loaded"] = Field("术语库已装入", "boolean", exists)
    return found


def _patient() -> dict[str, Field]:
    earlier = "o.source = e.source AND o.id < e.id"
    return {
        "day": Field("首次收到日", "date", f"({happened(TARGETS['patient'])})::date"),
        "version": Field("版本", "integer", "e.version"),
        "has_id_number": Field("有证件号码", "boolean", "(e.id_number IS NOT NULL)"),
        "has_phone": Field("有电话", "boolean", "(e.phone IS NOT NULL)"),
        "has_address": Field("有住址", "boolean", "(e.address IS NOT NULL OR e.area_id IS NOT NULL)"),
        "number_valid": Field("证件号码有效", "boolean", "e.number_valid"),
        "number_birth_agrees": Field("证件号码与出生日期一致", "boolean", "n.birth_agrees", NUMBER),
        "number_sex_agrees": Field("证件号码与性别一致", "boolean", "n.sex_agrees", NUMBER),
        "tied": Field("已归入居民", "boolean", "(e.state = 'linked')"),
        "person_again": Field(
            "此人在本来源已有主键",
            "boolean",
            f"EXISTS (SELECT 1 FROM residents_sourceidentity o WHERE o.resident_id = e.resident_id AND {earlier})",
        ),
        "number_again": Field(
            "证件号码在本来源已用于他人",
            "boolean",
            "EXISTS (SELECT 1 FROM residents_sourceidentity o WHERE o.id_number_index = e.id_number_index "
            f"AND o.resident_id IS DISTINCT FROM e.resident_id AND {earlier})",
        ),
    }


def declare_shapes() -> None:
    """Every target as a shape, so that conditions are checked when a policy is loaded."""
    for name, target in TARGETS.items():
        columns = [Column(column, one.type, one.title) for column, one in fields(name).items()]
        register_shape(shape_name(name), columns, label=f"{target.title}的行")


def select(name: str, columns: Iterable[str], months: list[date] | None) -> str:
    """The rows of a target with ``source``, ``month``, ``id``, ``source_key`` and the columns asked for.

    Parameters: ``sources`` and, with ``months``, ``months``.
    """
    target, known = TARGETS[name], fields(name)
    wanted = [column for column in dict.fromkeys(columns) if column in known and column != "source_key"]
    when = _when(target, months)
    joins = dict.fromkeys(known[column].join for column in wanted if known[column].join)
    if name == "patient":
        joins = {FIRST: None, **joins}
    read = "".join(f', {known[column].sql} AS "{column}"' for column in wanted)
    force = "" if name == "patient" else "AND e.replaced_by_id IS NULL AND e.voided_reason = ''"
    person = "" if name == "patient" else ", e.resident_id"
    return (
        f"SELECT e.source, date_trunc('month', {happened(target)})::date AS month, e.id, e.source_key{person}{read} "
        f'FROM "{target.table}" e {" ".join(joins).format(when=when.replace("e.", "b."))} '
        f"WHERE e.source = ANY(%(sources)s) {force} AND {when}"
    )


def _when(target: Target, months: list[date] | None) -> str:
    """The months asked for, as ranges of the time column where there is one: only their partitions are read."""
    if months is None:
        return "true"
    column = target.model._meta.get_field(target.at) if target.at else None
    if isinstance(column, models.DateTimeField) and not column.null:
        return "(" + " OR ".join(_between(f"e.{target.at}", *span) for span in spans(months)) + ")"
    return f"date_trunc('month', {happened(target)})::date = ANY(%(months)s)"


def _between(column: str, first: date, after: date) -> str:
    return f"{column} >= '{first} 00:00:00+08' AND {column} < '{after} 00:00:00+08'"


def spans(months: Iterable[date]) -> list[tuple[date, date]]:
    """Months as half-open spans of days; neighbours become one."""
    found: list[tuple[date, date]] = []
    for month in sorted(set(months)):
        after = next_month(month)
        if found and found[-1][1] == month:
            found[-1] = (found[-1][0], after)
        else:
            found.append((month, after))
    return found


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
