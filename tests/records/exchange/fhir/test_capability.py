"""The CapabilityStatement says what is there: every parameter works, every interaction answers; the profile."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fhir_people import Opening, Person, System
from records_community import Community

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.fhir.resources import RESOURCES
from yigongti.records.exchange.fhir.systems import CHONGQING

VALUES = {
    "token": ("final", "http://loinc.org|8480-6"),
    "date": ("2026", "ge2020-01-01"),
    "reference": ("1", "01a00000-0000-7000-8000-000000000000"),
    "string": ("王", "wang"),
}


@pytest.mark.parametrize("type_", list(RESOURCES))
def test_every_declared_parameter_works(person: Person, his: System, type_: str) -> None:
    (stated,) = (one for one in his.get("metadata")[1]["rest"][0]["resource"] if one["type"] == type_)
    for parameter in stated["searchParam"]:
        for value in VALUES[parameter["type"]]:
            status, told = his.get(f"{type_}?{parameter['name']}={value}", Prefer="handling=strict")
            assert status == 200, (parameter, told)
    for name in stated.get("searchInclude", []):
        assert his.get(f"{type_}?_include={name}", Prefer="handling=strict")[0] == 200, name
    for name in stated.get("searchRevInclude", []):
        assert his.get(f"{type_}?_revinclude={name}", Prefer="handling=strict")[0] == 200, name


def test_what_is_not_stated_is_not_there(person: Person, his: System, opened: Opening, community: Community) -> None:
    for stated in his.get("metadata")[1]["rest"][0]["resource"]:
        able = {one["code"] for one in stated["interaction"]}
        assert {"read", "search-type"} <= able
        assert "delete" not in able
        assert his("DELETE", f"{stated['type']}/1")[0] == 405
        status = his("POST", stated["type"], {"resourceType": stated["type"]})[0]
        assert (status != 404) is ("create" in able), stated["type"]
    reader = opened(community.centre, ["system/*.read"])
    status, told = reader("POST", "Patient", {"resourceType": "Patient"})
    assert (status, told["issue"][0]["code"]) == (403, "forbidden")


def _profiles() -> Path:
    folder = (configuration().data_dir or Path("/nowhere")) / "fhir-cn-chongqing" / "input" / "fsh"
    if not folder.is_dir():
        pytest.skip("no profiles: set YIGONGTI_DATA_DIR")
    return folder


def _declared(kind: str) -> Iterator[tuple[str, str]]:
    """Id and body of everything of a kind in the guide."""
    for path in _profiles().rglob("*.fsh"):
        for part in re.split(
            r"\n(?=(?:Extension|CodeSystem|ValueSet|Profile|Invariant|Instance)\s*:)", path.read_text("utf-8-sig")
        ):
            if re.match(rf"{kind}\s*:", part.lstrip()) and (found := re.search(r"^Id\s*:\s*(\S+)", part, re.M)):
                yield found.group(1), part


def test_an_organisation_says_what_the_profile_of_chongqing_knows(community: Community, his: System) -> None:
    extensions = dict(_declared("Extension"))
    codes = {name: set(re.findall(r'^\s*\*\s*#"?([^\s"]+)"?', body, re.M)) for name, body in _declared("CodeSystem")}
    with acting(SYSTEM):
        hospital = community.hospital
        hospital.level, hospital.management_type, hospital.institution_class = "3", "1", "A100"
        hospital.save()
    told = his.get(f"Organization/{hospital.pk}")[1]
    assert told["extension"]
    for one in told["extension"]:
        name = one["url"].removeprefix(f"{CHONGQING}/StructureDefinition/")
        assert name in extensions, one
        if coding := one.get("valueCoding"):
            assert "Coding" in extensions[name]
            system = coding["system"].removeprefix(f"{CHONGQING}/CodeSystem/")
            if coding["system"].startswith(CHONGQING) and codes.get(system):
                assert coding["code"] in codes[system], (name, coding)
    types = {c["code"] for one in told["identifier"] for c in one["type"]["coding"]}
    assert types <= codes["identifierType-code-system"]
    # the profile asks for what the registry does not keep, so it is not claimed
    assert "profile" not in told.get("meta", {})
