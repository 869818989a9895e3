"""Commands of the reporting room: open, fill, take steps, remind; and who sees what."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from yigongti.insight import periods
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import Outcome, advance, open_case
from yigongti.kernel.cases.worklists import owed
from yigongti.kernel.errors import Conflict, Invalid, NotFound, YigongtiError

from . import duties, entering, houses, sheet
from .duties import Duty
from .models import EDITABLE, Item, Report
from .plans import plans
from .schemas import Filling, ItemIn
from .workflow import Reporting

P = Permission
WORKING = (P.INDICATOR_REPORT, P.INDICATOR_REVIEW)
ANY = (*WORKING, P.INDICATOR_READ)
BACK = 2
"""So many periods that are over are asked after by themselves."""
AT_ONCE = 200
SHOWN = ("home_organization", "counterpart_organization", "owner_organization")


def concerned(actor: Actor) -> bool:
    """Whether reports are any of the actor's business."""
    return any(actor.may(permission) for permission in ANY)


def working(actor: Actor) -> bool:
    """Whether the actor enters or reviews anywhere."""
    return any(actor.may(permission) for permission in WORKING)


def reports(actor: Actor) -> QuerySet[Report]:
    """Those that the actor enters or reviews; to others who may look, what has been accepted."""
    if actor.everything:
        return Report.objects.all()
    mine = Q(home_organization_id__in=sorted(houses.houses(actor))) | Q(
        counterpart_organization_id__in=sorted(actor.organizations(P.INDICATOR_REVIEW))
    )
    looking = Q(parties__overlap=sorted(actor.organizations(P.INDICATOR_READ)), accepted_edition__gt=0)
    return Report.objects.filter(mine | looking)


def involved(actor: Actor, report: Report) -> bool:
    """Whether the actor enters or reviews this report, and so sees what is not accepted yet."""
    return houses.enters(actor, report) or actor.may(P.INDICATOR_REVIEW, report.counterpart_organization_id)


def to_handle(actor: Actor) -> QuerySet[Report]:
    """What the actor's desks owe now; what is accepted waits for nobody."""
    own = Q(home_organization_id__in=sorted(houses.houses(actor)), state__in=EDITABLE)
    review = Q(state__in=(Reporting.submitted.name, Reporting.correction.name))
    return owed(actor, Report).filter(own | review)


def owing(actor: Actor) -> QuerySet[Report]:
    """What the organisations whose reports the actor reviews have not delivered, the latest first."""
    late = Report.objects.filter(state__in=EDITABLE).order_by("due_at", "pk")
    if actor.everything:
        return late
    return late.filter(counterpart_organization_id__in=sorted(actor.organizations(P.INDICATOR_REVIEW)))


def access_report(actor: Actor, report_id: UUID) -> Report:
    """One report within reach. Raises NotFound."""
    with acting(actor):
        found = reports(actor).select_related(*SHOWN, "submitted_by", "accepted_by", "owner_user")
        report = found.filter(pk=report_id).first()
    if report is None:
        raise NotFound("没有找到这份填报，或者它不在您的权限范围内", hint="请从指标填报列表打开")
    return report


def open_duties(actor: Actor) -> list[Duty]:
    """What may be opened by hand by this actor today: reports of organisations where they enter or review."""
    where = houses.houses(actor) | actor.organizations(P.INDICATOR_REVIEW)
    return [
        duty
        for plan in plans().plans
        for duty in duties.duties(plan, clock.today())
        if actor.everything or duty.organization_id in where
    ]


def open_by_hand(actor: Actor, *, duty: str, period: str, key: UUID | None = None) -> Report:
    """Open the report of a duty (``plan:organisation:unit``). Raises NotFound, Invalid, Conflict."""
    with acting(actor):
        found = next((one for one in open_duties(actor) if one.key == duty), None)
        if found is None:
            raise NotFound("没有这项填报，或者它不归您负责", hint="请从列表里选", field="duty")
        return open_report(actor, duty=found, period=period, key=key)


def open_report(actor: Actor, *, duty: Duty, period: str, key: UUID | None = None) -> Report:
    """Open a report for a period that has begun. Raises Invalid, Conflict when there is one already."""
    kind = periods.type_of(period)
    if kind not in duty.plan.periods:
        raise Invalid(f"“{duty.plan.name}”不按这种时期填报", field="period")
    first, last = periods.span(period)
    if first > clock.today():
        raise Invalid(f"{periods.title(period)}还没有开始", field="period")
    asked = duty.plan.asked(kind)
    if not asked:
        raise Invalid(f"指标集 {duty.plan.set} 没有按这种时期、层次填报的指标", field="duty")
    with acting(actor):
        reviewer = duties.reviewers([duty.organization_id]).get(duty.organization_id)
        if reviewer is None:
            raise Conflict(
                f"没有能审核{duty.organization}填报的单位", hint="请管理员授予理事会或卫健委“审核填报的指标”"
            )
        if key is None and (standing := existing(duty, period)):
            raise Conflict(f"这一期已有填报 {standing.number}", hint="请从列表打开", field="period")
        case = Report(
            workflow=Reporting.name,
            state="draft",
            home_organization_id=duty.organization_id,
            counterpart_organization_id=reviewer,
            plan=duty.plan.id,
            set=duty.plan.set,
            title=duty.plan.name[:128],
            level=duty.level,
            unit=duty.unit,
            unit_name=duty.unit_name,
            place=duty.place,
            period_type=kind,
            period=period,
            ends_on=last,
            asked=len(asked),
        )
        try:
            with transaction.atomic():
                outcome = open_case(actor, case, key=key)
        except IntegrityError as error:
            if "report_once" not in str(error):
                raise
            raise Conflict("这一期的填报刚刚由别人发起", hint="请从列表打开", field="period") from error
        assert isinstance(outcome.case, Report)
        return outcome.case


