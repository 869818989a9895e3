"""Evaluations of the demonstration: the quarter before last is published, the last one waits for self-reports.

They need the stored results, so the worker plays them once after the first computation; every step goes through the
services as a person would take it.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from yigongti.config import configuration
from yigongti.insight.evaluation import keeping, participants, schemas, services
from yigongti.insight.evaluation.definitions import EvaluationPolicy
from yigongti.insight.evaluation.models import Answer, Evaluation
from yigongti.insight.evaluation.workflow import Answering, Evaluating
from yigongti.insight.periods import before
from yigongti.insight.results.models import Run
from yigongti.insight.simulator import rounds
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.jobs.services import start

KIND = "simulator.evaluations"
POLICY = "evaluation/members-quarterly"
COUNCIL, SECOND = "lishihui", "weijianwei"
OWN = "fenyuan"
"""The director of the demonstration, whose self-report is left to try."""
SEED = 20260718
AREAS = {
    "楠市片": ("楠市", "新圩", "竹管寺", "祠堂圩", "土市"),
    "所城片": ("所城", "塔峰", "毛俊", "太平", "大桥"),
    "瑶乡片": ("汇源", "犁头", "浆洞", "湘江源", "荆竹"),
}
"""Who answers for whom: drawn (示意), around the two central township hospitals; no source divides the county."""


@pulse(every=60)
def begin() -> None:
    """Once, in the demonstration, as soon as there are results."""
    if configuration().mode != "demo":
        return
    with acting(SYSTEM):
        ready = Run.objects.exists() and User.objects.filter(username=COUNCIL).exists()
        if ready and not Evaluation.objects.exists() and not Job.objects.filter(kind=KIND).exists():
            start(SYSTEM, KIND, title="演练季度目标和考核", subject="evaluations", link="/evaluation/")


@job(KIND, title="演练季度目标和考核")
def play_both(actor: Actor, work: Work) -> Outcome:
    """Targets of two quarters; one evaluation to its end, one up to the self-reports."""
    agreed, asked = rounds.play_both()
    last = participants.latest("quarter")
    done = play(before(last), to_the_end=True)
    standing = play(last, to_the_end=False)
    return Outcome(
        f"目标 {agreed.number} 已生效，{asked.number} 征求意见中；考核 {done.number} 已发布，{standing.number} 自评中"
    )


def play(period: str, *, to_the_end: bool) -> Evaluation:
    """Open the evaluation of a quarter and take its steps."""
    with acting(SYSTEM):
        council, second = (User.objects.get(username=name).actor() for name in (COUNCIL, SECOND))
        offered = participants.consortia(council)
    data = schemas.Opening(policy=POLICY, period=period, consortium=offered[0][0])
    case = services.open_evaluation(council, data=data)
    with acting(SYSTEM):
        areas = list(_areas(case))
    step(council, case, "group", areas=areas)
    step(council, case, "start")
    chance = Random(SEED)  # noqa: S311
    with acting(SYSTEM):
        people = list(_people(case))
    for answer, director, own in people:
        if to_the_end or not own:
            report(director, answer, chance)
    if to_the_end:
        finish(council, second, case, people, chance)
    return case


def _people(case: Evaluation) -> Iterator[tuple[Answer, Actor, bool]]:
    """Each answer with the director who gives it."""
    for answer in Answer.objects.filter(evaluation=case).select_related("evaluation").order_by("title"):
        grant = (
            Grant.objects.filter(role="director", organization_id=answer.home_organization_id)
            .select_related("user")
            .order_by("pk")
            .first()
        )
        if grant is not None:
            yield answer, grant.user.actor(), grant.user.username == OWN


def _areas(case: Evaluation) -> Iterator[dict[str, str]]:
    """Each answer whose town is of a drawn area."""
    of_town = {town: area for area, towns in AREAS.items() for town in towns}
    for key, title in Answer.objects.filter(evaluation=case).values_list("pk", "title"):
        if area := next((area for town, area in of_town.items() if title.startswith(town)), ""):
            yield {"answer": str(key), "area": area}


def report(director: Actor, answer: Answer, chance: Random) -> None:
    """Judged items by one's own lights; now and then a figure that differs, with its reason."""
    policy = keeping.policy_of(answer.evaluation)
    values: list[dict[str, Any]] = [
        {"item": item.item, "value": chance.randrange(70, 101, 5), "note": "见佐证材料"}
        for item in policy.items_
        if item.report.asked == "required"
    ]
    with acting(SYSTEM):
        signed = answer.scores.filter(item="signed").first()
    if signed is not None and signed.computed is not None and chance.random() < 0.25:
        values.append({"item": "signed", "value": min(signed.computed + 3, 100), "note": "含季末补签，尚未录入"})
    advance(director, Answering, answer.pk, "fill", {"values": values})
    advance(director, Answering, answer.pk, "submit", {"statement": "数据已与本院台账核对。"})


