"""The page of a step: made from its declaration, the same in every room."""

from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.navigation import allowed

from .advance import advance, may_take
from .declaration import PLATFORM, Nothing, Step
from .models import Case

C = TypeVar("C", bound=Case)


class StepView(CommandView, Generic[C]):
    """Any step of a case: what it asks is its form, what it is called is its title and its button.

    A room says in :meth:`find` which case the address means; the address has the name of the step as ``step``.
    """

    schema: ClassVar[type[BaseModel]] = Nothing
    #: steps with a page of their own
    elsewhere: ClassVar[frozenset[str]] = frozenset()
    #: the notice after success, with the title of the step
    said: ClassVar[str] = "“{}”已办理。"

    def find(self, actor: Actor) -> C:
        """The case of the address, within reach of the actor. Raises NotFound, Forbidden."""
        raise TypeError(f"{type(self).__name__} declares no find(actor)")

    @cached_property
    def case(self) -> C:
        """The case of the address."""
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        with acting(actor):
            return self.find(actor)

    @cached_property
    def step(self) -> Step:
        """The step of the address. Raises NotFound, Forbidden."""
        step = self.case.flow.steps.get(self.kwargs["step"])
        if step is None or PLATFORM in step.by or step.name in self.elsewhere:
            raise NotFound("没有这一步", hint="请从页面上的按钮进入")
        if not any(may_take(self.request.actor, self.case, desk) for desk in step.by):  # type: ignore[attr-defined]
            raise Forbidden(f"“{step.title}”由{self.whose}{'、'.join(desk.title for desk in step.by)}办理")
        return step

    @property
    def whose(self) -> str:
        """Whose desks they are that take a step, where their titles do not say it."""
        return ""

    @property
    def back(self) -> str:
        """Where the case is."""
        return str(self.case.get_absolute_url())  # type: ignore[attr-defined]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        actor = getattr(request, "actor", None)
        if actor is not None and allowed(actor, type(self).permission):
            self.schema = self.step.asks  # type: ignore[misc]
            self.title = self.submit = self.step.title  # type: ignore[misc]
            self.done = self.said.format(self.step.title)  # type: ignore[misc]
            self.tone = "danger" if self.step.danger else "primary"  # type: ignore[misc]

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What the button already knows, told in its address."""
        return {name: self.request.GET[name] for name in self.schema.model_fields if name in self.request.GET}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"version": self.case.version, "cancel": self.back, "hint": self.step.hint}

    def run(self, actor: Actor, data: BaseModel, *, key: str, version: int | None) -> str:
        """Take it."""
        request = UUID(key) if key else None
        advance(actor, self.case.flow, self.case.pk, self.step.name, data, version=version, key=request)
        return self.back
