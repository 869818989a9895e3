"""What a delivery tells the house: new contacts of these days, once."""

from datetime import timedelta
from pathlib import Path

from records_community import Community

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events.models import Outbox
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.services import receive
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.models import SourceSystem

NEWS = ("EncounterRecorded", "AdmittedElsewhere")


def stays(folder: Path, kind: str = "inpatient", status: str = "in-progress") -> Load:
    """A patient with a stay of yesterday, one of last year and one that is planned."""
    now = clock.now().astimezone()
    days = {"new": now - timedelta(days=1), "old": now - timedelta(days=400), "plan": now - timedelta(hours=1)}
    lines = [
        f"{key},p1,{kind},{at:%Y-%m-%d %H:%M},{status if key != 'plan' else 'planned'}" for key, at in days.items()
    ]
    (folder / "patient.csv").write_text("source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\n")
    (folder / "encounter.csv").write_text("\n".join(["source_key,patient_key,kind,started_at,status", *lines, ""]))
    paths = [folder / "patient.csv", folder / "encounter.csv"]
    load = receive(SYSTEM, source="his", mapping="interchange", files=paths)
    assert load.lines_rejected == 0, load.report
    return load


def told() -> list[tuple[str, str]]:
    """The news that wait, with the key of the contact."""
    with acting(SYSTEM):
        keys = {str(one.pk): one.source_key for one in Encounter.objects.all()}
        return [
            (one.name, keys[one.payload["encounter"]]) for one in Outbox.objects.filter(name__in=NEWS).order_by("id")
        ]


def test_new_contacts_of_these_days_are_told_once(community: Community, tmp_path: Path) -> None:
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="HIS", organization=community.hospital)
    stays(tmp_path)
    assert told() == [("AdmittedElsewhere", "new"), ("EncounterRecorded", "new")]
    with acting(SYSTEM):
        payload = Outbox.objects.get(name="AdmittedElsewhere").payload
        encounter = Encounter.objects.get(source_key="new")
    assert payload["organization"] == community.hospital.pk
    assert payload["resident"] == str(encounter.resident_id)
    assert payload["at"] == encounter.started_at.isoformat()
    stays(tmp_path)
    assert len(told()) == 2, "the same again is no news"
    stays(tmp_path, status="finished")
    assert len(told()) == 2, "nor is a correction"


def test_a_document_needs_content_or_location(community: Community, tmp_path: Path) -> None:
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="HIS", organization=community.hospital)
    (tmp_path / "patient.csv").write_text("source_key,name,sex,birth_date\np1,王秀英,2,1958-03-12\n")
    (tmp_path / "document_reference.csv").write_text(
        "source_key,patient_key,title,kind,media_type,location,content\n"
        "d1,p1,出院小结,discharge,text/plain,,5pel\nd2,p1,出院小结,discharge,text/plain,https://his/2,\n"
        "d3,p1,出院小结,discharge,text/plain,,\n"
    )
    paths = [tmp_path / "patient.csv", tmp_path / "document_reference.csv"]
    load = receive(SYSTEM, source="his", mapping="interchange", files=paths)
    assert (load.lines_accepted, load.lines_rejected) == (3, 1)
    with acting(SYSTEM):
        row = load.rejected.get()
    assert (row.line, row.reason) == (4, "content 和 location 都没有填写")