def finish(
    council: Actor, second: Actor, case: Evaluation, people: list[tuple[Answer, Actor, bool]], chance: Random
) -> None:
    """Judge, circulate, hear an appeal, decide and publish."""
    policy = keeping.policy_of(case)
    step(council, case, "end_reports")
    step(council, case, "judge", marks=_marks(policy, people, chance))
    for adjustment in _adjustments(case):
        step(council, case, "adjust", **adjustment)
    step(council, case, "circulate")
    for answer, director, _ in people:
        advance(director, Answering, answer.pk, "agree")
    step(council, case, "open_appeals")
    appealing, director, _ = people[0]
    appeal(council, director, appealing)
    for answer, who, _ in people:
        advance(who, Answering, answer.pk, "finish")
    step(council, case, "end_appeals")
    words = "各分院总体完成季度任务；签约覆盖和首次随访差距较大，下季度列为督导重点。"
    step(council, case, "decide", conclusion=words, pool="180000")
    try:
        step(second, case, "publish")
    except YigongtiError:  # the second person of this community does not conduct at the lead: it is left to try
        return


def _adjustments(case: Evaluation) -> list[dict[str, Any]]:
    """The first is praised, the last two had complaints, somebody handed in late: so that grades differ."""
    with acting(SYSTEM):
        ranked = [
            str(pk) for pk in Answer.objects.filter(evaluation=case).order_by("rank").values_list("pk", flat=True)
        ]
    told = [(ranked[0], "praise", 2, "家庭医生团队获县级表彰")]
    told += [(key, "complaint", 5, "两件群众投诉查实，责任在本院") for key in ranked[-2:]]
    told.append((ranked[len(ranked) // 2], "late", 1, "逾期两天提交自评"))
    return [dict(zip(("answer", "adjustment", "points", "reason"), one, strict=True)) for one in told]


def _marks(policy: EvaluationPolicy, people: list[tuple[Answer, Actor, bool]], chance: Random) -> list[dict[str, Any]]:
    judged = [item.item for item in policy.items_ if item.kind == "judged"]
    return [
        {"answer": str(answer.pk), "item": item, "value": chance.randrange(55, 101, 5), "note": "查阅材料并抽查两个村"}
        for answer, _, _ in people
        for item in judged
    ]


def appeal(council: Actor, director: Actor, answer: Answer) -> None:
    """One appeal, answered with a correction."""
    asked = {"item": "rounds", "wanted": 95, "reason": "漏计了六月的两次巡诊，签到表已补"}
    advance(director, Answering, answer.pk, "appeal", asked)
    with acting(SYSTEM):
        found = answer.appeals.get()
    ruling = {"appeal": found.pk, "outcome": "changed", "value": 90, "reason": "签到表属实，另一次无记录"}
    advance(council, Answering, answer.pk, "rule", ruling)


def step(actor: Actor, case: Evaluation, name: str, **data: Any) -> None:
    """A step of the evaluation."""
    advance(actor, Evaluating, case.pk, name, data)
