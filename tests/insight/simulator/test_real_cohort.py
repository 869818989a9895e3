"""The demonstration community on the real data sets: every row accounted for, values and days those of the source."""

import os
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from yigongti.care.referral.models import Referral
from yigongti.config import configuration
from yigongti.insight.simulator import cohort, demo
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.residents.models import Resident

DATA = Path(os.environ.get("YIGONGTI_DATA_DIR") or Path(__file__).resolve().parents[4] / "shared" / "data")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "residents-longitudinal").is_dir(), reason="the data sets are not here"),
]


@pytest.mark.django_db(transaction=True)
def test_the_real_community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration(), "data_dir", DATA)
    summary = demo.build()
    load = summary.counts["loads"]["measurement"]
    assert load["read"] == 400_123
    assert load["accepted"] + sum(load["rejected"].values()) == load["read"]
    events = summary.counts["loads"]["event"]
    assert (events["read"], events["accepted"] + sum(events["rejected"].values())) == (34_340, 34_340)
    assert summary.counts["villages"] == 228
    with acting(SYSTEM):
        # besides the cohort only those whom the index asks about
        assert 0 < Resident.objects.count() - 17_549 <= 10
        assert Condition.objects.filter(source="cohort").count() == events["accepted"]
        assert Observation.objects.filter(source="cohort", source_key__regex=r"^\d+$").count() == load["accepted"]
        assert Encounter.objects.filter(source="cohort").count() == summary.counts["encounters"]
        up, down = (Referral.objects.filter(direction=way).count() for way in ("up", "down"))
        assert up + down > 400
        assert 1.5 < up / down < 2.2
        assert {"draft", "submitted", "supplement", "accepted", "no_show", "arrived", "in_care", "concluded"} <= set(
            Referral.objects.filter(direction="up", closed_at=None).values_list("state", flat=True)
        )
        _values_are_those_of_the_source()
        assert not Observation.objects.filter(effective_at__date__gt=summary.anchor).exists()
    assert "refused" not in summary.counts["steps"], summary.counts["steps"]


def _values_are_those_of_the_source() -> None:
    """Systolic pressures of some people: the same values in the same order, with the same days between them."""
    compared = 0
    source = duckdb.connect()
    source.execute(cohort.MACROS + cohort.SOURCE.format(folder=DATA / "residents-longitudinal"))
    for row, person in source.execute(
        "SELECT max_by(row, days), id FROM source_measurement WHERE test = 'sbp' "
        "GROUP BY id HAVING count(*) > 8 ORDER BY id LIMIT 20"
    ).fetchall():
        ours = Observation.objects.filter(source="cohort", source_key=str(row), code="sbp").first()
        if ours is None:  # died more than ten years ago
            continue
        found = Observation.objects.filter(resident_id=ours.resident_id, source="cohort", code="sbp")
        values = [(one.effective_at.date(), float(one.value or 0)) for one in found.order_by("effective_at")]
        theirs = source.execute(
            "SELECT DISTINCT days, value FROM source_measurement "
            "WHERE id = ? AND test = 'sbp' AND value BETWEEN 50 AND 300 ORDER BY days",
            [person],
        ).fetchall()
        compared += 1
        last, (latest, _) = values[-1][0], theirs[-1]
        dated = [(last + timedelta(days=days - latest), value) for days, value in theirs]
        assert values == dated[-len(values) :]
        assert all(day < demo.clock.today() - cohort.TEN_YEARS for day, _ in dated[: -len(values)])
    assert compared >= 10


def test_the_copied_columns_are_found_out() -> None:
    read = cohort.read(DATA, demo.clock.today())
    codes = {
        code
        for (code,) in read.database.execute("SELECT DISTINCT code FROM measurement WHERE NOT estimated").fetchall()
    }
    assert "dbp" not in codes
    assert "total_cholesterol" not in codes
    assert read.loads["measurement"].rejected[cohort.REASONS["copy"]] == 33_430 + 161_258
    estimated = read.database.execute(
        "SELECT count(*), max(value), sum(CAST(value >= sbp AS INTEGER)) "
        "FROM measurement m JOIN visit v USING (id, day) WHERE m.estimated"
    ).fetchone()
    assert estimated is not None
    assert estimated[0] > 25_000
    assert estimated[1] <= 105
    assert estimated[2] == 0
