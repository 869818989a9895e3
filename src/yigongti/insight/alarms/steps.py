"""What the steps of a suggestion check and do."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.bodies import ReasonList, Reasons
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import resolve

from . import schemas

if TYPE_CHECKING:
    from .models import Alarm

REASONS = "alarms/reasons"
LONGEST = timedelta(days=366)


def in_time(case: "Alarm", actor: Actor, data: schemas.Plan) -> None:
    """A plan ends today or later, within a year. Raises Invalid."""
    today = clock.today()
    if data.planned_on < today:
        raise Invalid(f"计划完成日期 {data.planned_on} 已过", hint=f"填 {today} 或以后的日期", field="planned_on")
    if data.planned_on > today + LONGEST:
        raise Invalid("计划完成日期在一年以后", hint="请分成一年以内的步骤", field="planned_on")


def plan(case: "Alarm", actor: Actor, data: schemas.Plan) -> None:
    """Keep what will be done, until when, and whose it is."""
    case.action, case.planned_on = data.action, data.planned_on


def conclude(case: "Alarm", actor: Actor, data: schemas.Outcome) -> None:
    """Keep what came of it."""
    case.outcome = data.outcome


def reasons(place: str = "") -> ReasonList:
    """Why a suggestion may be dismissed, by policy ``alarms/reasons``."""
    body = resolve(REASONS, place or None).body
    assert isinstance(body, Reasons)
    return body.lists["dismiss"]


def well_founded(case: "Alarm", actor: Actor, data: schemas.Dismissal) -> None:
    """A reason of the list, with words where it needs them. Raises Invalid."""
    listed = {one.id: one for one in reasons(case.place).reasons}
    chosen = listed.get(data.reason)
    if chosen is None:
        raise Invalid(f"没有理由 {data.reason}", hint=allowed_words(data.reason, listed), field="reason")
    if chosen.needs_note and len(data.note) < 4:
        raise Invalid(f"理由“{chosen.name}”须另写说明", hint="至少写四个字", field="note")


def dismiss(case: "Alarm", actor: Actor, data: schemas.Dismissal) -> None:
    """Keep why."""
    case.reason, case.outcome = data.reason, data.note


def note(case: "Alarm", actor: Actor, data: Any) -> None:
    """Keep why the platform closed it."""
    case.outcome = data.note
