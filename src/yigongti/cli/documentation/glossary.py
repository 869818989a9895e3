"""The generated parts of docs/glossary.md: what the code itself calls things."""

import inspect
from collections.abc import Callable, Iterator, Mapping

from django.apps import apps

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.roles import Role
from yigongti.kernel.cases.declaration import Workflow
from yigongti.kernel.facts.declaration import facts


def models() -> Iterator[str]:
    """Every table of ours with its Chinese name."""
    yield "| Chinese | English | code | room |"
    yield "|---|---|---|---|"
    for model in sorted(apps.get_models(), key=lambda found: (found._meta.app_label, found.__name__)):
        named = model._meta.verbose_name != model._meta.original_attrs.get("verbose_name", "")
        if model.__module__.startswith("yigongti.") and not named:
            yield f"| {model._meta.verbose_name} | {_english(model)} | `{model.__name__}` | `{_room(model)}` |"


def _english(thing: type) -> str:
    """The first sentence of the docstring."""
    told = inspect.getdoc(thing) or thing.__name__
    return told.split("\n")[0].split(". ")[0].split(": ")[0].rstrip(".:").replace("|", "/")


def _room(thing: type) -> str:
    return ".".join(thing.__module__.split(".")[1:3])


def roles() -> Iterator[str]:
    """Every role."""
    yield "| Chinese | code | what they do |"
    yield "|---|---|---|"
    for role in Role.registry.values():
        if role.__module__.startswith("yigongti."):
            yield f"| {role.title} | `{role.code}` | {role.description} |"


def permissions() -> Iterator[str]:
    """Every permission."""
    yield "| Chinese | code |"
    yield "|---|---|"
    for permission in Permission:
        yield f"| {permission.title} | `{permission.value}` |"


def states() -> Iterator[str]:
    """Every state of every workflow."""
    yield "| workflow | Chinese | code |"
    yield "|---|---|---|"
    for flow in sorted(Workflow.registry.values(), key=lambda found: found.name):
        if flow.__module__.startswith("yigongti."):
            for state in flow.states.values():
                yield f"| {flow.title} | {state.title} | `{state.name}` |"


def told() -> Iterator[str]:
    """Every fact."""
    yield "| Chinese | code | one row |"
    yield "|---|---|---|"
    for fact in facts().values():
        yield f"| {fact.title} | `{fact.name}` | {fact.grain} |"


def _part(lines: Callable[[], Iterator[str]]) -> Callable[[], str]:
    return lambda: "\n".join(lines())


PARTS: Mapping[str, Callable[[], str]] = {
    "models": _part(models),
    "roles": _part(roles),
    "permissions": _part(permissions),
    "states": _part(states),
    "facts": _part(told),
}
