"""The two agreements of a referral: up (上转) and down (下转). Behaviour stands in :mod:`.steps`."""

from typing import TYPE_CHECKING

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Party, State, Step, Workflow, stay

from . import assessing, clocks, schemas, steps

if TYPE_CHECKING:
    from .models import Referral

REFERRER = Desk("转出医生", Party.HOME, Permission.REFERRAL_SUBMIT)
REVIEWER = Desk("本院审核", Party.HOME, Permission.REFERRAL_REVIEW)
OFFICE = Desk("转诊办", Party.COUNTERPART, Permission.REFERRAL_ACCEPT)
SPECIALIST = Desk("接诊科室", Party.COUNTERPART, Permission.REFERRAL_TREAT)
FOLLOWER = Desk("家庭医生", Party.HOME, Permission.REFERRAL_RECEIVE)
SENDER = Desk("经治医生", Party.HOME, Permission.REFERRAL_TREAT)
RECEIVER = Desk("接收医生", Party.COUNTERPART, Permission.REFERRAL_RECEIVE)
HEAD = Desk("负责人", Party.OWNER, Permission.CASE_REASSIGN)


class OfReferral(Workflow, shared=True):
    """What both directions share: the table, the clocks, who stands for whom."""

    model = "referral.Referral"
    read = Permission.REFERRAL_READ

    @classmethod
    def clock(cls, case: "Referral", limit: str) -> Clock | None:
        """The time limit of policy ``referral/clocks`` for the urgency of the case."""
        return clocks.clock(case, limit)

    @classmethod
    def organization_of(cls, case: "Referral", party: Party) -> int | None:
        """A hospital that does not use the platform is represented by whoever handles the case for it."""
        if party is Party.COUNTERPART and case.handler_organization_id:
            return case.handler_organization_id
        return super().organization_of(case, party)


class UpReferral(OfReferral):
    """From the primary level to the hospital (上转)."""

    name = "up-referral"
    title = "上转"
    number_prefix = "SZ"

    draft = State("草稿", desk=REFERRER, limit="draft", resident="医生正在准备您的转诊")
    review = State("待本院审核", desk=REVIEWER, limit="review", resident="本院正在审核您的转诊")
    submitted = State("待接收", desk=OFFICE, limit="accept", resident="上级医院正在安排，请保持电话畅通")
    supplement = State("待补充", desk=REFERRER, limit="supplement", pauses=True, resident="您的医生正在补充资料")
    accepted = State("已接收待到诊", desk=REFERRER, limit="arrive", resident="上级医院已接收，请按约定时间就诊")
    no_show = State("未到诊", desk=REFERRER, limit="no-show", resident="您没有按约定到诊，医生会与您联系")
    arrived = State("已到诊", desk=SPECIALIST, limit="treat", resident="您已到上级医院")
    in_care = State("诊疗中", desk=SPECIALIST, limit="reply", resident="您正在上级医院接受诊疗")
    concluded = State("已回复待随访", desk=FOLLOWER, limit="follow-up", resident="诊疗已结束，家庭医生会联系您随访")
    closed = State("闭环", resident="本次转诊已完成")
    declined = State("已退回", resident="上级医院建议您在基层继续诊治，请联系您的医生")
    withdrawn = State("已撤回", resident="本次转诊已取消")
    handed_down = State("已下转", resident="您已转回基层继续治疗")
    terminated = State("已终止", resident="本次转诊已终止")

    submit = Step(
        "提交",
        draft >> submitted,
        by=[REFERRER],
        guard=steps.passes_quality_gate,
        does=steps.send_up,
        also=[review],
        resident="医生为您提交了转诊申请",
    )
    revise = Step("修改", stay(draft, supplement), by=[REFERRER], asks=schemas.Content, does=steps.revise)
    approve = Step("同意上转", review >> submitted, by=[REVIEWER], asks=schemas.Note, resident="本院已同意转诊")
    send_back = Step(
        "退给医生",
        review >> draft,
        by=[REVIEWER],
        asks=schemas.because("send-back", "退回原因"),
        does=steps.send_back,
        danger=True,
    )
    accept = Step(
        "接收",
        submitted >> accepted,
        by=[OFFICE],
        asks=schemas.Acceptance,
        does=steps.accept,
        resident="上级医院已接收您的转诊",
        hint="不填时间即现在就可以来；填时间即预约",
    )
    redirect = Step(
        "改派",
        stay(submitted),
        by=[OFFICE],
        asks=schemas.Redirection,
        does=steps.redirect,
        resets=True,
        resident="您的转诊已改到更合适的科室或医院",
    )
    ask = Step("要求补充", submitted >> supplement, by=[OFFICE], asks=schemas.Question, does=steps.ask)
    decline = Step("退回", submitted >> declined, by=[OFFICE], asks=schemas.Refusal, does=steps.decline, danger=True)
    answer = Step("补充后再交", supplement >> submitted, by=[REFERRER], asks=schemas.Answer)
    prepare = Step("登记入院前准备", stay(accepted), by=[REFERRER], asks=schemas.Preparation, does=steps.prepare)
    arrive = Step(
        "登记到诊",
        accepted >> arrived,
        by=[OFFICE, SPECIALIST],
        asks=schemas.Arrival,
        does=steps.arrive,
        resident="您已到诊",
    )
    rebook = Step(
        "改约",
        (accepted | no_show) >> accepted,
        by=[OFFICE],
        asks=schemas.Appointment,
        does=steps.rebook,
        resets=True,
        resident="就诊时间已改",
    )
    miss = Step(
        "登记未到诊",
        accepted >> no_show,
        by=[OFFICE, SPECIALIST, REFERRER],
        asks=schemas.because("no-show", "未到诊原因"),
        does=steps.miss,
        danger=True,
    )
    resubmit = Step(
        "重新提交", no_show >> submitted, by=[REFERRER], asks=schemas.Note, resident="医生为您重新提交了转诊"
    )
    treat = Step("开始诊疗", (arrived | in_care) >> in_care, by=[SPECIALIST], asks=schemas.Treatment, does=steps.treat)
    assess = Step(
        "病情评估",
        stay(in_care),
        by=[SPECIALIST],
        asks=schemas.Assessment,
        does=assessing.assess,
        hint="评估后按下转标准核对；成立的标准会列出依据，可带方案下转。",
    )
    conclude = Step(
        "写回复函",
        (arrived | in_care) >> concluded,
        by=[SPECIALIST],
        asks=schemas.Reply,
        does=steps.conclude,
        resident="上级医院已写好诊疗回复",
    )
    hand_down = Step(
        "下转基层",
        (arrived | in_care | concluded) >> handed_down,
        by=[SPECIALIST],
        asks=schemas.Plan,
        does=assessing.hand_down,
        resident="病情稳定，转回基层继续治疗",
    )
    undo_arrival = Step(
        "撤销到诊登记",
        arrived >> accepted,
        by=[OFFICE, SPECIALIST],
        asks=schemas.Note,
        does=steps.undo_arrival,
        danger=True,
    )
    correct_reply = Step("更正回复函", stay(concluded), by=[SPECIALIST], asks=schemas.Reply, does=steps.conclude)
    follow_up = Step(
        "登记首次随访",
        concluded >> closed,
        by=[FOLLOWER],
        asks=schemas.FirstContact,
        does=steps.first_contact,
        resident="家庭医生已随访",
    )
    reassign = Step(
        "指定经办人",
        stay(review, submitted, supplement, accepted, no_show, arrived, in_care, concluded),
        by=[HEAD],
        asks=schemas.Reassignment,
        does=steps.reassign,
    )
    withdraw = Step(
        "撤回",
        (draft | review | submitted | supplement | accepted | no_show) >> withdrawn,
        by=[REFERRER],
        asks=schemas.because("withdraw", "撤回原因"),
        does=steps.end,
        danger=True,
        resident="转诊已取消",
    )
    terminate = Step(
        "终止",
        (draft | review | submitted | supplement | accepted | no_show | arrived | in_care | concluded) >> terminated,
        by=[PLATFORM],
        asks=schemas.Ending,
        does=steps.end,
        danger=True,
    )


