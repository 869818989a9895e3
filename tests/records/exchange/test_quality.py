"""What is published about the quality of a source: measures against counts in Python, the ledger, restatement."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from quality_deliveries import (
    ID1,
    ID2,
    NOVEMBER,
    NOW,
    OCTOBER,
    PEOPLE,
    PROBLEMS,
    SEPTEMBER,
    VALUES,
    VISITS,
    delivered,
)
from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.exchange.models import Load
from yigongti.records.exchange.quality import jobs
from yigongti.records.exchange.quality.models import DeliveredRows, DueMonth, QualityMonth
from yigongti.records.exchange.quality.numbers import agrees
from yigongti.records.exchange.quality.publishing import policy, rebuild, scores, settle, total
from yigongti.records.residents.models import SourceSystem


@pytest.fixture
def house(community: Community) -> Community:
    """The community, and the HIS of its hospital."""
    with acting(SYSTEM):
        SourceSystem.objects.create(code="his", title="医院信息系统", organization=community.hospital)
    return community


def published(month: date) -> QualityMonth:
    """What stands for a month."""
    with acting(SYSTEM):
        return QualityMonth.objects.get(source="his", month=month, replaced_at=None)


def counts(month: date, measure: str) -> dict[str, Any]:
    """Good and looked at, by target."""
    return dict(published(month).counts.get(measure, {}))


def outcomes(target: str, month: date) -> dict[str, int]:
    """The ledger."""
    with acting(SYSTEM):
        rows = DeliveredRows.objects.filter(target=target, month=month)
        found: dict[str, int] = {}
        for row in rows:
            found[row.outcome] = found.get(row.outcome, 0) + row.rows
        return found


def test_every_measure_is_what_a_person_would_count(house: Community, tmp_path: Path) -> None:
    load = delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES, condition=PROBLEMS)
    # patients: p4 has a sex that does not exist; p1 and p2 have numbers, p2's says another year of birth
    assert outcomes("patient", NOVEMBER) == {"taken": 4, "code": 1}
    expected = {
        "patient.name": [3, 3],  # p3 is unknown on purpose
        "patient.birth-date": [2, 4],
        "patient.sex": [3, 4],
        "patient.id-number": [2, 3],
        "patient.number-valid": [2, 2],
        "patient.number-birth": [1, 2],
        "patient.number-sex": [2, 2],
        "lines.format": [4, 5],
    }
    assert {key: counts(NOVEMBER, key)["patient"] for key in expected} == expected
    # contacts: v4 ends before it begins, v5 is of nobody, v3 came twice
    assert outcomes("encounter", OCTOBER) == {"taken": 2, "reference": 1}
    assert outcomes("encounter", NOVEMBER) == {"taken": 1, "order": 1, "repeated": 1}
    assert counts(OCTOBER, "encounter.department") == {"encounter": [1, 2]}
    assert counts(OCTOBER, "clinical.alive")["encounter"] == [0, 1]
    assert counts(OCTOBER, "clinical.practitioner")["encounter"] == [1, 2]
    assert counts(NOVEMBER, "encounter.ended") == {"encounter": [1, 1]}
    assert counts(NOVEMBER, "encounter.soon") == {"encounter": [1, 1]}
    assert counts(OCTOBER, "encounter.soon") == {"encounter": [0, 2]}
    assert counts(NOVEMBER, "lines.once")["encounter"] == [2, 3]
    assert counts(NOVEMBER, "lines.consistent")["encounter"] == [2, 3]
    # results: o8 is impossible, o9 no number, o6 says what o1 says, o7 is of no catalogue, o5 long after its visit
    assert outcomes("observation", OCTOBER) == {"taken": 4, "range": 1, "type": 1}
    assert counts(OCTOBER, "clinical.once")["observation"] == [3, 4]
    assert counts(OCTOBER, "observation.catalogued") == {"observation": [3, 4]}
    assert counts(OCTOBER, "observation.unit") == {"observation": [3, 4]}
    assert counts(OCTOBER, "observation.pressure") == {"observation": [1, 1]}
    assert counts(NOVEMBER, "observation.pressure") == {"observation": [0, 1]}
    assert counts(NOVEMBER, "clinical.within-visit") == {"observation": [2, 3]}
    assert counts(NOVEMBER, "observation.soon") == {"observation": [1, 3]}
    assert counts(OCTOBER, "lines.plausible")["observation"] == [5, 6]
    # diagnoses: a man with pre-eclampsia
    assert counts(OCTOBER, "condition.female") == {"condition": [1, 2]}
    assert counts(OCTOBER, "condition.male") == {"condition": [1, 1]}
    assert counts(OCTOBER, "clinical.code")["condition"] == [3, 4]
    row = published(OCTOBER)
    assert (row.revision, row.why, row.load_id, row.rows) == (1, "load", load.pk, 2 + 4 + 4)
    body = policy()
    assert row.score == total(body, scores(body, row.counts))
    assert row.dimensions == {key: str(one) for key, one in scores(body, row.counts).items()}


def test_the_score_is_the_weighted_mean_of_what_could_be_measured(house: Community) -> None:
    body = policy()
    found = {
        "lines.required": {"encounter": [9, 10]},  # weight 3
        "clinical.code": {"condition": [1, 4]},  # weight 2
        "lines.fresh": {"encounter": [0, 10]},  # weight 0: shown, not scored
        "observation.soon": {"observation": [1, 2]},
    }
    points = scores(body, found)
    assert points == {"completeness": Decimal("64.00"), "timeliness": Decimal("50.00")}
    assert total(body, points) == Decimal("59.33")  # (20 × 64 + 10 × 50) ÷ 30
    assert total(body, {}) is None
    assert body.band(Decimal("95")).title == "优"
    assert body.band(Decimal("59.33")).title == "差"


def test_a_correction_restates_the_months_that_it_touches_and_no_others(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES)
    before = published(OCTOBER)
    moved = VALUES.splitlines()[0] + "\no1,p1,v1,sbp,,136,mmHg,2026-09-30 09:05\n"
    load = delivered(tmp_path / "b", observation=moved)
    assert published(SEPTEMBER).revision == 1
    after = published(OCTOBER)
    assert (after.revision, after.load_id, after.rows) == (2, load.pk, before.rows - 1)
    assert counts(OCTOBER, "clinical.once")["observation"] == [3, 3]
    assert counts(SEPTEMBER, "clinical.uncorrected") == {"observation": [0, 1]}
    assert published(NOVEMBER).revision == 1
    with acting(SYSTEM):
        old = QualityMonth.objects.get(pk=before.pk)
    assert (old.replaced_at, old.counts) == (after.published_at, before.counts)


def test_a_corrected_person_restates_the_months_of_their_rows(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES, condition=PROBLEMS)
    assert counts(OCTOBER, "condition.female") == {"condition": [1, 2]}
    text = PEOPLE.splitlines()[0] + f"\np2,李强,2,1960-01-02,,{ID2},2026-10-20,01\n"
    delivered(tmp_path / "b", patient=text)
    assert counts(OCTOBER, "condition.female") == {"condition": [2, 2]}
    assert counts(OCTOBER, "condition.male") == {"condition": [0, 1]}
    assert counts(OCTOBER, "clinical.alive")["encounter"] == [1, 1]
    assert counts(NOVEMBER, "patient.number-sex")["patient"] == [1, 2]


def test_the_same_again_is_known_and_a_corrected_visit_restates_its_results(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES)
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES)
    assert outcomes("observation", NOVEMBER) == {"taken": 3, "known": 3}
    assert counts(NOVEMBER, "lines.fresh")["observation"] == [3, 6]
    text = VISITS.splitlines()[0] + "\nv1,p1,outpatient,finished,2026-10-01 09:00,2026-11-20 10:00,内科,黄医生\n"
    delivered(tmp_path / "b", encounter=text)
    assert counts(NOVEMBER, "clinical.within-visit") == {"observation": [3, 3]}


def test_messages_are_gathered_and_counted_by_the_worker(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path / "a", channel=Load.Channel.HL7, patient=PEOPLE)
    with acting(SYSTEM):
        assert list(DueMonth.objects.values_list("source", "month")) == [("his", NOVEMBER)]
        assert not QualityMonth.objects.exists()
    assert settle() == 1
    assert settle() == 0
    assert published(NOVEMBER).rows == 4


def test_counting_everything_again_publishes_what_differs_only(house: Community, tmp_path: Path) -> None:
    delivered(tmp_path / "a", patient=PEOPLE, encounter=VISITS, observation=VALUES)
    assert rebuild(["his"]) == 0
    with acting(SYSTEM):
        from yigongti.records.health_record.models import Encounter

        Encounter.objects.filter(source_key="v2").update(voided_reason="错录", voided_at=NOW)
    assert rebuild(["his"], month=NOVEMBER) == 0
    outcome = jobs.count_all(SYSTEM, type("Work", (), {"advance": lambda *_: None})())
    assert outcome.summary == "重算 1 个月份"
    row = published(OCTOBER)
    assert (row.revision, row.why, row.load_id) == (2, "night", None)


def test_a_number_agrees_or_there_is_nothing_to_compare() -> None:
    assert agrees(str(ID1), date(1958, 3, 12), "2") == (True, True)
    assert agrees(str(ID1), date(1958, 3, 13), "1") == (False, False)
    assert agrees(str(ID1), None, "0") == (None, None)
    assert agrees("C1234567", date(1958, 3, 12), "2") == (None, None)
