"""The resident as FHIR Patient. What is sealed in the database is opened in one pass and, as a rule, masked."""

from typing import Any

from yigongti.kernel.ciphers.columns import decrypt_column
from yigongti.records.residents.documents import DocumentKind

from ..patient_kept import DOCUMENT, PINYIN
from . import together
from .entries import extension
from .pieces import literal, made, reference, said, several, some
from .resources import Parameter, Resource, declare
from .systems import ID_CARD, IDENTIFIER_TYPES, RECORD_NUMBER, SOURCE

GENDERS = {"male": ("1",), "female": ("2",), "unknown": ("0", "9"), "other": ()}
KEPT = "residents_sourceidentity.kept"
ID_CARDS = (DocumentKind.ID_CARD, DocumentKind.HOUSEHOLD, DocumentKind.DRIVER)


def number_system(kind: str) -> str:
    """The system of an identity number."""
    return ID_CARD if kind in ID_CARDS else f"{DOCUMENT}{kind}"


def finish(resources: list[dict[str, Any]], sealed: list[tuple[Any, ...]], unmasked: bool) -> None:
    """Identity number, phone and address into their resources, and what the sources keep beside them.

    ``unmasked``: as they are.
    """
    columns = list(zip(*sealed, strict=True))
    opened = [
        decrypt_column(values, f"residents_resident.{name}")
        for name, values in zip(("id_number", "phone", "address"), columns[1:4], strict=True)
    ]
    for resource, kind, number, phone, address in zip(resources, columns[0], *opened, strict=True):
        if number:
            resource["identifier"] = [_number(kind, number), *resource.get("identifier", [])]
        if phone:
            resource["telecom"] = [{"system": "phone", "use": "mobile", "value": phone}]
        if address:
            resource["address"] = [resource.get("address", [{}])[0] | {"use": "home", "text": address}]
    for resource, sources, kept in zip(resources, *columns[4:], strict=True):
        together.tell(resource, list(zip(sources or (), decrypt_column(kept or (), KEPT), strict=True)))
        if not unmasked:
            together.hide(resource)


def _number(kind: str, number: str) -> dict[str, Any]:
    told = {"use": "official", "system": number_system(kind), "value": number}
    word = DocumentKind(kind).label if kind in DocumentKind.values else ""
    types: dict[str, Any] = {"text": word} if word else {}
    if kind in ID_CARDS:
        types["coding"] = [{"system": IDENTIFIER_TYPES, "code": "CIN", "display": "公民身份号码"}]
    return told | ({"type": types} if types else {})


_sources = (
    "(SELECT jsonb_agg("
    + made(use="'secondary'", system=f"'{SOURCE}' || i.source", value="i.source_key")
    + " ORDER BY i.source, i.source_key) "
    "FROM residents_sourceidentity i WHERE i.resident_id = e.id AND i.state = 'linked')"
)
_numbered = made(use="'usual'", system=literal(RECORD_NUMBER), value="e.number")
_name = made(
    use="'official'",
    text="e.name",
    family="CASE WHEN e.given_name <> '' AND length(e.given_name) < length(e.name) THEN left(e.name, length(e.name) - length(e.given_name)) END",  # noqa: E501
    given=several("to_jsonb(nullif(e.given_name, ''))"),
)
_pinyin = f"""CASE WHEN e.name_pinyin <> '' THEN jsonb_build_object('id', '{PINYIN}', 'text', e.name_pinyin, 'extension',
    jsonb_build_array(jsonb_build_object('url', 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation', 'valueCode', 'SYL'))) END"""  # noqa: E501
_signed = """LEFT JOIN LATERAL (SELECT s.organization_id, s.doctor_id FROM residents_signedcentre s WHERE s.resident_id = e.id
    AND s.start <= current_date AND (s.until IS NULL OR s.until > current_date) LIMIT 1) sig ON true"""  # noqa: E501

_kept = """LEFT JOIN LATERAL (SELECT array_agg(i.source ORDER BY i.received_at DESC, i.id) AS sources,
    array_agg(i.kept ORDER BY i.received_at DESC, i.id) AS texts FROM residents_sourceidentity i
    WHERE i.resident_id = e.id AND i.state = 'linked' AND i.kept IS NOT NULL) kept ON true"""

_survivor = reference("Patient", "residents_survivor(e.id)")
#: who became part of another record leads to it; the other tells of whom it is made
_links = f"""CASE WHEN e.merged_into_id IS NOT NULL
    THEN jsonb_build_array({made(other=_survivor, type="'replaced-by'")})
    ELSE (SELECT jsonb_agg({made(other=made(reference="'Patient/' || l.id"), type="'replaces'")} ORDER BY l.id)
          FROM residents_losers(e.id) l) END"""

PATIENT = Resource(
    "Patient",
    "居民",
    "residents_resident",
    {
        "extension": several(
            extension("birth-date-estimated", "valueBoolean", "nullif(e.birth_estimated, false)"),
            extension("ethnicity", "valueString", said("e.ethnicity")),
            extension("blood-type", "valueString", said("e.blood_type")),
        ),
        "identifier": f"jsonb_build_array({_numbered}) || coalesce({_sources}, '[]'::jsonb)",
        "active": "e.died_on IS NULL AND e.moved_on IS NULL AND e.merged_into_id IS NULL",
        "name": several(_name, _pinyin),
        "gender": "CASE e.sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END",
        "birthDate": "e.birth_date",
        "deceasedDateTime": "e.died_on",
        "address": several(some(district="area.name", postalCode="NULL")),
        "generalPractitioner": several(
            reference("Practitioner", "sig.doctor_id"), reference("Organization", "sig.organization_id")
        ),
        "managingOrganization": reference("Organization", "e.registered_by_id"),
        "link": _links,
    },
    (
        Parameter("identifier", "token", (), "证件号码、健康档案号、来源系统中的主键", build="person"),
        Parameter(
            "name", "string", ("e.name", "e.given_name", "e.name_pinyin", "e.name_initials"), "姓名或拼音，从头比较"
        ),
        Parameter("family", "string", ("e.name", "e.name_pinyin"), "姓"),
        Parameter("given", "string", ("e.given_name",), "名"),
        Parameter("gender", "token", ("e.sex",), "性别", codes=GENDERS),
        Parameter("birthdate", "date", ("e.birth_date",), "出生日期", build="day"),
        Parameter("death-date", "date", ("e.died_on",), "死亡日期", build="day"),
        Parameter("deceased", "token", ("(e.died_on IS NOT NULL)::text",), "是否已故"),
        Parameter("active", "token", ("(e.died_on IS NULL AND e.moved_on IS NULL)::text",), "在管"),
        Parameter("phone", "token", (), "电话，全号", build="phone"),
        Parameter("telecom", "token", (), "电话，全号", build="phone"),
        Parameter("organization", "reference", ("e.registered_by_id",), "建档机构", "Organization"),
        Parameter("general-practitioner", "reference", ("sig.doctor_id",), "家庭医生", "Practitioner"),
    ),
    joins=f"LEFT JOIN places_area area ON area.code = e.area_id {_signed} {_kept}",
    current="e.merged_into_id IS NULL",
    updated="greatest(e.registered_at, (SELECT p.at FROM changes_person p WHERE p.resident_id = e.id))",
    version="e.version",
    resident="e.id",
    sealed=("e.identity_kind", "e.id_number", "e.phone", "e.address", "kept.sources", "kept.texts"),
    finish=finish,
    write="patient",
    unkept="photo、maritalStatus、multipleBirth、contact、communication、link；第二个以后的姓名、号码、电话、住址",
)

declare(PATIENT)
