"""Who and where we are as FHIR: Organization, Practitioner, PractitionerRole, Location (departments).

Organizations carry the identifiers and extensions of the Chongqing core guide (hc-healthcare-organization 0.1.0) where
the registry has the content. The profile itself is not claimed: it asks for the licence number and the economic type,
which the registry does not keep.
"""

from .pieces import coding, concept, given, literal, made, reference, said, several, some
from .resources import Parameter, Resource, declare
from .systems import CHONGQING, IDENTIFIER_TYPES, OWN

ROLE_KIND = OWN + "position-kind"


def _identifier(type_: str, word: str, system: str, column: str) -> str:
    kind = made(coding=several(made(system=literal(IDENTIFIER_TYPES), code=literal(type_), display=literal(word))))
    body = made(use="'official'", type=kind, system=literal(system), value=column)
    return f"CASE WHEN {column} <> '' THEN {body} END"


def _coded(name: str, system: str, column: str, display: str) -> str:
    """An extension of the Chongqing guide with a coding."""
    return (
        f"CASE WHEN {column} <> '' THEN jsonb_build_object('url', '{CHONGQING}/StructureDefinition/{name}', "
        f"'valueCoding', {made(system=literal(system), code=column, display=display)}) END"
    )


def _word(system: str, column: str) -> str:
    return f"(SELECT c.name FROM terminology_concept c WHERE c.system_id = '{system}' AND c.code = {column})"


_cs = f"{CHONGQING}/CodeSystem/"
_division = (
    f"CASE WHEN e.area_code <> '' THEN jsonb_build_object('url', '{CHONGQING}/StructureDefinition/hc-mdm-administrativedivision', "  # noqa: E501
    "'valueCoding', "
    + made(
        system=f"CASE WHEN e.area_code LIKE '50%%' THEN '{_cs}cq-administrativedivision-code-system' ELSE '{OWN}gb-t-2260' END",  # noqa: E501
        code="left(e.area_code, 6)",
        display="(SELECT a.name FROM places_area a WHERE a.code = left(e.area_code, 6))",
    )
    + ") END"
)
_position = (
    f"CASE WHEN e.longitude IS NOT NULL THEN jsonb_build_array(jsonb_build_object('url', '{CHONGQING}/StructureDefinition/hc-mdm-organizationggis', "  # noqa: E501
    "'extension', jsonb_build_array(jsonb_build_object('url', 'longitude', 'valueDecimal', trim_scale(e.longitude)), "
    "jsonb_build_object('url', 'latitude', 'valueDecimal', trim_scale(e.latitude))))) END"
)
_phone = given("e.phone", system="'phone'", use="'work'", value="e.phone")
_closed = "e.closed_on IS NULL OR e.closed_on > current_date"

