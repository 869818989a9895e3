"""Code systems: the short names under which the house keeps them, and the addresses that FHIR knows them by."""

from collections.abc import Mapping

#: root of what has no published address
OWN = "urn:yigongti:code-system:"
SOURCE = "urn:yigongti:source:"
#: root of the profiles of the Chongqing core guide (zlnick/ChongqingCoreIG 0.1.0)
CHONGQING = "http://fhir.cq.hc"
IDENTIFIER_TYPES = f"{CHONGQING}/CodeSystem/identifierType-code-system"
#: 居民身份证号 as the national document templates (WS/T 483) name it
ID_CARD = "urn:oid:2.16.156.10011.1.3"
RECORD_NUMBER = "urn:yigongti:health-record-number"
CATALOGUE = OWN + "observation"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"

SYSTEMS: Mapping[str, str] = {
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-9-cm-3": "http://hl7.org/fhir/sid/icd-9-cm",
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "atc": "http://www.whocc.no/atc",
    "ucum": UCUM,
    "dicom": "http://dicom.nema.org/resources/ontology/DCM",
    "actcode": TERMINOLOGY + "v3-ActCode",
    "rolecode": TERMINOLOGY + "v3-RoleCode",
    "category": TERMINOLOGY + "observation-category",
}
"""Short name to address; what is not listed leaves as ``urn:yigongti:code-system:<name>``."""
SPELLINGS: Mapping[str, str] = {
    "icd10": "icd-10",
    "icd9cm3": "icd-9-cm-3",
    "icd-9-cm": "icd-9-cm-3",
    "snomed-ct": "snomed",
    "snomedct": "snomed",
}
"""Other short names that sources use for the same lists."""

UNITS: Mapping[str, str] = {
    "mmHg": "mm[Hg]",
    "次/分": "/min",
    "%": "%",
    "℃": "Cel",
    "分": "{score}",
    "cm": "cm",
    "kg": "kg",
    "kg/m²": "kg/m2",
    "mmol/L": "mmol/L",
    "μmol/L": "umol/L",
    "mL/min/1.73m²": "mL/min/{1.73_m2}",
    "mg/g": "mg/g",
    "g/L": "g/L",
    "mg/dL": "mg/dL",
    "U/L": "U/L",
    "周": "wk",
    "支": "{cigarette}",
}
"""Units of the catalogue to UCUM."""


def address(name: str) -> str:
    """The address of a code system that the house keeps under ``name``; an address stays as it is."""
    return name if ":" in name else SYSTEMS.get(SPELLINGS.get(name.lower(), name.lower()), OWN + name)


def names(address_: str) -> tuple[str, ...]:
    """Every name under which rows may carry a code system."""
    short = [name for name, url in SYSTEMS.items() if url == address_]
    short += [spelling for spelling, name in SPELLINGS.items() if name in short]
    return (*short, address_, address_.removeprefix(OWN))


def address_sql(column: str, default: str = "") -> str:
    """SQL: the address for what a column names; ``default`` where it is empty."""
    known = [*SYSTEMS.items(), *((spelling, SYSTEMS[name]) for spelling, name in SPELLINGS.items())]
    listed = " ".join(f"WHEN '{name}' THEN '{url}'" for name, url in known)
    empty = f"'{default}'" if default else "NULL"
    return (
        f"CASE lower({column}) WHEN '' THEN {empty} {listed} ELSE "
        f"CASE WHEN {column} LIKE '%%:%%' THEN {column} ELSE '{OWN}' || {column} END END"
    )


def ucum_sql(column: str) -> str:
    """SQL: the UCUM code of a unit, or NULL."""
    listed = " ".join(
        f"WHEN '{unit.replace('%', '%%')}' THEN '{code.replace('%', '%%')}'" for unit, code in UNITS.items()
    )
    return f"CASE {column} {listed} END"
