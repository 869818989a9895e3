"""What a sender tells of a person beyond our columns is kept sealed, told again, and told as whose word it is."""

import json

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_people import ALL, Opening, System
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.fhir.comparing import lost
from yigongti.records.exchange.patient_kept import PINYIN, TOLD_BY, prepare, returned
from yigongti.records.residents.models import CareRelation, SourceIdentity

ID_CARD = "urn:oid:2.16.156.10011.1.3"
PATIENT = {
    "resourceType": "Patient",
    "id": "p-1",
    "identifier": [
        {"type": {"coding": [{"code": "MR"}]}, "system": "urn:hospital:card", "value": "K-0099"},
        {"use": "official", "system": ID_CARD, "value": "431127195803120022"},
        {"use": "secondary", "type": {"text": "医保"}, "system": "urn:insurance", "value": "YB12345678901234"},
    ],
    "name": [
        {"use": "old", "text": "王小英", "period": {"end": "1980"}},
        {"use": "official", "text": "王秀英"},
        {"use": "nickname", "text": "英子"},
    ],
    "telecom": [
        {"system": "phone", "use": "old", "value": "0746-2210000", "period": {"end": "2014"}},
        {"system": "phone", "use": "mobile", "value": "138 0013 8000", "rank": 1},
        {"system": "email", "value": "wang@example.org"},
    ],
    "gender": "female",
    "birthDate": "1958-03-12",
    "_birthDate": {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                "valueDateTime": "1958-03-12T04:10:00+08:00",
            }
        ]
    },
    "address": [
        {"use": "home", "text": "江永县潇浦镇1号", "city": "永州市", "postalCode": "425400"},
        {"use": "temp", "text": "长沙市岳麓区2号"},
    ],
    "maritalStatus": {"text": "已婚"},
    "multipleBirthInteger": 2,
    "contact": [{"relationship": [{"text": "女儿"}], "name": {"text": "李梅"}, "telecom": [{"value": "13900139000"}]}],
    "communication": [{"language": {"text": "瑶语"}, "preferred": True}],
    "photo": [{"contentType": "image/png", "data": "aGVsbG8="}],
}


@pytest.fixture
def whole(community: Community, opened: Opening) -> System:
    """A system that may see numbers."""
    return opened(community.centre, [*ALL, "system/Patient.identifiers"])


def sent(system: System, **other: object) -> dict:
    status, told = system("POST", "Patient", {**PATIENT, **other})
    assert status == 201, told
    return told


def test_nothing_of_a_person_is_lost(whole: System) -> None:
    told = sent(whole)
    get_fhir_model_class("Patient").model_validate(told)
    assert lost(PATIENT, told) == []
    assert [one["text"] for one in told["name"] if one.get("id") != PINYIN] == ["王秀英", "王小英", "英子"]
    assert sum(one.get("value", "").endswith("8000") for one in told["telecom"]) == 1
    with acting(SYSTEM):
        held = SourceIdentity.objects.get(source_key="p-1")
    assert (held.name, str(held.phone), held.identity_kind) == ("王秀英", "138 0013 8000", "01")
    assert "李梅" in str(held.kept)
    # sent back as it is read, nothing changes; with another contact the earlier version is kept
    status, again = whole("PUT", f"Patient/{told['id']}", told)
    assert (status, {**again, "meta": 0}) == (200, {**told, "meta": 0})
    other = {**told, "contact": [{"name": {"text": "李兰"}}]}
    told = whole("PUT", f"Patient/{told['id']}", other)[1]
    assert [one["name"]["text"] for one in told["contact"]] == ["李兰"]
    with acting(SYSTEM):
        versions = [json.loads(str(one.content))["kept"] for one in held.versions.order_by("version")]
    assert "李梅" in versions[0]


def test_without_the_scope_numbers_are_hidden_and_come_back_as_they_were(his: System, whole: System) -> None:
    made = sent(his)
    shown = his.get(f"Patient/{made['id']}")[1]
    get_fhir_model_class("Patient").model_validate(shown)
    text = json.dumps(shown, ensure_ascii=False)
    for hidden in (
        "K-0099",
        "YB123456789",
        "13900139000",
        "0746-2210000",
        "wang@",
        "岳麓区",
        "425400",
        "李梅",
        "aGVsbG8=",
    ):
        assert hidden not in text, hidden
    assert [one["relationship"][0]["text"] for one in shown["contact"]] == ["女儿"]
    status, told = his("PUT", f"Patient/{made['id']}", {**shown, "maritalStatus": {"text": "丧偶"}})
    assert status == 200, told
    full = whole.get(f"Patient/{made['id']}")[1]
    assert lost({**PATIENT, "maritalStatus": {"text": "丧偶"}}, full) == []
    moved = {**shown, "telecom": [{**shown["telecom"][0], "use": "work"}]}
    status, refused = his("PUT", f"Patient/{made['id']}", moved)
    assert (status, "遮住" in refused["issue"][0]["details"]["text"]) == (422, True)


def test_what_another_source_tells_is_told_as_its_word(community: Community, opened: Opening, whole: System) -> None:
    other = opened(community.centre, [*ALL, "system/Patient.identifiers"])
    first = sent(whole)
    told = sent(other, id="x-7", name=[{"text": "王秀英"}, {"use": "maiden", "text": "王翠"}], contact=[])
    assert told["id"] == first["id"]
    with acting(SYSTEM):
        registered = CareRelation.objects.in_force().filter(resident_id=told["id"], kind="registered")
        assert [one.organization_id for one in registered] == [community.centre.pk]
    marks = {
        one["text"]: [e["valueString"] for e in one.get("extension", []) if e["url"] == TOLD_BY] for one in told["name"]
    }
    assert marks["王翠"] == [f"fhir-{other.user_id}"]
    assert marks["英子"] == [f"fhir-{whole.user_id}"]
    # the other sends back what it read: the words of the first stay the first one's
    assert other("PUT", f"Patient/{told['id']}", told)[0] == 200
    with acting(SYSTEM):
        kept = str(SourceIdentity.objects.get(source_key="x-7").kept)
    assert "王翠" in kept
    assert "英子" not in kept
    assert "李梅" not in kept


def test_the_document_in_use_comes_first() -> None:
    made = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:card", "value": "1"},
            {"type": {"coding": [{"code": "PPN"}]}, "value": "E12345678"},
        ],
        "name": [{"use": "maiden", "family": "Li"}, {"family": "Smith", "given": ["Ann"]}],
        "telecom": [{"system": "email", "value": "a@b"}, {"system": "phone", "value": "1", "use": "old"}],
    }
    prepare(made)
    assert made["identifier"][0] == {
        "type": {"coding": [{"code": "PPN"}]},
        "value": "E12345678",
        "system": "urn:yigongti:identity-document:03",
    }
    assert made["name"][0]["family"] == "Smith"
    assert made["telecom"][0]["value"] == "1"


def test_single_elements_of_others_do_not_come_back() -> None:
    mark = {"extension": [{"url": TOLD_BY, "valueString": "lis-2"}]}
    told = {"multipleBirthInteger": 2, "_multipleBirthInteger": mark, "maritalStatus": {"text": "已婚", **mark}}
    assert returned(told, "his-1") == {}
    assert returned(told, "lis-2") == {"multipleBirthInteger": 2, "maritalStatus": {"text": "已婚"}}
