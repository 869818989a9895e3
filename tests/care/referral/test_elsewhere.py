"""What happens to a person elsewhere reaches an open referral; two people at once do not both win."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from care_community import Community, build
from django.db import connection
from referral_play import drain, measured, sent, step

from yigongti.care.referral.models import Referral
from yigongti.care.referral.workflow import UpReferral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.escalation import escalate
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, YigongtiError
from yigongti.kernel.events.outbox import emit
from yigongti.records.exchange.services import receive
from yigongti.records.health_record.models import Encounter
from yigongti.records.health_record.services.encounters import record_encounter
from yigongti.records.residents.models import Resident, SourceSystem


def now_of(case: Referral) -> Referral:
    """The case as it stands."""
    with acting(SYSTEM):
        return Referral.objects.get(pk=case.pk)


@pytest.mark.parametrize(
    ("name", "payload", "ends"),
    [
        ("ResidentDied", {"on": "2026-11-20"}, True),
        ("ResidentMoved", {"on": "2026-11-20", "to": "外省"}, True),
        ("ConsentWithdrawn", {"kind": "referral"}, True),
        ("ConsentWithdrawn", {"kind": "messages"}, False),
    ],
)
def test_news_ends_what_has_not_begun(community: Community, name: str, payload: dict[str, str], ends: bool) -> None:
    case = sent(community)
    with acting(SYSTEM):
        emit(name, resident=str(case.resident_id), **payload)
    drain()
    assert (now_of(case).state == UpReferral.terminated.name) is ends
    drain()


def test_admission_elsewhere_ends_and_admission_there_does_not(community: Community) -> None:
    here, elsewhere = sent(community, "wang"), sent(community, "li")
    for case, where in ((here, "county"), (elsewhere, "foreign")):
        with acting(SYSTEM):
            emit("AdmittedElsewhere", resident=str(case.resident_id), organization=community.organizations[where].pk)
    drain()
    assert now_of(here).is_open
    assert now_of(elsewhere).outcome_code == "admitted-elsewhere"


def delivered(community: Community, folder: Path, case: Referral, key: str, started_at: datetime) -> None:
    """The foreign hospital's HIS tells of a stay."""
    with acting(SYSTEM):
        home = community.organizations["foreign"]
        source, _ = SourceSystem.objects.get_or_create(code="his", title="外院", organization=home)
        person = Resident.objects.get(pk=case.resident_id)
    (folder / "patient.csv").write_text(
        f"source_key,name,sex,birth_date,id_number\np1,{person.name},{person.sex},{person.birth_date},{person.id_number}\n"
    )
    at = f"{started_at.astimezone():%Y-%m-%d %H:%M:%S}"
    (folder / "encounter.csv").write_text(f"source_key,patient_key,kind,started_at\n{key},p1,inpatient,{at}\n")
    paths = [folder / "patient.csv", folder / "encounter.csv"]
    load = receive(SYSTEM, source=source, mapping="interchange", files=paths)
    assert (load.state, load.lines_rejected) == ("loaded", 0), load.report
    with acting(SYSTEM):
        assert Encounter.objects.get(source="his", source_key=key).resident_id == case.resident_id


def test_a_delivery_of_another_hospital_tells_of_the_admission(community: Community, tmp_path: Path) -> None:
    case = sent(community, "li")
    delivered(community, tmp_path, case, "before", case.opened_at - timedelta(days=2))
    drain()
    assert now_of(case).is_open, "that stay was over when the referral was opened"
    delivered(community, tmp_path, case, "after", case.opened_at + timedelta(seconds=2))
    drain()
    assert now_of(case).outcome_code == "admitted-elsewhere"


def test_what_is_in_care_is_not_ended_by_a_move(community: Community) -> None:
    case = sent(community)
    step(community["office"], case, "accept")
    step(community["office"], case, "arrive")
    with acting(SYSTEM):
        emit("ResidentMoved", resident=str(case.resident_id), on="2026-11-20", to="外省")
    drain()
    assert now_of(case).is_open


def test_alarms_remind_then_escalate_up_the_ladder(community: Community) -> None:
    case = sent(community, priority="red")
    told = []
    for minutes in (11, 16, 50):
        with clock.travelling(case.entered_at + timedelta(minutes=minutes)):
            escalate()
    with acting(SYSTEM):
        for event in CaseEvent.objects.filter(case_id=case.pk, step__in=["remind", "overdue"]).order_by("sequence"):
            told.append((event.step, event.data["roles"]))
    assert told[0] == ("remind", [])
    assert told[1][0] == "overdue"
    assert "director" in told[-1][1]
    # an alarm does not make the page that the office has open stale
    advance(community["office"], UpReferral, case.pk, "accept", {}, version=case.version)


def test_the_visit_of_another_hospital_is_not_seen_by_strangers(community: Community) -> None:
    visit = measured(community, "wang", sbp=150, dbp=95)
    with acting(community["foreign-doctor"]):
        assert not Referral.objects.exists()
        assert not type(visit).objects.filter(pk=visit.pk).exists()
    with pytest.raises(YigongtiError):
        record_encounter(
            community["foreign-doctor"], resident_id=visit.resident_id, kind="outpatient", measurements={"sbp": 900}
        )


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_only_one_wins() -> None:
    community = build()
    case = sent(community)
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def take(name: str, data: dict[str, str]) -> None:
        gate.wait()
        try:
            outcomes.append(advance(community["office"], UpReferral, case.pk, name, data).case.state)
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    refusal = {"reason": "not-indicated", "note": "基层处理即可"}
    threads = [threading.Thread(target=take, args=args) for args in (("accept", {}), ("decline", refusal))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["accepted", "refused"], ["declined", "refused"])
    with acting(SYSTEM):
        assert CaseEvent.objects.filter(case_id=case.pk, step__in=["accept", "decline"]).count() == 1
