"""The agreement about an evaluation: one case of the conductor, and one for each participant's answer (ADR 0095).

The time limits stand in the policy of the evaluation. The answers are moved on together with the evaluation
(:mod:`.moving`); their steps by the platform are those moves.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Party, Rung, State, Step, Workflow, stay
from yigongti.kernel.policy.bodies import duration

from . import answering, schemas, steps
from .keeping import policy_of

if TYPE_CHECKING:
    from .models import Answer, Evaluation

CONDUCTOR = Desk("考核办", Party.HOME, Permission.EVALUATION_CONDUCT)
PUBLISHER = Desk("发布人", Party.HOME, Permission.EVALUATION_CONDUCT)
MEMBER = Desk("参评单位", Party.HOME, Permission.EVALUATION_ANSWER)
JURY = Desk("考核办", Party.COUNTERPART, Permission.EVALUATION_CONDUCT)


class Evaluating(Workflow):
    """An evaluation of members (考核评价)."""

    name = "evaluation"
    title = "考核评价"
    model = "evaluation.Evaluation"
    number_prefix = "KH"
    read = Permission.INDICATOR_READ

    preparing = State("待启动", desk=CONDUCTOR, limit="prepare")
    reporting = State("自评中", desk=CONDUCTOR, limit="report")
    judging = State("评审中", desk=CONDUCTOR, limit="judge")
    commenting = State("征求意见中", desk=CONDUCTOR, limit="comment")
    appealing = State("申诉中", desk=CONDUCTOR, limit="appeal")
    deciding = State("待定等", desk=CONDUCTOR, limit="decide")
    decided = State("待发布", desk=PUBLISHER, limit="publish")
    published = State("已发布")
    cancelled = State("已取消")

    start = Step(
        "启动自评",
        preparing >> reporting,
        by=[CONDUCTOR],
        asks=schemas.Words,
        does=steps.start,
        hint="参评单位看到自己的计算值，开始自评",
    )
    end_reports = Step(
        "结束自评，进入评审",
        reporting >> judging,
        by=[CONDUCTOR],
        asks=schemas.Words,
        guard=steps.all_reported,
        does=steps.end_reports,
        hint="都已交，或自评期满",
    )
    circulate = Step(
        "公布得分，征求意见",
        judging >> commenting,
        by=[CONDUCTOR],
        asks=schemas.Words,
        does=steps.circulate,
        hint="参评单位看到全部得分和名次",
    )
    open_appeals = Step(
        "进入申诉",
        commenting >> appealing,
        by=[CONDUCTOR],
        asks=schemas.Words,
        guard=steps.all_heard,
        does=steps.open_appeals,
        hint="都已回复意见，或征求意见期满",
    )
    end_appeals = Step(
        "结束申诉，准备定等",
        appealing >> deciding,
        by=[CONDUCTOR],
        asks=schemas.Words,
        guard=steps.all_settled,
        does=steps.end_appeals,
        hint="申诉都已答复；都已确认，或申诉期满",
    )
    straight = Step(
        "更正完毕，准备定等",
        judging >> deciding,
        by=[CONDUCTOR],
        asks=schemas.Words,
        guard=steps.is_correction,
        does=steps.straight,
        hint="更正版不再走一遍征求意见和申诉",
    )
    decide = Step(
        "定等",
        deciding >> decided,
        by=[CONDUCTOR],
        asks=schemas.Decision,
        does=steps.decide,
        hint="由另一人复核后发布",
    )
    publish = Step(
        "发布",
        decided >> published,
        by=[PUBLISHER],
        asks=schemas.Words,
        guard=steps.another_person,
        does=steps.publish,
        hint="发布人不能是定等人",
    )
    send_back = Step("退回重定", decided >> deciding, by=[PUBLISHER], asks=schemas.Reason, does=steps.send_back)
    take = Step(
        "重新取数",
        stay(preparing, judging),
        by=[CONDUCTOR],
        asks=schemas.Nothing,
        does=steps.take,
        hint="按最新的指标结果更新计算值",
    )
    group = Step(
        "划分片区",
        stay(preparing, reporting, judging),
        by=[CONDUCTOR],
        asks=schemas.Areas,
        does=steps.areas,
        hint="同一片区的单位奖励互相连带",
    )
    judge = Step("评审", stay(judging, commenting), by=[CONDUCTOR], asks=schemas.Marks, does=steps.judge)
    adjust = Step(
        "加减分、一票否决",
        stay(judging, commenting, deciding),
        by=[CONDUCTOR],
        asks=schemas.Adjusting,
        does=steps.adjust,
    )
    revoke = Step(
        "撤销加减分", stay(judging, commenting, deciding), by=[CONDUCTOR], asks=schemas.Revoking, does=steps.revoke
    )
    cancel = Step(
        "取消考核",
        (preparing | reporting | judging | commenting | appealing | deciding) >> cancelled,
        by=[CONDUCTOR],
        asks=schemas.Reason,
        does=steps.cancel,
        danger=True,
    )

    @classmethod
    def clock(cls, case: "Evaluation", limit: str) -> Clock | None:
        """The time limit of the policy by which it was opened."""
        return _clock(case, limit)


class Answering(Workflow):
    """The answer of a participant (参评)."""

    name = "evaluation-answer"
    title = "参评"
    model = "evaluation.Answer"
    number_prefix = "CP"
    read = Permission.INDICATOR_READ

    waiting = State("未开始", desk=JURY)
    reporting = State("待自评", desk=MEMBER, limit="report")
    submitted = State("已自评", desk=JURY)
    commenting = State("可提意见", desk=MEMBER, limit="comment")
    heard = State("意见已回", desk=JURY)
    appealing = State("可申诉", desk=MEMBER, limit="appeal")
    appealed = State("申诉待答复", desk=JURY, limit="answer")
    settled = State("已确认", desk=JURY)
    closed = State("已发布")
    cancelled = State("已取消")

    begin = Step("开始自评", waiting >> reporting, by=[PLATFORM])
    fill = Step(
        "填写自评",
        stay(reporting),
        by=[MEMBER],
        asks=schemas.SelfReport,
        guard=answering.own_house,
        does=answering.fill,
    )
    submit = Step(
        "提交自评",
        reporting >> submitted,
        by=[MEMBER],
        asks=schemas.Submission,
        guard=answering.complete,
        does=answering.submit,
        hint="提交后由考核办评审",
    )
    give_back = Step(
        "退回补充",
        submitted >> reporting,
        by=[JURY],
        asks=schemas.Reason,
        guard=answering.still_reporting,
        hint="只在自评期内",
    )
    report_over = Step("自评期满", reporting >> submitted, by=[PLATFORM])
    hear = Step("征求意见", (submitted | reporting) >> commenting, by=[PLATFORM])
    remark = Step(
        "提意见",
        stay(commenting),
        by=[MEMBER],
        asks=schemas.Remarking,
        guard=answering.own_house,
        does=answering.remark,
    )
    agree = Step(
        "意见已提完",
        commenting >> heard,
        by=[MEMBER],
        asks=schemas.Nothing,
        guard=answering.own_house,
        hint="没有意见也请点，表示已看过",
    )
    reply = Step("答复意见", stay(commenting, heard), by=[JURY], asks=schemas.Replying, does=answering.reply)
    let_appeal = Step("开放申诉", (commenting | heard) >> appealing, by=[PLATFORM])
    appeal = Step(
        "申诉", stay(appealing), by=[MEMBER], asks=schemas.Appealing, guard=answering.appealable, does=answering.appeal
    )
    finish = Step(
        "确认结果",
        appealing >> settled,
        by=[MEMBER],
        asks=schemas.Nothing,
        guard=answering.own_house,
        does=answering.finish,
        also=[appealed],
        hint="有申诉的，申诉交考核办答复；没有的，结果确认",
    )
    rule = Step(
        "答复申诉",
        stay(appealing, appealed),
        by=[JURY],
        asks=schemas.Ruling,
        does=answering.rule,
        also=[settled],
    )
    settle = Step("申诉期满", (appealing | appealed) >> settled, by=[PLATFORM])
    close = Step("发布", (submitted | settled) >> closed, by=[PLATFORM])
    abandon = Step(
        "取消",
        (waiting | reporting | submitted | commenting | heard | appealing | appealed | settled) >> cancelled,
        by=[PLATFORM],
    )

    @classmethod
    def clock(cls, case: "Answer", limit: str) -> Clock | None:
        """The time limit of the policy of its evaluation; what all share ends for all at the same moment."""
        return _clock(case.evaluation, limit)


def _clock(evaluation: "Evaluation", limit: str) -> Clock | None:
    told = policy_of(evaluation).steps[limit]
    ladder = (Rung(timedelta(days=1), "director", "院长"),) if limit in ("report", "comment", "appeal") else ()
    return Clock(duration(told.limit), duration(told.warn), ladder)
