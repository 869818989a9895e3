"""The agreement on an objection (档案异议): raised, verified by the organisation that wrote, corrected or refused with
a reason, reviewed once if the resident asks, closed. The deadlines are policy ``record/objections``.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from yigongti.kernel import clock as time
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.cases.declaration import PLATFORM, Clock, Desk, Party, Rung, State, Step, Workflow
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.policy.bodies import Clocks, duration
from yigongti.kernel.policy.store import resolve

from . import answers, schemas

if TYPE_CHECKING:
    from .models import Objection

VERIFIER = Desk("经办人", Party.HOME, Permission.OBJECTION_HANDLE)
REVIEWER = Desk("复核人", Party.HOME, Permission.OBJECTION_REVIEW)
PERSON = Desk("居民本人", Party.RESIDENT, Permission.OWN_RECORD)


class EntryObjection(Workflow):
    """A resident objects to an entry of the record (档案异议)."""

    name = "objection"
    title = "档案异议"
    model = "privacy.Objection"
    number_prefix = "YY"
    read = Permission.OBJECTION_HANDLE

    raised = State("待核对", desk=VERIFIER, limit="verify", resident="写下记录的机构正在核对")
    answered = State(
        "已答复待居民意见", desk=VERIFIER, limit="respond", resident="机构认为记录无误，您可以申请复核一次"
    )
    review = State("复核中", desk=REVIEWER, limit="review", resident="机构负责人正在复核")
    corrected = State("已更正", resident="记录已经更正")
    upheld = State("不予更正", resident="记录没有更正，您的说法留在档案里")
    withdrawn = State("已撤回", resident="您撤回了异议")

    correct = Step(
        "更正",
        (raised | review) >> corrected,
        by=[VERIFIER, REVIEWER],
        asks=schemas.Correction,
        guard=answers.is_corrected,
        does=answers.correct,
        resident="记录已经更正",
        hint="先在档案里更正这一条，再在这里办结；整条不应有的选“作废这一条”",
    )
    refuse = Step(
        "不予更正",
        raised >> answered,
        by=[VERIFIER],
        asks=schemas.Refusal,
        does=answers.refuse,
        danger=True,
        resident="机构答复：不予更正",
    )
    ask_review = Step(
        "申请复核",
        answered >> review,
        by=[PERSON, VERIFIER],
        asks=schemas.Words,
        does=answers.ask_review,
        resident="您申请了复核",
        hint="居民不同意答复时，本人在手机上申请，或由经办人代为登记",
    )
    accept = Step("同意答复", answered >> upheld, by=[PERSON], resident="您同意答复", hint="不表态的，到期自行结束")
    uphold = Step(
        "维持不予更正",
        review >> upheld,
        by=[REVIEWER],
        asks=schemas.Refusal,
        does=answers.refuse,
        danger=True,
        resident="复核后维持原答复",
    )
    withdraw = Step(
        "撤回", (raised | answered | review) >> withdrawn, by=[PERSON], resident="您撤回了异议", danger=True
    )
    lapse = Step("到期结束", answered >> upheld, by=[PLATFORM], resident="超过时间没有申请复核，已结束")

    @classmethod
    def clock(cls, case: "Objection", limit: str) -> Clock | None:
        """The time limit of policy ``record/objections``."""
        policy = resolve("record/objections").body
        assert isinstance(policy, Clocks)
        found = policy.clock(limit)
        ladder = tuple(Rung(duration(rung.after), rung.to, rung.name) for rung in policy.escalation)
        return Clock(found.due, found.warning or found.due, ladder)


def end_unanswered(limit: int = 200) -> int:
    """Close what the resident was answered and let pass; returns how many."""
    table = EntryObjection.table()
    with acting(SYSTEM):
        due = table.objects.filter(state="answered", closed_at=None, due_at__lte=time.now() - timedelta(minutes=1))
        waiting = list(due.values_list("pk", flat=True)[:limit])
    for case_id in waiting:
        advance(SYSTEM, EntryObjection, case_id, "lapse")
    return len(waiting)


@pulse(every=900)
def end_unanswered_objections() -> bool:
    """What nobody answers is over."""
    return end_unanswered() == 200
