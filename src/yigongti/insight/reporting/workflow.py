"""The agreement about a report: entered by the responsible organisation, reviewed by another person, locked, corrected.

The deadlines are policy ``reporting/clocks`` by type of period; entering is due so many days after the period ended.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yigongti.kernel import clock as now
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Nothing, Party, Rung, State, Step, Workflow, stay
from yigongti.kernel.policy.bodies import Clocks, duration
from yigongti.kernel.policy.store import resolve

from . import schemas, steps

if TYPE_CHECKING:
    from .models import Report

REPORTER = Desk("填报人", Party.HOME, Permission.INDICATOR_REPORT)
REVIEWER = Desk("审核人", Party.COUNTERPART, Permission.INDICATOR_REVIEW)
ZONE = ZoneInfo("Asia/Shanghai")


class Reporting(Workflow):
    """A report of indicators (指标填报)."""

    name = "indicator-report"
    title = "指标填报"
    model = "reporting.Report"
    number_prefix = "TB"
    read = Permission.INDICATOR_REPORT

    draft = State("填报中", desk=REPORTER, limit="report")
    submitted = State("待审核", desk=REVIEWER, limit="review")
    returned = State("已退回，待修改", desk=REPORTER, limit="revise")
    accepted = State("已接受，已锁定", desk=REPORTER)
    correction = State("申请更正", desk=REVIEWER, limit="answer")
    correcting = State("更正中", desk=REPORTER, limit="revise")
    excused = State("免报")
    archived = State("已归档")

    fill = Step(
        "保存",
        stay(draft, returned, correcting),
        by=[REPORTER],
        asks=schemas.Filling,
        guard=steps.own_house,
        does=steps.fill,
    )
    submit = Step(
        "提交审核",
        (draft | returned | correcting) >> submitted,
        by=[REPORTER],
        asks=schemas.Words,
        guard=steps.complete,
        does=steps.submit,
        hint="提交后由审核单位的另一人审核，审核前可以撤回修改",
    )
    recall = Step(
        "撤回修改",
        submitted >> draft,
        by=[REPORTER],
        also=(correcting,),
        guard=steps.not_begun,
        does=steps.recall,
    )
    review = Step(
        "保存审核意见",
        stay(submitted),
        by=[REVIEWER],
        asks=schemas.Reviewing,
        guard=steps.another_person,
        does=steps.review,
    )
    accept = Step(
        "接受并锁定",
        submitted >> accepted,
        by=[REVIEWER],
        asks=schemas.Reviewing,
        guard=steps.another_person,
        does=steps.accept,
        hint="没有退回的指标全部接受，数值进入指标结果",
    )
    send_back = Step(
        "退回修改",
        submitted >> returned,
        by=[REVIEWER],
        asks=schemas.Reviewing,
        guard=steps.another_person,
        does=steps.send_back,
        danger=True,
    )
    ask_correction = Step(
        "申请更正",
        accepted >> correction,
        by=[REPORTER],
        asks=schemas.Correction,
        guard=steps.own_house,
        does=steps.ask_correction,
        hint="同意后形成新的一版，原来的一版保留",
    )
    allow = Step("同意更正", correction >> correcting, by=[REVIEWER], asks=schemas.Words, does=steps.begin_edition)
    deny = Step("不同意更正", correction >> accepted, by=[REVIEWER], asks=schemas.Why, does=steps.deny, danger=True)
    demand = Step(
        "要求更正",
        accepted >> correcting,
        by=[REVIEWER],
        asks=schemas.Correction,
        does=steps.demand,
        danger=True,
        hint="发现问题时由审核单位提出，填报单位修改后重新提交",
    )
    give_up = Step(
        "放弃更正",
        (correction | correcting | returned) >> accepted,
        by=[REPORTER, REVIEWER],
        asks=schemas.Words,
        guard=steps.has_been_accepted,
        does=steps.give_up,
        danger=True,
        hint="已接受的一版继续有效",
    )
    excuse = Step(
        "免报",
        (draft | returned) >> excused,
        by=[REVIEWER],
        asks=schemas.Reason,
        guard=steps.never_accepted,
        does=steps.excuse,
        danger=True,
        hint="本期不需要这家单位填报",
    )
    urge = Step(
        "催报",
        stay(draft, returned, correcting),
        by=[REVIEWER],
        asks=Nothing,
        guard=steps.not_urged_today,
        does=steps.urge,
    )
    archive = Step("归档", accepted >> archived, by=[PLATFORM], asks=Nothing)

    @classmethod
    def clock(cls, case: "Report", limit: str) -> Clock | None:
        """The time limit of policy ``reporting/clocks`` for the type of period."""
        policy = resolve("reporting/clocks", case.place or None).body
        assert isinstance(policy, Clocks)
        found = policy.clock(limit, case.period_type)
        ladder = tuple(Rung(duration(rung.after), rung.to, rung.name) for rung in policy.escalation)
        warn = found.warning or found.due
        if limit != "report":
            return Clock(found.due, warn, ladder)
        over = datetime.combine(case.ends_on + timedelta(days=1), time(), ZONE)
        due = over + found.due - now.now()
        return Clock(due, due - (found.due - warn), ladder)