def existing(duty: Duty, period: str) -> Report | None:
    """The report of a duty for a period, unless excused."""
    rows = Report.objects.filter(
        home_organization_id=duty.organization_id,
        set=duty.plan.set,
        level=duty.level,
        unit=duty.unit,
        period=period,
    )
    return rows.exclude(state="excused").first()


def open_due(limit: int = AT_ONCE) -> int:
    """Open what is owed of periods that are over and has not been opened; returns how many."""
    opened = 0
    with acting(SYSTEM):
        for plan in plans().plans:
            for kind in plan.periods if plan.since else ():
                for period in periods.ended(kind, clock.today(), BACK):
                    first, last = periods.span(period)
                    if plan.since is None or first < plan.since:
                        break
                    opened += _open_missing(list(duties.duties(plan, last)), period, limit - opened)
                    if opened >= limit:
                        return opened
    return opened


def _open_missing(owed_now: Iterable[Duty], period: str, limit: int) -> int:
    listed = list(owed_now)
    if not listed:
        return 0
    rows = Report.objects.filter(set=listed[0].plan.set, level=listed[0].level, period=period)
    there = {(row[0], row[1]) for row in rows.values_list("home_organization_id", "unit")}
    opened = 0
    for duty in listed:
        if (duty.organization_id, duty.unit) in there or opened >= limit:
            continue
        try:
            open_report(SYSTEM, duty=duty, period=period)
        except (Conflict, Invalid):
            continue
        opened += 1
    return opened


def archive_old(limit: int = AT_ONCE) -> int:
    """Close accepted reports after the time in which corrections are taken; returns how many."""
    before = clock.now() - timedelta(days=plans().archive_days)
    with acting(SYSTEM):
        old = Report.objects.filter(state="accepted", closed_at=None, accepted_at__lt=before)
        found = list(old.order_by("accepted_at").values_list("pk", flat=True)[:limit])
    for case_id in found:
        advance(SYSTEM, Reporting, case_id, "archive")
    return len(found)


def fill(
    actor: Actor, *, report: Report, items: list[ItemIn], version: int | None = None, key: UUID | None = None
) -> Outcome | None:
    """Keep what was entered; None when nothing differs. Raises Invalid with every field, Stale, Conflict, Forbidden."""
    with acting(actor):
        if key is None and not entering.changed(standing(report), items) and version in (None, report.version):
            return None
        return advance(actor, Reporting, report.pk, "fill", Filling(items=items), version=version, key=key)


def upload(actor: Actor, *, report: Report, name: str, content: bytes, version: int | None = None) -> sheet.Reading:
    """Keep what a filled-in template says and can be kept; the rest is in ``mistakes``, by line. Raises Invalid, Stale.

    ``items`` of the answer are those that were kept.
    """
    with acting(actor):
        asked, now = duties.asked(report), standing(report)
        known = {item.indicator: item for item in asked}
        reading = sheet.parse(name, content, asked, now)
        reading.items = entering.changed(now, reading.items)
        for wrong in list(entering.problems(known, reading.items)):
            reading.leave(wrong.item, "说明" if wrong.field == "note" else "填写", wrong.message, wrong.hint)
        for one in [one for one in reading.items if one.item in now and now[one.item].verdict == "accepted"]:
            reading.leave(one.item, "填写", "这个指标已被接受，不能修改", "如有错误，请在接受后申请更正")
        if reading.items:
            advance(actor, Reporting, report.pk, "fill", Filling(items=reading.items), version=version)
        return reading


def standing(report: Report, edition: int | None = None) -> dict[str, Item]:
    """The items of an edition (default: the one at hand), by code."""
    rows = Item.objects.filter(report_id=report.pk, edition=edition or report.edition)
    return {row.item: row for row in rows.select_related("entered_by", "judged_by")}


def before(report: Report) -> tuple[Report | None, dict[str, Item]]:
    """The report of the period before and its accepted items."""
    last = Report.objects.filter(
        home_organization_id=report.home_organization_id,
        set=report.set,
        level=report.level,
        unit=report.unit,
        period=periods.before(report.period),
        accepted_edition__gt=0,
    ).first()
    return last, standing(last, last.accepted_edition) if last else {}


def urge_all(actor: Actor) -> tuple[int, int]:
    """Urge every organisation that is late: how many were urged, how many had been today."""
    urged = skipped = 0
    with acting(actor):
        late = list(owing(actor).filter(due_at__lt=clock.now()).values_list("pk", flat=True)[:AT_ONCE])
    for case_id in late:
        try:
            advance(actor, Reporting, case_id, "urge")
        except YigongtiError:
            skipped += 1
        else:
            urged += 1
    return urged, skipped
