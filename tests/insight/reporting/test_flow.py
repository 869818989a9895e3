"""A report from opening to correction: who may, what is refused, what remains, what stands in the results."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from reporting_play import NOW, House, accepted, again, filled, make_house, opened, step, submitted, values

from yigongti.insight.reporting import services, showing
from yigongti.insight.reporting.models import Item, Report
from yigongti.insight.reporting.schemas import ItemIn
from yigongti.insight.reporting.workflow import Reporting
from yigongti.insight.results.models import Result
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.escalation import escalate
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from yigongti.kernel.events.outbox import deliver
from yigongti.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Iterator[House]:
    with clock.travelling(NOW):
        yield make_house()


def items(report: Report, edition: int | None = None) -> dict[str, Item]:
    with acting(SYSTEM):
        return services.standing(report, edition)


def news() -> None:
    """Deliver what the outbox holds."""
    while deliver():
        pass


def test_what_is_owed_is_opened_once(house: House) -> None:
    assert services.open_due() == 3  # two townships and the county hospital, the third quarter
    assert services.open_due() == 0
    with acting(SYSTEM):
        town = Report.objects.get(home_organization=house.organization("town"))
        lead = Report.objects.get(home_organization=house.organization("county"))
    assert (town.period, town.asked, town.filled, town.state) == ("2026Q3", 7, 0, "draft")
    assert town.counterpart_organization_id == house.organization("county")
    assert lead.counterpart_organization_id == house.organization("commission")
    # twenty days after the quarter, midnight in China
    assert town.due_at is not None
    assert town.due_at.isoformat().startswith("2026-10-20T16:00")


def test_from_entry_to_result(house: House) -> None:
    report = submitted(house)
    now = items(report)
    assert now["staff-income"].value == Decimal(20000)
    assert now["incentive-share"].value == Decimal(35)
    # yes, partly, yes of three: 2.5 ÷ 3 × 100
    assert now["regular-running"].figures == (Decimal("2.5"), Decimal(3), Decimal("83.333333"))
    report = step(house.reviewing, report, "accept", {"note": "齐全"})
    assert (report.state, report.accepted_edition) == ("accepted", 1)
    news()
    with acting(SYSTEM):
        stored = Result.objects.get(measure__code="member-returns/staff-income", unit__level="organization")
    assert (stored.period, stored.numerator, stored.denominator, stored.value) == ("2026Q3", 960000, 48, 20000)
    assert stored.run_id is None


def test_the_second_person(house: House) -> None:
    report = submitted(house)
    with pytest.raises(Forbidden):
        step(house.entering, report, "accept")
    # the council may review; who entered a value may not, even with the right to review
    with acting(SYSTEM):
        Report.objects.filter(pk=report.pk).update(authors=[house.reviewing.user_id])
    with pytest.raises(Forbidden, match="填报的人"):
        step(house.reviewing, report, "accept")
    with acting(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(accepted_by_id=report.submitted_by_id)


def test_others_see_and_do_nothing(house: House) -> None:
    report = submitted(house)
    with pytest.raises(NotFound):
        services.access_report(house.stranger, report.pk)
    with pytest.raises(NotFound):
        step(house.stranger, report, "fill", {"items": []})
    # a doctor of the same place sees it only once it is accepted
    doctor = house.community["family-doctor"]
    with pytest.raises(NotFound):
        services.access_report(doctor, report.pk)
    step(house.reviewing, report, "accept")
    assert services.access_report(doctor, report.pk).pk == report.pk


def test_what_is_missing_is_named(house: House) -> None:
    report = opened(house)
    services.fill(house.entering, report=report, items=values(village_ecg=None))
    with pytest.raises(Invalid) as refused:
        step(house.entering, report, "submit")
    fields = refused.value.values["fields"]
    assert set(fields) == {"village-ecg.value", "regular-running.answers"}  # type: ignore[call-overload]
    absent = ItemIn(item="village-ecg", absent=True)
    services.fill(house.entering, report=again(report), items=[absent])
    with pytest.raises(Invalid, match="没有说明原因"):
        step(house.entering, report, "submit")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (ItemIn(item="village-ecg", numerator=Decimal(3), denominator=Decimal(0)), "village-ecg.denominator"),
        (ItemIn(item="village-ecg", value=Decimal(3)), "village-ecg.value"),
        (ItemIn(item="expert-days", numerator=Decimal(3)), "expert-days.numerator"),
        (ItemIn(item="expert-days", value=Decimal(10) ** 15), "expert-days.value"),
        (ItemIn(item="expert-days", value=Decimal(1), absent=True), "expert-days.note"),
        (ItemIn(item="regular-running", value=Decimal(1)), "regular-running.value"),
        (ItemIn(item="no-such"), "no-such.item"),
    ],
)
def test_wrong_input_is_refused_with_its_field(house: House, wrong: ItemIn, field: str) -> None:
    report = opened(house)
    with pytest.raises(Invalid) as refused:
        services.fill(house.entering, report=report, items=[wrong], key=new_id())
    assert field in refused.value.values["fields"]  # type: ignore[operator]
    assert items(report) == {}


def test_unlikely_values_are_warned_of_not_blocked(house: House) -> None:
    before = filled(house, opened(house, period="2026Q2"))
    step(house.reviewing, step(house.entering, before, "submit"), "accept")
    many = ItemIn(item="staff-income", numerator=Decimal(4_800_000), denominator=Decimal(48))
    report = submitted(house, staff_income=many)
    with acting(SYSTEM):
        line = next(one for one in showing.lines(report) if one.code == "staff-income")
    assert line.last_value == "20,000"
    assert line.change == Decimal("400.0")
    assert line.warnings == ["高于常见的 80000 元", "比上期增 400.0%，超过常见的 30%"]


def test_returned_items_alone_are_open(house: House) -> None:
    report = submitted(house)
    with pytest.raises(Invalid, match="没有标出"):
        step(house.reviewing, report, "send_back")
    with pytest.raises(Invalid, match="没有写原因"):
        step(house.reviewing, report, "send_back", {"verdicts": [{"item": "staff-income", "verdict": "returned"}]})
    verdicts = [
        {"item": "staff-income", "verdict": "returned", "reason": "人数与编制不符"},
        {"item": "village-ecg", "verdict": "accepted"},
    ]
    with pytest.raises(Conflict, match="标了退回"):
        step(house.reviewing, report, "accept", {"verdicts": verdicts})
    report = step(house.reviewing, report, "send_back", {"verdicts": verdicts})
    assert report.state == "returned"
    changed = [ItemIn(item="village-ecg", numerator=Decimal(8), denominator=Decimal(12))]
    with pytest.raises(Conflict, match="已被接受"):
        services.fill(house.entering, report=report, items=changed)
    with pytest.raises(Invalid, match="退回以后没有修改"):
        step(house.entering, report, "submit")
    mended = [ItemIn(item="staff-income", numerator=Decimal(960000), denominator=Decimal(50))]
    services.fill(house.entering, report=report, items=mended)
    report = step(house.entering, report, "submit")
    now = items(report)
    assert now["staff-income"].verdict == ""
    assert now["village-ecg"].verdict == "accepted"
    assert step(house.reviewing, report, "accept").state == "accepted"


def test_a_correction_restates_and_keeps_both(house: House) -> None:
    report = accepted(house)
    news()
    ask = {"items": ["staff-income"], "note": "漏计了返聘人员"}
    report = step(house.entering, report, "ask_correction", ask)
    with pytest.raises(Forbidden):
        step(house.entering, report, "allow")
    report = step(house.reviewing, report, "allow")
    assert (report.state, report.edition, report.accepted_edition) == ("correcting", 2, 1)
    with pytest.raises(Conflict):
        services.fill(house.entering, report=report, items=[ItemIn(item="expert-days", value=Decimal(1))])
    better = [ItemIn(item="staff-income", numerator=Decimal(1_000_000), denominator=Decimal(50))]
    services.fill(house.entering, report=report, items=better)
    report = step(house.reviewing, step(house.entering, report, "submit"), "accept")
    news()
    assert items(report, 1)["staff-income"].numerator == 960000
    assert items(report, 2)["staff-income"].numerator == 1_000_000
    with acting(SYSTEM):
        assert Result.objects.get(measure__code="member-returns/staff-income").numerator == 1_000_000


def test_a_corrected_value_may_be_withdrawn(house: House) -> None:
    report = accepted(house)
    news()
    report = step(house.reviewing, report, "demand", {"items": ["expert-days"], "note": "没有登记可查"})
    gone = [ItemIn(item="expert-days", absent=True, note="登记遗失，无法核实")]
    services.fill(house.entering, report=report, items=gone)
    step(house.reviewing, step(house.entering, report, "submit"), "accept")
    news()
    with acting(SYSTEM):
        assert not Result.objects.filter(measure__code="member-returns/expert-days").exists()
        assert Result.objects.filter(measure__code="member-returns/staff-income").exists()


def test_a_correction_may_be_given_up(house: House) -> None:
    report = accepted(house)
    report = step(house.reviewing, report, "demand", {"items": ["staff-income"], "note": "请核对人数"})
    worse = [ItemIn(item="staff-income", numerator=Decimal(1), denominator=Decimal(1))]
    services.fill(house.entering, report=report, items=worse)
    report = step(house.entering, report, "give_up")
    assert (report.state, report.edition, report.editions) == ("accepted", 1, 2)
    assert items(report)["staff-income"].numerator == 960000
    report = step(house.reviewing, report, "demand", {"items": ["staff-income"], "note": "请再核对"})
    assert report.edition == 3
    assert items(report)["staff-income"].numerator == 960000


def test_recall_before_the_review_begins(house: House) -> None:
    report = submitted(house)
    assert step(house.entering, report, "recall").state == "draft"
    report = step(house.entering, report, "submit")
    step(house.reviewing, report, "review", {"verdicts": [{"item": "expert-days", "verdict": "accepted"}]})
    with pytest.raises(Conflict, match="审核已经开始"):
        step(house.entering, report, "recall")


def test_concurrency_and_repeated_requests(house: House) -> None:
    report = opened(house)
    key = new_id()
    first = services.fill(house.entering, report=report, items=values(), version=report.version, key=key)
    second = services.fill(house.entering, report=report, items=values(), version=report.version, key=key)
    assert first is not None
    assert second is not None
    assert second.repeated
    assert second.case.version == first.case.version
    with pytest.raises(Stale):
        services.fill(
            house.office,
            report=report,
            items=[ItemIn(item="expert-days", value=Decimal(1))],
            version=report.version,
        )
    assert services.fill(house.entering, report=again(report), items=values()) is None
    with pytest.raises(Conflict, match="已有填报"):
        opened(house)


def test_excused_and_opened_again(house: House) -> None:
    report = opened(house)
    with pytest.raises(Invalid, match="理由"):
        step(house.reviewing, report, "excuse", {"reason": "other"})
    report = step(house.reviewing, report, "excuse", {"reason": "closed"})
    assert (report.state, report.is_open) == ("excused", False)
    assert services.open_due() == 2  # the others; what was excused is not asked again
    assert opened(house).state == "draft"  # but may be opened by hand


def test_everybody_is_told(house: House) -> None:
    report = submitted(house)
    news()
    with acting(SYSTEM):
        told = {(n.user_id, n.title.rsplit(" ", 1)[-1]) for n in Notice.objects.all()}
    assert (house.entering.user_id, "请填报") in told
    assert (house.reviewing.user_id, "待审核") in told
    step(house.reviewing, report, "accept")
    news()
    with acting(SYSTEM):
        assert Notice.objects.filter(user_id=house.entering.user_id or 0, title__endswith="已接受").exists()


def test_time_urges_and_people_urge(house: House) -> None:
    report = opened(house)
    late = NOW + timedelta(days=20)
    with clock.travelling(late):
        escalate()
        news()
        assert services.urge_all(house.reviewing) == (1, 0)
        assert services.urge_all(house.reviewing) == (0, 1)
        with pytest.raises(Conflict, match="已经催过"):
            step(house.reviewing, report, "urge")
        with pytest.raises(Forbidden):
            step(house.entering, report, "urge")
        news()
        with acting(house.reviewing):
            assert [one.pk for one in services.owing(house.reviewing)] == [report.pk]
    with acting(SYSTEM):
        told = set(Notice.objects.filter(user_id=house.entering.user_id or 0).values_list("title", flat=True))
    assert any("已超时" in title for title in told)
    assert any("催报" in title for title in told)


def test_old_reports_are_archived(house: House) -> None:
    report = accepted(house)
    assert services.archive_old() == 0
    with clock.travelling(NOW + timedelta(days=731)):
        assert services.archive_old() == 1
    assert again(report).state == "archived"


def test_a_county_reports_what_its_authorities_know(house: House) -> None:
    with clock.travelling(NOW + timedelta(days=120)):
        assert services.open_due() == 3 + 3 + 2  # two quarters of members, consortium and commission for the year
    with acting(SYSTEM):
        county = Report.objects.get(level="county")
        whole = Report.objects.get(level="consortium")
    assert (county.unit, county.asked, county.period) == ("431127", 1, "2026")
    assert whole.home_organization_id == house.organization("county")
    assert (whole.asked, whole.counterpart_organization_id) == (6, house.organization("commission"))


@pytest.mark.parametrize("name", ["fill", "submit", "accept"])
def test_statements_of_a_step(house: House, name: str) -> None:
    report = filled(house, opened(house))
    if name == "accept":
        report = step(house.entering, report, "submit")
    actor = house.reviewing if name == "accept" else house.entering
    changed = ItemIn(item="expert-days", value=Decimal(3))
    data = {"items": [changed.model_dump(mode="json")]} if name == "fill" else {}
    with CaptureQueriesContext(connection) as seen:
        step(actor, report, name, data)
    assert len([one for one in seen if "SAVEPOINT" not in one["sql"]]) <= 8, [one["sql"][:80] for one in seen]


def test_no_step_takes_more_than_eight_statements(house: House) -> None:
    """Every step of a report; counted without the savepoints of the tests."""
    report, counts = filled(house, opened(house)), {}
    enter, check = house.entering, house.reviewing

    def counted(actor: Actor, name: str, data: dict[str, Any] | None = None, on: Report | None = None) -> None:
        with CaptureQueriesContext(connection) as seen:
            step(actor, on or report, name, data)
        counts[name] = len([one for one in seen if "SAVEPOINT" not in one["sql"]])

    bad = {"verdicts": [{"item": "expert-days", "verdict": "returned", "reason": "与排班不符"}]}
    again_ = {"items": ["expert-days"], "note": "漏计一天"}
    mended = [ItemIn(item="expert-days", value=Decimal(27), note="补一天").model_dump(mode="json")]
    counted(check, "urge")
    counted(enter, "submit", {})
    counted(enter, "recall")
    counted(enter, "submit", {})
    counted(check, "review", bad)
    counted(check, "send_back", {})
    counted(enter, "fill", {"items": mended})
    counted(enter, "submit", {})
    counted(check, "accept", {})
    counted(enter, "ask_correction", again_)
    counted(check, "deny", {"note": "排班表无误"})
    counted(enter, "ask_correction", again_)
    counted(check, "allow", {})
    counted(enter, "give_up", {})
    counted(check, "demand", again_)
    counted(enter, "fill", {"items": mended})
    counted(enter, "submit", {})
    counted(check, "accept", {})
    counted(SYSTEM, "archive")
    other = opened(house, "county")
    counted(house.commission, "excuse", {"reason": "closed", "note": "本季停业"}, other)
    assert set(counts) == set(Reporting.steps)
    assert max(counts.values()) <= 8, counts
