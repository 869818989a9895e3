"""What the types of the record have in common: whose, where, by whom, from which system, in which version."""

from collections.abc import Mapping

from yigongti.records.health_record.models import Entry

from ..fhir_kept import ORGANIZATION_CODE, PRACTITIONER_CODE
from .pieces import (
    first,
    fixed,
    literal,
    local_coding,
    logical_id,
    made,
    own_coding,
    reference,
    referred,
    several,
    shown,
    some,
    source_identifier,
)
from .resources import Parameter, Resource
from .systems import SOURCE, TERMINOLOGY

ENCOUNTERS = "health_record_encounter"
EXTENSION = "urn:yigongti:extension:"
#: rows of the record name the contact with care by the version that is in force
ENCOUNTER_JOIN = f"LEFT JOIN {ENCOUNTERS} enc ON enc.id = e.encounter_id"
ENCOUNTER = referred("Encounter", "enc", ENCOUNTERS)
SUBJECT = reference("Patient", "e.resident_id")


def registered(type_: str, table: str, system: str, column: str) -> str:
    """A reference to a row of the registry, with its code and its name."""
    identifier = made(system=literal(system), value="named.code")
    body = made(reference=f"'{type_}/' || named.id", identifier=identifier, display="named.name")
    return f"(SELECT {body} FROM {table} named WHERE named.id = {column})"


ORGANIZATION = registered("Organization", "organizations_organization", ORGANIZATION_CODE, "e.organization_id")
PRACTITIONER = first(
    (
        "e.practitioner_id IS NOT NULL",
        registered("Practitioner", "staff_practitioner", PRACTITIONER_CODE, "e.practitioner_id"),
    ),
    ("e.practitioner_name <> ''", shown("e.practitioner_name")),
)
_NAMED = "e.practitioner_id IS NOT NULL OR e.practitioner_name <> ''"
ACTORS = several(first((_NAMED, made(actor=PRACTITIONER)), ("true", made(actor=ORGANIZATION))))
CURRENT = "e.replaced_by_id IS NULL AND e.voided_reason = ''"
UPDATED = "greatest(e.recorded_at, e.received_at, e.voided_at)"


def extension(name: str, kind: str, value: str) -> str:
    """An extension of our own, NULL without a value."""
    return f"CASE WHEN {value} IS NOT NULL THEN jsonb_build_object('url', '{EXTENSION}{name}', '{kind}', {value}) END"


def status(system: str, code: str) -> str:
    """A concept of a status list of HL7."""
    return fixed(TERMINOLOGY + system, code)


def coded(default: str, display: str) -> str:
    """The concept of a coded row: our code, the source's own, the words."""
    return some(coding=several(own_coding(default, display), local_coding()), text=f"nullif({display}, '')")


def token(name: str, title: str, *columns: str, codes: Mapping[str, tuple[str, ...]] | None = None) -> Parameter:
    """A token parameter."""
    return Parameter(name, "token", columns, title, codes=codes or {})


def date(name: str, title: str, *columns: str, build: str = "") -> Parameter:
    """A date parameter; ``build`` ``day`` for columns that are dates."""
    return Parameter(name, "date", columns, title, build=build)


def code(default: str, title: str = "项目编码") -> Parameter:
    """``code``: our own coding and the source's."""
    return Parameter(
        "code", "token", ("e.code_system", "e.code", "e.local_system", "e.local_code"), title, build=default
    )


IDENTIFIER = Parameter("identifier", "token", ("e.source", "e.source_key"), "来源系统中的主键", build="source")
PATIENT = Parameter("patient", "reference", ("e.resident_id",), "居民", "Patient")
SUBJECT_OF = Parameter("subject", "reference", ("e.resident_id",), "居民（同 patient）", "Patient")
AT = Parameter("encounter", "reference", ("e.encounter_id",), "就诊", "Encounter")


def performer(name: str) -> Parameter:
    """Who did it."""
    return Parameter(name, "reference", ("e.practitioner_id",), "医生", "Practitioner")


def entry(
    type_: str,
    title: str,
    model: type[Entry],
    body: Mapping[str, str],
    *parameters: Parameter,
    at: str,
    write: str,
    unkept: str,
    joins: str = "",
    concept: str = "code",
) -> Resource:
    """A type of the record: what is particular to it, with what all have. Those at an encounter name it."""
    attached = any(field.name == "encounter" for field in model._meta.get_fields())
    common = (IDENTIFIER, PATIENT, *((AT,) if attached else ()))
    subject = () if "patient" in body else (SUBJECT_OF,)
    where = Parameter("organization", "reference", ("e.organization_id",), "机构", "Organization")
    table = model._meta.db_table
    return Resource(
        type_,
        title,
        table,
        {"identifier": several(source_identifier()), **body},
        (*common, *subject, where, *parameters),
        joins=f"{ENCOUNTER_JOIN if attached else ''} {joins}".strip(),
        key=logical_id("e", table),
        current=CURRENT,
        updated=UPDATED,
        version="e.version",
        resident="e.resident_id",
        tags=f"CASE WHEN e.source <> '' THEN '{SOURCE}' || e.source END",
        write=write,
        chained=True,
        unkept=unkept,
        at=at,
        concept=concept,
    )