ORGANIZATION = Resource(
    "Organization",
    "机构",
    "organizations_organization",
    {
        "extension": several(
            _division,
            _coded(
                "hc-mdm-operatingstatus",
                _cs + "operatingstatus-code-system",
                f"CASE WHEN {_closed} THEN '0' ELSE '3' END",
                f"CASE WHEN {_closed} THEN '开业' ELSE '撤销' END",
            ),
            _coded(
                "hc-mdm-healthcareinstitutionstype",
                _cs + "healthcareinstitutionstype-code-system",
                "e.institution_class",
                _word("institution-class", "e.institution_class"),
            ),
            _coded(
                "hc-mdm-hospitallevel",
                _cs + "cn-hospitalleve-code-system",
                "e.level",
                _word("hospital-level", "e.level"),
            ),
            _coded(
                "hc-mdm-hospitalmanagementype",
                _cs + "cn-hospitalnanagementtype-code-system",
                "e.management_type",
                _word("management-type", "e.management_type"),
            ),
        ),
        "identifier": several(
            _identifier("HCOC", "卫生机构（组织）代码", "urn:yigongti:organization-code", "e.code"),
            _identifier("USCC", "统一社会信用代码", "urn:yigongti:credit-code", "e.credit_code"),
        ),
        "active": _closed,
        "type": several(concept(coding(literal(OWN + "organization-tier"), "e.tier"))),
        "name": "e.name",
        "alias": several("to_jsonb(nullif(e.short_name, ''))"),
        "telecom": several(_phone),
        "address": several(
            some(
                extension=_position,
                use="CASE WHEN e.address <> '' OR e.longitude IS NOT NULL THEN 'work' END",
                text=said("e.address"),
            )
        ),
        "partOf": reference("Organization", "e.part_of_id"),
    },
    (
        Parameter("identifier", "token", ("e.code", "e.credit_code"), "机构代码或统一社会信用代码", build="plain"),
        Parameter("name", "string", ("e.name", "e.short_name"), "名称"),
        Parameter("active", "token", (f"({_closed})::text",), "在用"),
        Parameter("type", "token", ("e.tier",), "层级"),
        Parameter("partof", "reference", ("e.part_of_id",), "上级机构", "Organization"),
    ),
    row_type="bigint",
    unkept="机构在登记簿里维护，不经 FHIR 写入",
)
PRACTITIONER = Resource(
    "Practitioner",
    "人员",
    "staff_practitioner",
    {
        "identifier": several(
            made(use="'usual'", system=literal("urn:yigongti:practitioner-code"), value="e.code"),
            given("e.licence", use="'official'", system="'urn:yigongti:practice-licence'", value="e.licence"),
        ),
        "active": "EXISTS (SELECT 1 FROM staff_position p WHERE p.practitioner_id = e.id AND (p.until IS NULL OR p.until > current_date))",  # noqa: E501
        "name": several(made(use="'official'", text="e.name")),
        "gender": "CASE e.sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' END",
        "telecom": several(_phone),
        "qualification": several(some(code=concept(text="e.title"))),
    },
    (
        Parameter("identifier", "token", ("e.code", "e.licence"), "工号或执业证号", build="plain"),
        Parameter("name", "string", ("e.name", "e.pinyin"), "姓名"),
        Parameter("gender", "token", ("e.sex",), "性别", codes={"male": ("1",), "female": ("2",)}),
    ),
    row_type="bigint",
    unkept="人员在登记簿里维护，不经 FHIR 写入",
)
ROLE = Resource(
    "PractitionerRole",
    "任职",
    "staff_position",
    {
        "active": "e.until IS NULL OR e.until > current_date",
        "period": some(start="e.start", end="e.until"),
        "practitioner": reference("Practitioner", "e.practitioner_id"),
        "organization": reference("Organization", "e.organization_id"),
        "code": several(concept(coding(literal(ROLE_KIND), "e.kind"), text="e.post")),
        "location": several(reference("Location", "e.department_id")),
    },
    (
        Parameter("practitioner", "reference", ("e.practitioner_id",), "人员", "Practitioner"),
        Parameter("organization", "reference", ("e.organization_id",), "机构", "Organization"),
        Parameter("location", "reference", ("e.department_id",), "科室", "Location"),
        Parameter("active", "token", ("(e.until IS NULL OR e.until > current_date)::text",), "在任"),
    ),
    row_type="bigint",
    unkept="任职在登记簿里维护，不经 FHIR 写入",
)
LOCATION = Resource(
    "Location",
    "科室",
    "organizations_department",
    {
        "identifier": several(made(system=literal(OWN + "speciality"), value="e.code")),
        "status": f"CASE WHEN {_closed} THEN 'active' ELSE 'inactive' END",
        "name": "e.name",
        "mode": "'instance'",
        "telecom": several(_phone),
        "managingOrganization": reference("Organization", "e.organization_id"),
    },
    (
        Parameter("name", "string", ("e.name",), "名称"),
        Parameter("organization", "reference", ("e.organization_id",), "机构", "Organization"),
        Parameter("identifier", "token", ("e.code",), "诊疗科目代码", build="plain"),
    ),
    row_type="bigint",
    unkept="科室在登记簿里维护，不经 FHIR 写入",
)

declare(ORGANIZATION, PRACTITIONER, ROLE, LOCATION)
