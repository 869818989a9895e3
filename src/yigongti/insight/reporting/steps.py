"""What the steps of a report check and do: guards refuse, effects change the case in memory and what belongs to it."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.policy.bodies import Reasons
from yigongti.kernel.policy.store import resolve
from yigongti.kernel.prepared import Write

from . import duties, entering, houses, schemas
from .entering import Problem
from .models import Evidence, Item, Report
from .plans import plans

if TYPE_CHECKING:
    from yigongti.kernel.cases.declaration import State

QUIET = timedelta(hours=20)
"""Who was urged is not urged again within this time."""
JUDGE = """
UPDATE reporting_item i SET verdict = t.verdict, reason = t.reason, judged_by_id = %s, judged_at = %s
  FROM jsonb_to_recordset(%s::jsonb) AS t(item text, verdict text, reason text)
 WHERE i.report_id = %s AND i.edition = %s AND i.item = t.item
"""
COPY = """
INSERT INTO reporting_item (id, report_id, edition, item, numerator, denominator, value, absent, answers, note,
                            entered_by_id, entered_at, verdict, reason, judged_by_id, judged_at)
SELECT gen_random_uuid(), report_id, %s, item, numerator, denominator, value, absent, answers, note, entered_by_id,
       entered_at, CASE WHEN item = ANY(%s) THEN '' ELSE 'accepted' END, '', judged_by_id, judged_at
  FROM reporting_item WHERE report_id = %s AND edition = %s
"""
UNDO = """
UPDATE reporting_evidence SET removed_in = CASE WHEN edition = %s THEN edition END
 WHERE report_id = %s AND (edition = %s OR removed_in = %s)
