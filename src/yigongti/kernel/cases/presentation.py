"""A case for people, all of it derived from the declaration: state and who is next, buttons, timeline, diagram."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.casepage import Action, CaseState, TimelineEntry
from yigongti.kernel.ui.clocks import Clock, spell
from yigongti.kernel.ui.diagram import Diagram, Edge, Node

from .advance import may_take, owner_title
from .declaration import PLATFORM, Nothing, Step, Workflow
from .escalation import ALARMS
from .models import Case, CaseEvent


def state_of(case: Case, actor: Actor) -> CaseState:
    """Where the case stands, who is next and until when."""
    state = case.state_now
    mine = state.desk is not None and may_take(actor, case, state.desk)
    paused = case.entered_at if state.pauses and case.clock_left is not None else None
    person = case.owner_user.name if case.owner_user else ""
    return CaseState(
        label=state.title,
        who=owner_title(case) + (f"（{person}）" if person else "") if case.is_open else "",
        clock=Clock(case.due_at, paused_since=paused) if case.is_open else None,
        tone="danger" if case.is_overdue else "accent" if case.is_open else "calm",
        number=case.number,
        mine=mine,
    )


def steps_for(case: Case, actor: Actor) -> list[Step]:
    """The steps that the actor may take now, in the order of the declaration."""
    if not case.is_open:
        return []
    return [
        step
        for step in case.flow.steps_from(case.state)
        if PLATFORM not in step.by and any(may_take(actor, case, desk) for desk in step.by)
    ]


def actions_for(case: Case, actor: Actor, url: str) -> list[Action]:
    """Buttons; ``url`` has ``{step}`` in it. The first step that moves the case on is the main one."""
    found, main_given = [], False
    for step in steps_for(case, actor):
        moves = step.target(case.state_now) is not case.state_now and not step.danger
        found.append(
            Action(
                key=step.name,
                label=step.title,
                url=url.format(step=step.name),
                main=moves and not main_given,
                tone="danger" if step.danger else "calm",
                asks=step.asks is not Nothing,
                hint=step.hint,
                version=case.version,
            )
        )
        main_given = main_given or moves
    return found


@dataclass(frozen=True)
class Happening:
    """An event with its words: for the sides and, where the step has them, for the resident."""

    event: CaseEvent
    title: str
    resident: str
    state: str
    lasted: str


def happenings(flow: type[Workflow], events: Iterable[CaseEvent]) -> list[Happening]:
    """The story of a case, oldest first, with how long each state had lasted."""
    found: list[Happening] = []
    entered: datetime | None = None
    for event in events:
        step = flow.steps.get(event.step)
        state = flow.states.get(event.to_state)
        moved = event.from_state != event.to_state
        lasted = spell(event.at - entered) if entered and moved and event.at > entered else ""
        found.append(
            Happening(
                event,
                step.title if step else ALARMS.get(event.step, event.step),
                step.resident if step else "",
                state.title if state else event.to_state,
                lasted,
            )
        )
        if moved:
            entered = event.at
    return found


def timeline(
    flow: type[Workflow], events: Iterable[CaseEvent], organizations: dict[int, str], details: Any = None
) -> list[TimelineEntry]:
    """For the page, newest last; ``details(event)`` may add label and text pairs."""
    return [
        TimelineEntry(
            title=f"{h.title} → {h.state}" if h.event.from_state != h.event.to_state else h.title,
            at=h.event.at,
            who=h.event.actor_name,
            organization=organizations.get(h.event.organization_id or 0, ""),
            note=h.event.note,
            tone="danger" if h.event.step == "overdue" else "warn" if h.event.step == "remind" else "calm",
            lasted=h.lasted,
            details=tuple(details(h.event)) if details else (),
        )
        for h in happenings(flow, events)
    ]


def diagram(flow: type[Workflow], case: Case | None = None, passed: Iterable[str] = ()) -> Diagram:
    """The picture of a workflow, with where the case stands."""
    edges = [
        Edge(source.name, target.name, step.title)
        for step in flow.steps.values()
        for source in step.move.sources
        for target in dict.fromkeys([step.target(source), *step.also])
        if target is not source and PLATFORM not in step.by
    ]
    nodes = [Node(state.name, state.title, state.final) for state in flow.states.values()]
    touched = {edge.source for edge in edges} | {edge.target for edge in edges}
    return Diagram(
        [node for node in nodes if node.key in touched or (case and case.state == node.key)],
        edges,
        current=case.state if case else "",
        passed=frozenset(passed),
        title=f"{flow.title}流程图",
    )
