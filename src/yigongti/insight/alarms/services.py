"""Judge a computation once, open what was found, close what recovered; and who sees what."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from yigongti.insight.indicators.definitions import Indicator
from yigongti.insight.indicators.sets import Edition, in_force
from yigongti.insight.results import scope
from yigongti.insight.results.models import Measure, Result, Run, Unit
from yigongti.insight.results.queries import latest_run
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, open_case
from yigongti.kernel.cases.worklists import owed
from yigongti.kernel.errors import NotFound, YigongtiError

from . import judging
from .control import Limits
from .definitions import Rule, policy
from .judging import Finding, Standard
from .models import Alarm, Judgement
from .owners import Owner, owners
from .workflow import Alarming

SHOWN = ("measure", "unit", "home_organization", "owner_organization")
EXACT = Decimal("0.000001")


def concerned(actor: Actor) -> bool:
    """Whether suggestions are any of the actor's business."""
    return actor.may(Permission.ALARM_HANDLE)


def alarms(actor: Actor) -> QuerySet[Alarm]:
    """Those of the organisations for which the actor handles suggestions, and of those they watch over."""
    if actor.everything:
        return Alarm.objects.all()
    return Alarm.objects.filter(parties__overlap=sorted(actor.organizations(Permission.ALARM_HANDLE)))


def to_handle(actor: Actor) -> QuerySet[Alarm]:
    """What waits for the actor's own organisation; those of members that a council covers wait for their directors."""
    return owed(actor, Alarm).filter(owner_organization_id=actor.organization_id)


def access_alarm(actor: Actor, alarm_id: UUID) -> Alarm:
    """One suggestion within reach. Raises NotFound."""
    with acting(actor):
        found = watched(alarms(actor)).select_related(*SHOWN, "owner_user", "run").filter(pk=alarm_id).first()
    if found is None:
        raise NotFound("没有找到这条预警提示，或者它不在您的权限范围内", hint="请从预警提示列表打开")
    return found


def watched(rows: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Suggestions that know whether their number is guarded, and whether one is from which limits may be reckoned."""
    before = Result.objects.filter(
        measure=OuterRef("measure"),
        unit=OuterRef("unit"),
        type=OuterRef("type"),
        period__lt=OuterRef("period"),
        stratum="",
        guarded=True,
    )
    return scope.watched(rows).annotate(guarded_before=Exists(before))


def closed(held: scope.Duty, alarm: Alarm) -> bool:
    """Whether the number of a suggestion is not for a reader with this duty; see :func:`watched`."""
    told = scope.given_away(alarm) or scope.hidden(alarm.numerator) or scope.hidden(alarm.denominator)
    return told and not held.covers(alarm.unit)


def limits_closed(held: scope.Duty, alarm: Alarm) -> bool:
    """Whether control limits are not for a reader: with the periods that are shown they would tell one that is not."""
    guarded = bool(getattr(alarm, "guarded_before", False))
    return alarm.limits is not None and (guarded or closed(held, alarm)) and not held.covers(alarm.unit)


def judge() -> Judgement | None:
    """Hold the newest computation against the policies; None when that has been done, or nothing is computed yet.

    Safe to repeat and to run twice at once: a computation, newest month and set of policies is judged once.
    """
    with acting(SYSTEM):
        run = latest_run()
        standards = judging.standards() if run else []
        if run is None or not standards:
            return None
        month = max(judging.newest("month", one.body.wait_days) for one in standards)
        policy = _editions(standards)
        if Judgement.objects.filter(run=run, period=month, policy=policy).exists():
            return None
        try:
            with transaction.atomic():
                done = Judgement.objects.create(run=run, period=month, policy=policy)
                _judge(done, run, standards, month)
        except IntegrityError:
            if not Judgement.objects.filter(run=run, period=month, policy=policy).exists():
                raise
            return None
        return done


def _editions(standards: list[Standard]) -> str:
    """One hash for the policies of all counties."""
    return sha256("".join(f"{one.county}{one.hash}" for one in standards).encode()).hexdigest()


def _judge(done: Judgement, run: Run, standards: list[Standard], month: str) -> None:
    quarter = max(judging.newest("quarter", one.body.wait_days) for one in standards)
    for back in judging.recovered(month, quarter):
        note = "数据更正后不再超出" if back.corrected else f"到 {back.period} 已恢复"
        advance(SYSTEM, Alarming, back.id, "recover", {"note": note, "period": back.period or ""})
        done.recovered += 1
    done.opened = _open_all(run, standards, judging.findings(judging.rows(standards)))
    done.save()


def _open_all(run: Run, standards: list[Standard], found: list[Finding]) -> int:
    """Open what was found, at most so many to a unit as its county's policy says; how many were opened."""
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in={one.unit_id for one in found})}
    measures = Measure.objects.in_bulk({one.measure_id for one in found})
    answer = owners(units.values())
    by_county = {one.county: one for one in standards}
    sets, opened = in_force(), dict[int, int]()
    for one in found:
        unit = units[one.unit_id]
        standard, owner = by_county[unit.county], answer.get(unit.pk)
        told = judging.item(sets, measures[one.measure_id].code)
        rule = standard.body.rule(one.rule)
        if owner is None or told is None or rule is None or opened.get(unit.pk, 0) >= standard.body.most:
            continue
        case = _case(run, one, unit, owner, told, rule)
        case.policy_hash = standard.hash
        open_case(SYSTEM, case, data={"note": f"{case.title} {case.period} {case.get_cause_display()}"})
        opened[unit.pk] = opened.get(unit.pk, 0) + 1
    return sum(opened.values())


def _case(run: Run, one: Finding, unit: Unit, owner: Owner, told: Indicator, rule: Rule) -> Alarm:
    chart = "none" if one.centre is None else rule.chart
    drawn = Limits(chart, one.centre or 0, float(told.times), one.spread or 0) if chart != "none" else None
    of = None if one.denominator is None else float(one.denominator)
    return Alarm(
        workflow=Alarming.name,
        state=Alarming.opened.name,
        home_organization_id=owner.home,
        counterpart_organization_id=owner.above,
        parties=list(owner.watching),
        measure_id=one.measure_id,
        unit=unit,
        title=told.name,
        place=unit.county,
        type=rule.period,
        period=one.period,
        cause=one.cause,
        rule=rule.rule,
        run=run,
        value=one.value,
        numerator=one.numerator,
        denominator=one.denominator,
        measured_in=told.unit,
        decimals=told.decimals,
        factor=round(Decimal(float(told.times)), 6),
        chart=chart,
        span=rule.span,
        baseline=one.points if drawn else 0,
        centre=_exact(one.centre),
        spread=_exact(one.spread),
        lower=_exact(drawn.lower(of)) if drawn else None,
        upper=_exact(drawn.upper(of)) if drawn else None,
        limit=one.limit,
        during=rule.threshold.during if rule.threshold else 1,
        recover=rule.recover,
    )


def _exact(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(repr(number)).quantize(EXACT)


def rule_of(alarm: Alarm) -> Rule | None:
    """The rule as it stands now; None where it has been taken out."""
    try:
        return policy(alarm.place or None).rule(alarm.rule)
    except NotFound:
        return None


def definition_of(alarm: Alarm, sets: Mapping[str, Edition] | None = None) -> Indicator | None:
    """The indicator's definition in force."""
    try:
        return judging.item(sets or in_force(), alarm.measure.code)
    except YigongtiError:
        return None
