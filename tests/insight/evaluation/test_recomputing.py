"""Last quarter's evaluation is computed again from its snapshot and its texts: equal, or which number differs."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from records_community import Community, make_community, works_at

from yigongti.insight.evaluation import schemas, services
from yigongti.insight.evaluation.models import Evaluation, Score, Text
from yigongti.insight.evaluation.recomputing import recompute
from yigongti.insight.results.refreshing import refresh
from yigongti.insight.warehouse.shelf import Shelf
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.health_record import services as records
from yigongti.registry.consortia.models import Consortium, Membership

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = datetime(2026, 3, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def visited(community: Community, number: int, at: datetime) -> None:
    with clock.travelling(at):
        records.record_encounter(
            community.village_doctor,
            resident_id=community.patients[number].pk,
            kind="outpatient",
            measurements={"sbp": "132", "dbp": "80"},
        )


def evaluated(shelf: Shelf) -> tuple[Community, Evaluation]:
    """A consortium of a hospital and a centre, evaluated for the first quarter by its council."""
    with clock.travelling(FIRST - timedelta(days=30)):
        made = make_community()
        made.patients = [made.resident(name=f"居民{number}") for number in range(4)]
    for number in range(8):
        visited(made, number % 4, FIRST + timedelta(days=number))
    with acting(SYSTEM):
        consortium = Consortium.objects.create(
            code="Y1", name="医共体", kind="county", tightness="tight", start=date(2024, 1, 1)
        )
        for one, role in ((made.hospital, "lead"), (made.centre, "branch")):
            Membership.objects.create(consortium=consortium, organization=one, role=role, start=date(2024, 1, 1))
    assert refresh(shelf) is not None
    council = works_at(made.hospital, "council", made.centre, name="李主任")
    data = schemas.Opening(policy="evaluation/members-quarterly", period="2026Q1", consortium=consortium.pk)
    return made, services.open_evaluation(council, data=data)


def test_an_evaluation_is_computed_again_bit_by_bit(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "warehouse")
    with clock.travelling(datetime(2026, 6, 3, 8, tzinfo=FIRST.tzinfo)):
        community, case = evaluated(shelf)
        first = recompute(SYSTEM, case, shelf)
        assert (first.differences, first.skipped) == ([], "")
        assert first.values >= 3
        assert first.scores == 14
        # the facts move on, the evaluation stands on its snapshot
        visited(community, 0, FIRST + timedelta(days=12))
        assert refresh(shelf) is not None
        assert recompute(SYSTEM, case, shelf).equal
        with acting(SYSTEM):
            Score.objects.filter(item="record-use").update(points=Decimal("8.99"), numerator=99)
        found = recompute(SYSTEM, case, shelf)
        assert {(one.what, one.item) for one in found.differences} == {
            ("points", "record-use"),
            ("numerator", "record-use"),
        }
        assert found.told()["equal"] is False


def test_without_its_snapshot_the_scores_are_still_proved(tmp_path: Path) -> None:
    with clock.travelling(datetime(2026, 6, 3, 8, tzinfo=FIRST.tzinfo)):
        _, case = evaluated(Shelf(tmp_path / "warehouse"))
        found = recompute(SYSTEM, case, Shelf(tmp_path / "empty"))
    assert found.equal
    assert found.values == 0
    assert "没有快照" in found.skipped
    with acting(SYSTEM):
        assert set(case.texts.values()) == set(Text.objects.values_list("hash", flat=True))
