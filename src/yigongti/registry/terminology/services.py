"""Code systems and single concepts; whole lists are loaded by :mod:`.loading`."""

from datetime import date

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.storing import finish, locked, store
from yigongti.registry.terminology.models import CodeSystem, Concept


def define_system(actor: Actor, *, code: str, name: str, version: str = "", source: str = "") -> CodeSystem:
    """Define a code system, or correct the one with this code."""
    with acting(actor):
        actor.require(Permission.TERMINOLOGY_EDIT)
        system = CodeSystem.objects.select_for_update().filter(pk=code).first() or CodeSystem(code=code)
        return store(system, name=name, version=version, source=source)


def add_concept(actor: Actor, *, system: CodeSystem, code: str, name: str, parent_code: str = "") -> Concept:
    """Add one concept."""
    with acting(actor):
        actor.require(Permission.TERMINOLOGY_EDIT)
        return store(Concept(system=system, code=code, name=name, parent_code=parent_code))


def edit_concept(actor: Actor, *, concept: Concept, name: str, parent_code: str = "") -> Concept:
    """Correct a concept's name or parent; the code never changes."""
    with acting(actor):
        actor.require(Permission.TERMINOLOGY_EDIT)
        return store(locked(concept), name=name, parent_code=parent_code)


def retire_concept(actor: Actor, *, concept: Concept, on: date | None = None) -> Concept:
    """From a day on the concept is not offered any more; what was recorded with it stays readable."""
    with acting(actor):
        actor.require(Permission.TERMINOLOGY_EDIT)
        return finish(concept, on or clock.today(), until="retired_on")