class DownReferral(OfReferral):
    """From the hospital back to the primary level (下转)."""

    name = "down-referral"
    title = "下转"
    number_prefix = "XZ"

    draft = State("拟下转", desk=SENDER, limit="down-send", resident="医生正在为您准备下转方案")
    submitted = State("待基层接收", desk=RECEIVER, limit="down-accept", resident="基层机构正在接收，请按方案用药")
    rerouting = State("待改派", desk=SENDER, limit="down-send", resident="医生正在为您另找接收机构")
    accepted = State("已接收待首次随访", desk=RECEIVER, limit="first-contact", resident="基层医生已接收，会尽快随访您")
    closed = State("闭环", resident="基层医生已随访，本次转诊完成")
    returned = State("再次上转", resident="病情有变化，已再次联系上级医院")
    withdrawn = State("已撤回", resident="本次下转已取消")
    terminated = State("已终止", resident="本次转诊已终止")

    submit = Step(
        "发出",
        (draft | rerouting) >> submitted,
        by=[SENDER],
        guard=steps.plan_is_complete,
        does=steps.send_down,
        resident="下转方案已发到基层",
    )
    revise = Step("修改方案", stay(draft, rerouting), by=[SENDER], asks=schemas.Plan, does=steps.revise_plan)
    accept = Step(
        "接收",
        submitted >> accepted,
        by=[RECEIVER],
        asks=schemas.Reception,
        does=steps.receive,
        resident="基层医生已接收您",
    )
    refuse = Step(
        "不能接收",
        submitted >> rerouting,
        by=[RECEIVER],
        asks=schemas.because("down-refuse", "原因"),
        does=steps.refuse,
        danger=True,
    )
    first_contact = Step(
        "登记首次随访",
        accepted >> closed,
        by=[RECEIVER],
        asks=schemas.FirstContact,
        does=steps.first_contact,
        resident="基层医生已随访",
    )
    return_up = Step(
        "再次上转",
        (submitted | accepted) >> returned,
        by=[RECEIVER],
        asks=schemas.WarningSign,
        does=steps.return_up,
        danger=True,
        resident="病情有变化，医生为您再次上转",
    )
    reassign = Step(
        "指定经办人",
        stay(draft, submitted, rerouting, accepted),
        by=[HEAD],
        asks=schemas.Reassignment,
        does=steps.reassign,
    )
    withdraw = Step(
        "撤回",
        (draft | submitted | rerouting) >> withdrawn,
        by=[SENDER],
        asks=schemas.because("withdraw", "撤回原因"),
        does=steps.end,
        danger=True,
        resident="下转已取消",
    )
    terminate = Step(
        "终止",
        (draft | submitted | rerouting | accepted) >> terminated,
        by=[PLATFORM],
        asks=schemas.Ending,
        does=steps.end,
        danger=True,
    )


FLOWS = (UpReferral, DownReferral)
