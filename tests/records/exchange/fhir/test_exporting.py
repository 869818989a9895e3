"""Bulk export: asked for, worked off, fetched, expired; filters, elements, deletions."""

from datetime import timedelta

import pytest
from django.test import Client
from fhir_people import Opening, Person, System, exported, lines
from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.records.health_record import models
from yigongti.records.health_record.services import void_entry


@pytest.mark.django_db(transaction=True)
def test_an_export_is_asked_for_worked_off_fetched_and_expires(
    community: Community, person: Person, his: System, opened: Opening
) -> None:
    done = exported(his, f"Group/{community.centre.pk}/$export?_type=Patient,Observation,Condition")
    counts = {one["type"]: one["count"] for one in done["manifest"]["output"]}
    assert counts == {"Patient": 1, "Observation": 2, "Condition": 1}
    urls = {one["type"]: one["url"] for one in done["manifest"]["output"]}
    assert [one["id"] for one in lines(his, urls["Patient"])] == [str(person.id)]
    assert len(lines(his, urls["Observation"])) == 2
    with acting(SYSTEM):
        assert Entry.objects.filter(action=Entry.Action.EXPORT, resident_id=person.id).count() == 1
    other = opened(community.centre)
    assert other("GET", done["where"])[0] == 404
    assert Client().get(urls["Patient"]).status_code == 401
    since = exported(his, "Patient/$export?_type=Condition&_since=2999-01-01")
    assert since["manifest"]["output"] == []
    with clock.travelling(clock.now() + timedelta(hours=25)):
        assert his("GET", done["where"])[0] in (401, 404)


def test_what_cannot_be_exported_is_told(his: System, opened: Opening, community: Community) -> None:
    assert his("GET", "$export?_type=Appointment")[0] == 404
    assert his("GET", "$export?_outputFormat=csv")[0] == 400
    assert his("GET", "$export?_since=soon")[0] == 400
    assert opened(community.centre, ["system/Patient.read"])("GET", "$export?_type=Observation")[0] == 403


@pytest.mark.django_db(transaction=True)
def test_filters_elements_and_what_was_declared_void(person: Person, his: System) -> None:
    done = exported(his, "$export?_type=Observation&_typeFilter=Observation?category=vital-signs&_elements=code")
    (output,) = done["manifest"]["output"]
    assert output["count"] == 1
    (line,) = lines(his, output["url"])
    assert line["code"]["coding"][0]["code"] == "8480-6"
    assert "valueQuantity" not in line
    assert done["manifest"]["request"].endswith("_elements=code")
    assert his("GET", "$export?_type=Observation&_typeFilter=Observation?colour=red")[0] == 400
    assert his("GET", "$export?_type=Observation&_typeFilter=Patient?name=x")[0] == 400
    begun = clock.now().isoformat(timespec="milliseconds").replace("+", "%2B")
    void_entry(SYSTEM, models.Condition, person.rows["Condition"].pk, reason="写错了人")
    manifest = exported(his, f"Patient/$export?_type=Condition,Observation&_since={begun}")["manifest"]
    assert manifest["output"] == []
    (gone,) = manifest["deleted"]
    (bundle,) = lines(his, gone["url"])
    assert [one["request"] for one in bundle["entry"]] == [
        {"method": "DELETE", "url": f"Condition/{person.rows['Condition'].pk}"}
    ]
