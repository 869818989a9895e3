"""The one way a case moves.

``advance`` does it all in one transaction: row lock, idempotency, version, state, permission, required data, guard,
effect, event (which is the outbox row), new owner and deadline. Three statements: the settings of row-level security,
the lock, and one that writes event, case and what the effect left in :attr:`.Case.besides`.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery, UUIDField, Value
from pydantic import BaseModel, ValidationError

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting, current
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.beyond import beyond
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale

from .declaration import PLATFORM, Clock, Desk, Party, State, Step, Workflow
from .messages import explain
from .models import Case, CaseEvent


@dataclass(frozen=True)
class Outcome:
    """What a command did: the case as it stands, the event, and whether the request had been carried out before."""

    case: Case
    event: CaseEvent
    repeated: bool = False


def open_case(
    actor: Actor, case: Case, *, key: UUID | None = None, step: str = "open", data: dict | None = None
) -> Outcome:
    """Begin a case in the state that it carries. The caller has checked the permission."""
    with acting(actor):
        if key and (event := CaseEvent.objects.filter(key=key).first()):
            return Outcome(case.flow.table().objects.get(pk=event.case_id), event, repeated=True)
        moment = clock.now()
        case.number = case.number or next_number(case.flow.number_prefix, moment)
        case.opened_at = moment
        case.last_key = key
        enter(case, case.state_now, moment)
        event = prepared.insert(happened(actor, case, step=step, from_state="", at=moment, key=key, data=data))
        case.save(force_insert=True)
        return Outcome(case, event)


def advance(
    actor: Actor,
    workflow: type[Workflow],
    case_id: UUID,
    step: str,
    data: BaseModel | dict[str, Any] | None = None,
    *,
    version: int | None = None,
    key: UUID | None = None,
) -> Outcome:
    """Take ``step`` on a case.

    ``version`` is what the actor saw (Stale if someone was faster); ``key`` identifies the request: repeated, it
    has one effect and the same answer. Raises NotFound, Stale, Conflict, Forbidden, Invalid.
    """
    alone = current() is None
    with acting(actor):
        case = lock(workflow, case_id, key)
        known = contents(case)
        if key and (case.last_key == key or case.done_by):  # type: ignore[attr-defined]
            return Outcome(case, CaseEvent.objects.get(key=key), repeated=True)
        declared = _allowed(actor, case, step, version)
        content = _validated(declared, data)
        if declared.guard:
            declared.guard(case, actor, content)
        with beyond(actor, to_the_end=alone) if declared.beyond else nullcontext():
            return Outcome(case, _taken(actor, case, declared, content, known, key))


def _taken(
    actor: Actor, case: Case, step: Step, content: BaseModel, known: dict[str, Any], key: UUID | None
) -> CaseEvent:
    """The step, carried out: the effect, and in one statement what it left, the event and the case."""
    moment, before = clock.now(), case.state_now
    chosen = step.does(case, actor, content) if step.does else None
    after = chosen if isinstance(chosen, State) else step.target(before)
    if after is not before or step.resets:
        enter(case, after, moment)
    case.version += 1
    case.last_key = key
    data = content.model_dump(mode="json")
    event = happened(actor, case, step=step.name, from_state=before.name, at=moment, key=key, data=data)
    case.parties = case.concerned()
    now = contents(case)
    changed = prepared.updating(case, [name for name, value in now.items() if value != known[name]])
    if not prepared.together(*case.besides, prepared.inserting(event), changed):
        raise LookupError(f"{case.number} is not there")
    return event


def contents(case: Case) -> dict[str, Any]:
    """The values of a case by field; lists and objects as text, so that a change inside them is seen."""
    values = vars(case)
    return {
        name: repr(value) if isinstance(value, dict | list) else value
        for name, attname in _fields(type(case))
        for value in [values[attname]]
    }


@cache
def _fields(table: type[Case]) -> list[tuple[str, str]]:
    return [(field.name, field.attname) for field in table._meta.concrete_fields]


def lock(workflow: type[Workflow], case_id: UUID, key: UUID | None = None) -> Case:
    """The case, locked for this transaction, if the actor can see it."""
    find, find_done = _locking(workflow.name)
    case = find_done.first(case_id, key) if key else find.first(case_id)
    if case is None:
        raise NotFound("没有找到这件事项，或者它不在您的权限范围内", hint="请从工作列表重新打开")
    return case


@cache
def _locking(name: str) -> tuple[prepared.Query[Case], prepared.Query[Case]]:
    """The statement that locks a case by its key, and the one that also looks for the event of a repeated request."""

    def find(case_id: UUID) -> Any:
        found = Workflow.registry[name].table().objects.select_for_update(of=("self",))
        return found.filter(pk=case_id, workflow=name).annotate(done_by=Value(None, UUIDField()))

    def find_done(case_id: UUID, key: UUID) -> Any:
        done = CaseEvent.objects.filter(key=key, case_id=OuterRef("pk")).values("id")[:1]
        return find(case_id).annotate(done_by=Subquery(done))

    return prepared.Query(find, UUID), prepared.Query(find_done, UUID, UUID)


def _allowed(actor: Actor, case: Case, step: str, version: int | None) -> Step:
    declared = case.flow.steps.get(step)
    if declared is None:
        raise NotFound(f"没有“{step}”这一步", hint="可用：" + "、".join(case.flow.steps))
    if not declared.leads_from(case.state_now):
        raise Conflict(
            f"{case.number} 现在是“{case.state_now.title}”，不能“{declared.title}”",
            hint=_what_next(case),
            state=case.state,
        )
    if version is not None and version != case.version:
        raise Stale("在您打开页面之后，别人已经办理了这件事项", hint="请刷新页面，核对后再办理；您填写的内容已保留")
    if not any(may_take(actor, case, desk) for desk in declared.by):
        raise Forbidden(
            f"“{declared.title}”由{'、'.join(desk.title for desk in declared.by)}办理",
            hint=f"现在由{owner_title(case)}办理" if case.is_open else "",
        )
    return declared


def may_take(actor: Actor, case: Case, desk: Desk) -> bool:
    """Does the actor sit at this desk of this case?"""
    if desk.party is Party.SYSTEM:
        return actor.everything
    if desk.party is Party.RESIDENT:
        return actor.resident_id is not None and actor.resident_id == case.resident_id and actor.may(desk.permission)
    organization = case.flow.organization_of(case, desk.party)
    return organization is not None and actor.may(desk.permission, organization)


def _validated(step: Step, data: BaseModel | dict[str, Any] | None) -> BaseModel:
    if isinstance(data, step.asks):
        return data
    try:
        return step.asks.model_validate(data or {})
    except ValidationError as error:
        fields = explain(step.asks, error)
        first, message = next(iter(fields.items()))
        raise Invalid(f"“{step.title}”的内容不完整：{message}", field=first, fields=fields) from error


def _what_next(case: Case) -> str:
    if not case.is_open:
        return "这件事项已办结"
    steps = "、".join(step.title for step in case.flow.steps_from(case.state) if PLATFORM not in step.by)
    return f"现在由{owner_title(case)}办理，可以：{steps}"


def enter(case: Case, state: State, moment: datetime) -> None:
    """Put the case into a state: owner, deadline, first alarm; a final state closes it."""
    leaving = case.flow.states.get(case.state) if case.entered_at else None
    if state.pauses and leaving and case.due_at:
        case.clock_left = max(case.due_at - moment, timedelta(0))
    case.state, case.entered_at, case.alarms, case.owner_user_id = state.name, moment, 0, None
    if state.desk is None:
        case.closed_at = moment
        case.owner_organization_id, case.owner_permission = None, ""
        case.due_at = case.next_alarm_at = case.clock_left = None
        return
    case.owner_organization_id = case.flow.organization_of(case, state.desk.party)
    case.owner_permission = state.desk.permission.value
    clock_now = case.flow.clock(case, state.limit) if state.limit else None
    resumed = case.clock_left if leaving and leaving.pauses else None
    if not state.pauses:
        case.clock_left = None
    set_clock(case, clock_now, moment, resumed)


def set_clock(case: Case, limit: Clock | None, moment: datetime, left: timedelta | None = None) -> None:
    """Start the clock of the open step at ``moment``; ``left`` is what remained of a paused one."""
    if limit is None:
        case.due_at = case.next_alarm_at = None
        return
    case.due_at = moment + (limit.limit if left is None else left)
    warned_at = case.due_at - (limit.limit - limit.warn)
    case.next_alarm_at = warned_at if moment < warned_at < case.due_at else case.due_at


def happened(
    actor: Actor,
    case: Case,
    *,
    step: str,
    from_state: str,
    at: datetime,
    key: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> CaseEvent:
    """What happened, to be inserted by the caller. The insert is the outbox entry too."""
    content = data or {}
    case.happened += 1
    return CaseEvent(
        workflow=case.workflow,
        case_id=case.pk,
        sequence=case.happened,
        step=step,
        from_state=from_state,
        to_state=case.state,
        actor_id=actor.user_id,
        actor_name=actor.name,
        organization_id=actor.organization_id,
        at=at,
        due_at=case.due_at,
        note=str(content.get("note") or content.get("reason_text") or ""),
        data=content,
        key=key,
        parties=case.concerned(),
        resident_id=case.resident_id,
    )


def owner_title(case: Case) -> str:
    """Who owes the next step, in words: 蓝山县中心医院 转诊办."""
    desk = case.state_now.desk
    where = case.owner_organization.name if case.owner_organization else ""
    return f"{where}{desk.title}" if desk else "无人（已办结）"


def next_number(prefix: str, moment: datetime) -> str:
    """A number people can read out: SZ20261121-000123."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('case_number')")
        return f"{prefix}{moment:%Y%m%d}-{cursor.fetchone()[0]:06d}"
