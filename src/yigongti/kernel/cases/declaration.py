"""How a workflow is declared: states, desks, steps. No behaviour here; :mod:`.advance` interprets it.

A workflow reads like the agreement between two organisations::

    class UpReferral(Workflow):
        draft = State("草稿", desk=SENDER)
        submitted = State("待接收", desk=OFFICE, limit="accept")
        submit = Step("提交", draft >> submitted, by=[SENDER], asks=Submission, guard=passes_quality_gate)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from pydantic import BaseModel

from yigongti.kernel.access.permissions import Permission

if TYPE_CHECKING:
    from .models import Case


class Party(StrEnum):
    """The sides of a case."""

    HOME = "home"
    COUNTERPART = "counterpart"
    OWNER = "owner"  # whoever owes the next step now
    RESIDENT = "resident"  # the person whom the case is about, on their own pages; never owes a step
    SYSTEM = "system"


@dataclass(frozen=True)
class Desk:
    """Who does something: a party's people with a permission, named as people name them (转诊办)."""

    title: str
    party: Party
    permission: Permission


#: the platform itself: escalations, automatic closing
PLATFORM = Desk("平台", Party.SYSTEM, Permission.SYSTEM_OPERATE)


class Nothing(BaseModel):
    """A step that asks for nothing."""


@dataclass(frozen=True, eq=False)
class State:
    """A state: Chinese label, the desk that owes the next step, its time limit, the resident's words.

    ``limit`` is the name of a clock; a state with ``pauses`` keeps what was left of the clock it interrupts.
    """

    title: str
    desk: Desk | None = None
    limit: str = ""
    pauses: bool = False
    resident: str = ""
    name: str = field(default="", init=False)

    @property
    def final(self) -> bool:
        return self.desk is None

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def __or__(self, other: "State | States") -> "States":
        return States((self,)) | other

    def __rshift__(self, target: "State") -> "Move":
        return Move((self,), target)


@dataclass(frozen=True)
class States:
    """Several states from which the same step leads on."""

    states: tuple[State, ...]

    def __or__(self, other: "State | States") -> "States":
        return States(self.states + (other.states if isinstance(other, States) else (other,)))

    def __rshift__(self, target: State | None) -> "Move":
        return Move(self.states, target)


@dataclass(frozen=True)
class Move:
    """From any of ``sources`` to ``target``; None means: stay."""

    sources: tuple[State, ...]
    target: State | None


def stay(*sources: State) -> Move:
    """The step leaves the state as it is."""
    return Move(sources, None)


#: of the case, the actor and the validated data; a room knows its own model of the case
Guard = Callable[[Any, Any, Any], None]
Effect = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, eq=False)
class Step:
    """A transition: who may (any of ``by``), what it asks, a guard that refuses, an effect inside the transaction.

    ``guard(case, actor, data)`` raises; ``does(case, actor, data)`` changes the case in memory and writes what
    belongs to it; it may answer with one of the states in ``also``, when the agreement leaves more than one way on.
    ``resets`` starts the clock of the state anew on a step that stays. ``beyond``: the effect reaches rows that the
    actor does not see (other organisations' rows of the resident); it has the platform's reach, in the actor's name.
    """

    title: str
    move: Move
    by: Sequence[Desk]
    asks: type[BaseModel] = Nothing
    guard: Guard | None = None
    does: Effect | None = None
    also: Sequence[State] = ()
    resident: str = ""
    danger: bool = False
    resets: bool = False
    beyond: bool = False
    hint: str = ""
    name: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    def leads_from(self, state: State) -> bool:
        return state in self.move.sources

    def target(self, state: State) -> State:
        return self.move.target or state


@dataclass(frozen=True)
class Rung:
    """A rung of the escalation: ``after`` the deadline, whoever holds ``role`` at the owner is told too."""

    after: timedelta
    role: str
    title: str


@dataclass(frozen=True)
class Clock:
    """A time limit: ``limit`` until overdue, ``warn`` until the reminder, then up the ``ladder``."""

    limit: timedelta
    warn: timedelta
    ladder: tuple[Rung, ...] = ()


class Workflow:
    """A declared workflow. Subclass it in a room's ``workflow.py``; ``name`` and ``model`` tie it to its table.

    ``read`` is the permission to read its cases through the API, besides being one of their parties.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[str]
    number_prefix: ClassVar[str]
    read: ClassVar[Permission | None] = None
    states: ClassVar[dict[str, State]]
    steps: ClassVar[dict[str, Step]]
    registry: ClassVar[dict[str, type["Workflow"]]] = {}

    def __init_subclass__(cls, *, shared: bool = False) -> None:
        """Collect and check the declaration; a ``shared`` base of several workflows is not one itself."""
        if shared:
            return
        cls.states = {n: v for n, v in vars(cls).items() if isinstance(v, State)}
        cls.steps = {n: v for n, v in vars(cls).items() if isinstance(v, Step)}
        for step in cls.steps.values():
            ends = {*step.move.sources, *step.also, *([step.move.target] if step.move.target else [])}
            if unknown := ends - set(cls.states.values()):
                raise TypeError(f"{cls.__name__}.{step.name} leads from or to states of another workflow: {unknown}")
            if finals := [s.name for s in step.move.sources if s.final]:
                raise TypeError(f"{cls.__name__}.{step.name} leaves the final state {finals}")
        Workflow.registry[cls.name] = cls

    @classmethod
    def table(cls) -> type["Case"]:
        """The model of the cases."""
        return apps.get_model(cls.model)

    @classmethod
    def steps_from(cls, state: str) -> Iterable[Step]:
        """The steps that lead on from a state, in the order of the declaration."""
        here = cls.states[state]
        return [step for step in cls.steps.values() if step.leads_from(here)]

    @classmethod
    def clock(cls, case: Any, limit: str) -> Clock | None:
        """The time limit named ``limit`` for this case. Rooms answer from policy."""
        return None

    @classmethod
    def organization_of(cls, case: Any, party: Party) -> int | None:
        """The organisation that stands for a party of the case."""
        return {
            Party.HOME: case.home_organization_id,
            Party.COUNTERPART: case.counterpart_organization_id,
            Party.OWNER: case.owner_organization_id,
        }.get(party)