"""


def standing(case: Report) -> dict[str, Item]:
    """The items of the edition; read once for a step."""
    if "standing" not in case.__dict__:
        rows = Item.objects.filter(report_id=case.pk, edition=case.edition)
        case.__dict__["standing"] = {row.item: row for row in rows}
    found: dict[str, Item] = case.__dict__["standing"]
    return found


def own_house(case: Report, actor: Actor, data: Any) -> None:
    """Only the own organisation enters. Raises Forbidden."""
    houses.require(actor, case)


def fill(case: Report, actor: Actor, data: schemas.Filling) -> None:
    """Keep what differs; what has been accepted is locked. Raises Invalid with every field, Conflict."""
    policy = plans()
    asked = {item.indicator: item for item in duties.asked(case, policy)}
    now = standing(case)
    entering.refuse(list(entering.problems(asked, data.items)))
    data.items = entering.changed(now, data.items)
    if locked := [one.item for one in data.items if one.item in now and now[one.item].verdict == "accepted"]:
        raise Conflict(
            f"“{asked[locked[0]].name}”已被接受，不能修改", hint="如有错误，请在接受后申请更正", field=locked[0]
        )
    rows = [entering.row_of(asked[one.item], one, policy) for one in data.items]
    if rows:
        case.besides.append(entering.keeping(case, actor, rows))
    after = now | {row.item: row for row in rows}
    case.asked, case.filled = len(asked), sum(code in after and after[code].is_filled for code in asked)
    if actor.user_id is not None and actor.user_id not in case.authors:
        case.authors = [*case.authors, actor.user_id]


def complete(case: Report, actor: Actor, data: schemas.Words) -> None:
    """Everything is said, with its evidence; what was returned has been changed. Raises Forbidden, Invalid."""
    houses.require(actor, case)
    entering.refuse(missing(case), "还不能提交")


def missing(case: Report) -> list[Problem]:
    """What keeps a report from being submitted, item by item."""
    rules = plans().evidence
    asked, now = duties.asked(case), standing(case)
    shown = set(evidence_of(case).values_list("item", flat=True).distinct())
    found: list[Problem] = []
    for item in asked:
        row, code = now.get(item.indicator), item.indicator
        if row is None or not row.is_filled:
            found.append(Problem(code, item.name, "value", "还没有填完", "没有数据时选“本期无数据”并说明"))
        elif row.absent and not row.note:
            found.append(Problem(code, item.name, "note", "选了“本期无数据”，没有说明原因"))
        elif row.verdict == Item.Verdict.RETURNED:
            found.append(Problem(code, item.name, "note", "退回以后没有修改", "确认无误的，请在说明中写明"))
        elif item.kind == "judged" and rules.judged_needs and code not in shown and _met(row):
            found.append(Problem(code, item.name, "answers", "没有佐证材料", "请上传" + "、".join(item.evidence)))
    return found


def _met(row: Item) -> bool:
    return any(one["answer"] in ("yes", "partly") for one in row.answers)


def evidence_of(case: Report, edition: int | None = None) -> Any:
    """The evidence of an edition (default: the one at hand)."""
    number = edition or case.edition
    rows = Evidence.objects.filter(report_id=case.pk, edition__lte=number)
    return rows.filter(removed_in=None) | rows.filter(removed_in__gt=number)


def submit(case: Report, actor: Actor, data: schemas.Words) -> None:
    """Remember who and by which definitions."""
    case.submitted_by_id, case.submitted_at, case.accepted_by_id = actor.user_id, clock.now(), None
    case.policy_hash = duties.current(case).hash
    if actor.user_id is not None and actor.user_id not in case.authors:
        case.authors = [*case.authors, actor.user_id]


def not_begun(case: Report, actor: Actor, data: Any) -> None:
    """What has begun to be reviewed stays. Raises Forbidden, Conflict."""
    houses.require(actor, case)
    begun = [row for row in standing(case).values() if row.judged_at and case.submitted_at]
    if any(row.judged_at >= case.submitted_at for row in begun):  # type: ignore[operator]
        raise Conflict("审核已经开始，不能撤回", hint="请等审核结果，或联系审核人退回")


def recall(case: Report, actor: Actor, data: Any) -> "State | None":
    """Back to where it came from."""
    from .workflow import Reporting

    return Reporting.correcting if case.accepted_edition else None


def another_person(case: Report, actor: Actor, data: Any) -> None:
    """Who entered or submitted does not review. Raises Forbidden."""
    if actor.user_id is None or actor.user_id == case.submitted_by_id or actor.user_id in case.authors:
        raise Forbidden("审核的人不能是填报的人", hint="请由审核单位的另一位有权限的人办理")


def review(case: Report, actor: Actor, data: schemas.Reviewing) -> None:
    """Keep the verdicts so far."""
    _judge(case, actor, _checked(case, data.verdicts))
    case.answer = data.note


def accept(case: Report, actor: Actor, data: schemas.Reviewing) -> None:
    """Everything that is not returned is accepted; the edition is in force. Raises Conflict."""
    given = {one.item: one for one in _checked(case, data.verdicts)}
    now = standing(case)
    verdicts = {code: given[code].verdict if code in given else row.verdict for code, row in now.items()}
    if returned := [code for code, verdict in verdicts.items() if verdict == Item.Verdict.RETURNED]:
        names = {item.indicator: item.name for item in duties.asked(case)}
        raise Conflict(
            f"有 {len(returned)} 项标了退回：{'、'.join(names.get(code, code) for code in returned[:5])}",
            hint="请退回修改，或先改为接受",
        )
    waiting = [code for code, row in now.items() if row.verdict != Item.Verdict.ACCEPTED]
    _judge(case, actor, [schemas.Verdict(item=code, verdict="accepted") for code in waiting])
    case.accepted_edition, case.accepted_by_id, case.accepted_at = case.edition, actor.user_id, clock.now()
    case.answer, case.correcting = data.note, []


def send_back(case: Report, actor: Actor, data: schemas.Reviewing) -> None:
    """At least one item is returned with its reason. Raises Invalid."""
    given = _checked(case, data.verdicts)
    verdicts = {code: row.verdict for code, row in standing(case).items()} | {one.item: one.verdict for one in given}
    if Item.Verdict.RETURNED not in verdicts.values():
        raise Invalid("没有标出要退回的指标", hint="请在要修改的指标上选“退回”并写明原因", field="verdicts")
    _judge(case, actor, given)
    case.answer = data.note


def _checked(case: Report, verdicts: Iterable[schemas.Verdict]) -> list[schemas.Verdict]:
    """The verdicts that differ from what stands. Raises Invalid."""
    now, found = standing(case), []
    for one in verdicts:
        row = now.get(one.item)
        if row is None:
            raise Invalid(f"这份填报里没有指标 {one.item}", field=f"{one.item}.verdict")
        if one.verdict == "returned" and not one.reason:
            names = {item.indicator: item.name for item in duties.asked(case)}
            raise Invalid(
                f"“{names.get(one.item, one.item)}”退回没有写原因",
                hint="填报单位要据此修改",
                field=f"{one.item}.reason",
                fields={f"{one.item}.reason": "请写明退回原因"},
            )
        reason = one.reason if one.verdict == "returned" else ""
        if (row.verdict, row.reason) != (one.verdict, reason):
            found.append(one.model_copy(update={"reason": reason}))
    return found


def _judge(case: Report, actor: Actor, verdicts: list[schemas.Verdict]) -> None:
    if verdicts:
        told = json.dumps([one.model_dump() for one in verdicts], ensure_ascii=False)
        params = [actor.user_id, clock.now(), told, case.pk, case.edition]
        case.besides.append(Write(JUDGE, params, named="judged"))


def _correct(case: Report, items: list[str]) -> None:
    known = {item.indicator for item in duties.asked(case)}
    if unknown := [code for code in items if code not in known]:
        raise Invalid(f"这份填报里没有指标 {unknown[0]}", field="items")
    case.correcting = sorted(set(items))


def ask_correction(case: Report, actor: Actor, data: schemas.Correction) -> None:
    """Remember which items."""
    _correct(case, data.items)
    case.answer = ""


def demand(case: Report, actor: Actor, data: schemas.Correction) -> None:
    """The reviewer opens the correction."""
    _correct(case, data.items)
    begin_edition(case, actor, schemas.Words(note=data.note))


def begin_edition(case: Report, actor: Actor, data: schemas.Words) -> None:
    """A new edition begins with what is in force; only the items to be corrected can be changed."""
    number = case.editions + 1
    case.besides.append(Write(COPY, [number, case.correcting, case.pk, case.accepted_edition], named="copied"))
    case.edition = case.editions = number
    case.authors, case.answer = [], data.note


def deny(case: Report, actor: Actor, data: schemas.Why) -> None:
    """What is in force stays."""
    case.answer, case.correcting = data.note, []


def has_been_accepted(case: Report, actor: Actor, data: Any) -> None:
    """There is an edition to go back to, and who gives up enters or reviews. Raises Conflict, Forbidden."""
    if not actor.may(Permission.INDICATOR_REVIEW, case.counterpart_organization_id):
        houses.require(actor, case)
    if not case.accepted_edition:
        raise Conflict("这份填报还没有被接受过，不能放弃更正", hint="请修改后重新提交")


def never_accepted(case: Report, actor: Actor, data: Any) -> None:
    """What has been accepted is not excused. Raises Conflict."""
    if case.accepted_edition:
        raise Conflict("已经接受过的填报不能免报", hint="请放弃更正")


def give_up(case: Report, actor: Actor, data: schemas.Words) -> None:
    """The edition in force stays; what was entered since is kept, and counts for nothing."""
    if case.edition != case.accepted_edition:
        case.besides.append(Write(UNDO, [case.edition, case.pk, case.edition, case.edition], named="undone"))
    case.edition, case.correcting, case.answer = case.accepted_edition, [], data.note


def excuse(case: Report, actor: Actor, data: schemas.Reason) -> None:
    """Keep the reason. Raises Invalid where it needs words."""
    reason = reasons().reason("excuse", data.reason)
    if reason.needs_note and not data.note:
        raise Invalid("请写明理由", field="note")
    case.answer = f"{reason.name}{'：' + data.note if data.note else ''}"[:500]


def reasons() -> Reasons:
    """The lists of reasons."""
    body = resolve("reporting/reasons").body
    assert isinstance(body, Reasons)
    return body


def not_urged_today(case: Report, actor: Actor, data: Any) -> None:
    """Once a day is enough. Raises Conflict."""
    if case.urged_at and clock.now() - case.urged_at < QUIET:
        raise Conflict("今天已经催过", hint="明天可以再催")


def urge(case: Report, actor: Actor, data: Any) -> None:
    """Remember when."""
    case.urged_at = clock.now()
