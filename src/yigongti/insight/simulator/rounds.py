"""Targets of the demonstration: those of the last quarter hold since its beginning, those of this one are in round two.

They are computed from stored results, so the worker plays them after the first computation, through the services.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from yigongti.insight import periods
from yigongti.insight.evaluation import participants
from yigongti.insight.evaluation.targets import schemas, services
from yigongti.insight.evaluation.targets.models import Plan, Target
from yigongti.insight.evaluation.targets.workflow import Planning
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.cases.advance import advance

POLICY = "evaluation/service-targets"
COUNCIL, SECOND = "lishihui", "weijianwei"
OWN = "fenyuan"
"""The director of the demonstration, whose answer in the second round is left to try."""
DAY = timedelta(days=1)
#: which item in how many hundredths of the proposal, and why: what branches say in the first round
WANTED = (
    ("examinations", 88, "外出务工的老人多，春节返乡时才能集中体检"),
    ("home-visits", 80, "一名家庭医生离岗，新人到位前上门的人手不够"),
    ("examinations", 90, "体检车下半年每月只排到本院两天"),
)


def play(period: str, *, to_the_end: bool, began: datetime) -> Plan:
    """Draft the targets of a quarter and take their steps from a moment on."""
    with acting(SYSTEM):
        council, second = (User.objects.get(username=name).actor() for name in (COUNCIL, SECOND))
        offered = participants.consortia(council)
    data = schemas.Drafting(policy=POLICY, period=period, consortium=offered[0][0])
    with clock.travelling(began):
        plan = services.draft(council, data=data)
    with acting(SYSTEM):
        directors = list(_directors(plan))
    _step(council, plan, began + DAY, "propose", note="按各分院在册居民、老年人和慢病人数测算，请核对。")
    for number, (director, organization, _) in enumerate(directors):
        said = _wanted(plan, organization, number) if number < len(WANTED) else {}
        _remark(director, plan, organization, began + 2 * DAY, **said)
    _step(council, plan, began + 4 * DAY, "end_first", note="三家提出意见，其余同意。")
    _step(council, plan, began + 5 * DAY, "revise", numbers=_revised(plan))
    _step(council, plan, began + 5 * DAY, "circulate", note="采纳两家意见，少的数由人口最多的分院承担。")
    for director, organization, own in directors:
        if to_the_end or not own:
            _remark(director, plan, organization, began + 6 * DAY)
    if to_the_end:
        _step(council, plan, began + 8 * DAY, "end_second", note="各分院同意。")
        _step(council, plan, began + 9 * DAY, "decide", note="报卫生健康局批准。")
        _step(second, plan, began + 10 * DAY, "approve")
    return plan


def play_both() -> tuple[Plan, Plan]:
    """The last quarter's in force, this quarter's in the second round."""
    this = periods.containing("quarter", clock.today())
    last = periods.before(this)
    first_day = datetime.combine(periods.span(last)[0], time(9, 30), timezone.get_current_timezone())
    done = play(last, to_the_end=True, began=first_day + 2 * DAY)
    return done, play(this, to_the_end=False, began=clock.now() - 7 * DAY)


def _directors(plan: Plan) -> Iterator[tuple[Actor, int, bool]]:
    """Who answers for each centre, and whether it is the one that is left to try."""
    for organization in plan.participants:
        granted = Grant.objects.filter(role="director", organization_id=organization).select_related("user")
        if grant := granted.order_by("pk").first():
            yield grant.user.actor(), organization, grant.user.username == OWN


def _wanted(plan: Plan, organization: int, number: int) -> dict[str, Any]:
    item, share, why = WANTED[number]
    with acting(SYSTEM):
        target = Target.objects.get(plan=plan, organization_id=organization, item=item)
    return {"item": item, "wanted": target.proposed * share // 100, "text": why}


def _revised(plan: Plan) -> list[dict[str, Any]]:
    """The first two wishes are granted; what is missing then goes to the largest."""
    with acting(SYSTEM):
        wishes = list(plan.remarks.exclude(wanted=None).order_by("pk")[:2])
        targets = list(Target.objects.filter(plan=plan))
    numbers: dict[str, int] = {}
    for wish in wishes:
        same = [one for one in targets if one.item == wish.item]
        asking = next(one for one in same if one.organization_id == wish.organization_id)
        largest = max((one for one in same if one is not asking), key=lambda one: one.standing)
        numbers[f"{asking.unit}:{asking.item}"] = wish.wanted or 0
        numbers[f"{largest.unit}:{largest.item}"] = largest.standing + asking.standing - (wish.wanted or 0)
    return [{"key": key, "value": value} for key, value in numbers.items()]


def _remark(director: Actor, plan: Plan, organization: int, at: datetime, **said: Any) -> None:
    with clock.travelling(at):
        data = schemas.TargetRemarking(organization=organization, **said)
        services.remark(director, case=plan, data=data)


def _step(actor: Actor, plan: Plan, at: datetime, name: str, **data: Any) -> None:
    with clock.travelling(at):
        advance(actor, Planning, plan.pk, name, data)
