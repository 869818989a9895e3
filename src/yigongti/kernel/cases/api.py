"""The API of every declared workflow: what is declared once answers under ``/api/<workflow>s`` too.

For each workflow: the list, one case, and each step as ``POST /api/<workflow>s/{id}/<step>`` with the step's schema as
body. ``Idempotency-Key`` makes a repeated request harmless, ``If-Match`` refuses when someone else was faster.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Path, Query, Router, Schema

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.kinds import declare
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import Invalid, NotFound

from .advance import advance
from .declaration import PLATFORM, Nothing, Step, Workflow
from .models import Case, Priority
from .presentation import steps_for
from .worklists import visible

LONGEST_PAGE = 200
KEY = "Idempotency-Key"
MATCH = "If-Match"


class StepOut(Schema):
    """A step that the caller may take now."""

    name: str
    title: str


class CaseOut(Schema):
    """A case as it stands. ``version`` goes into ``If-Match`` of the next step."""

    id: UUID
    number: str
    workflow: str
    state: str
    title: str = Field(description="名称和状态，如“上转 待接收”")
    owner: str = Field(description="由哪个岗位办理；办结后为空")
    owner_organization_id: int | None = Field(description="由哪个机构办理；办结后为空")
    due_at: datetime | None
    version: int
    priority: Priority
    resident_id: UUID | None
    opened_at: datetime
    closed_at: datetime | None
    steps: list[StepOut] = Field(description="调用者现在可以办理的步骤")


class CasesOut(Schema):
    """A page of cases, oldest first; ``next`` is the ``after`` of the following page, empty on the last."""

    items: list[CaseOut]
    next: UUID | None


def case_out(case: Case, actor: Actor) -> CaseOut:
    """The representation of a case for a caller; no statement."""
    state = case.state_now
    return CaseOut(
        id=case.pk,
        number=case.number,
        workflow=case.workflow,
        state=case.state,
        title=f"{case.flow.title} {state.title}",
        owner=state.desk.title if state.desk else "",
        owner_organization_id=case.owner_organization_id,
        due_at=case.due_at,
        version=case.version,
        priority=Priority(case.priority),
        resident_id=case.resident_id,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        steps=[StepOut(name=step.name, title=step.title) for step in steps_for(case, actor)],
    )


def version_of(match: str | None) -> int | None:
    """The version in an ``If-Match`` header: ``"3"`` or ``3``. Raises Invalid."""
    if match is None or match.strip() == "*":
        return None
    text = match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid('If-Match 应为事项的版本号，如 "3"', field=MATCH)
    return int(text)


def tagged(case: Case, actor: Actor, response: HttpResponse) -> CaseOut:
    """The representation, with the version as ETag."""
    response["ETag"] = f'"{case.version}"'
    return case_out(case, actor)


def readable(actor: Actor, flow: type[Workflow]) -> Any:
    """The cases of a workflow that the actor may read. Raises Forbidden without the workflow's permission."""
    if flow.read is None:
        return visible(actor, flow.table()).filter(workflow=flow.name)
    actor.require(flow.read)
    return visible(actor, flow.table(), flow.read).filter(workflow=flow.name)


def add_reading(router: Router, flow: type[Workflow]) -> None:
    """The list and the single case of a workflow."""
    base = f"/{flow.name}s"

    def cases(
        request: HttpRequest,
        state: Annotated[str, Query(max_length=32, description="只要这个状态的")] = "",
        after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    ) -> CasesOut:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        found = readable(actor, flow).order_by("pk")
        if state:
            found = found.filter(state=state)
        if after:
            found = found.filter(pk__gt=after)
        rows = list(found[: limit + 1])
        more = rows[limit - 1].pk if len(rows) > limit else None
        return CasesOut(items=[case_out(case, actor) for case in rows[:limit]], next=more)

    def one(request: HttpRequest, response: HttpResponse, case_id: Annotated[UUID, Path()]) -> CaseOut:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = readable(actor, flow).filter(pk=case_id).first()
        if case is None:
            raise NotFound(f"没有找到这件{flow.title}，或者它不在您的权限范围内")
        if case.resident_id:
            reading(actor, resident_id=case.resident_id, page=f"api:{flow.name}")
        return tagged(case, actor, response)

    declare({f"api:{flow.name}": f"{flow.title}（接口）"})
    wanted = [flow.read] if flow.read else []
    _declare(router, "GET", base, cases, flow, f"列出{flow.title}", CasesOut, wanted)
    _declare(router, "GET", f"{base}/{{case_id}}", one, flow, f"查看{flow.title}", CaseOut, wanted)


def add_step(router: Router, flow: type[Workflow], step: Step) -> None:
    """One declared step as a command."""

    def run(
        request: HttpRequest,
        response: HttpResponse,
        case_id: UUID,
        data: Any,
        key: UUID | None,
        match: str | None,
    ) -> CaseOut:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        outcome = advance(actor, flow, case_id, step.name, data, version=version_of(match), key=key)
        if outcome.repeated:
            response["Idempotency-Replayed"] = "true"
        return tagged(outcome.case, actor, response)

    def asking(  # the schema of the body is the step's own
        request: HttpRequest,
        response: HttpResponse,
        case_id: Annotated[UUID, Path()],
        data: step.asks,  # type: ignore[name-defined]
        key: Annotated[UUID | None, Header(alias=KEY)] = None,
        match: Annotated[str | None, Header(alias=MATCH)] = None,
    ) -> CaseOut:
        return run(request, response, case_id, data, key, match)

    def plain(
        request: HttpRequest,
        response: HttpResponse,
        case_id: Annotated[UUID, Path()],
        key: Annotated[UUID | None, Header(alias=KEY)] = None,
        match: Annotated[str | None, Header(alias=MATCH)] = None,
    ) -> CaseOut:
        return run(request, response, case_id, None, key, match)

    view: Callable[..., Any] = plain if step.asks is Nothing else asking
    wanted = [desk.permission for desk in step.by]
    _declare(router, "POST", f"/{flow.name}s/{{case_id}}/{step.name}", view, flow, step.title, CaseOut, wanted)


def _declare(
    router: Router,
    method: str,
    path: str,
    view: Callable[..., Any],
    flow: type[Workflow],
    title: str,
    out: type[Schema],
    wanted: list[Permission],
) -> None:
    """Mount a view; ``permission`` on it is what the generated access test reads."""
    name = path.strip("/").replace("/{case_id}", "_case").replace("/", "_").replace("-", "_")
    view.__name__ = view.__qualname__ = f"{method.lower()}_{name}"
    view.permission = tuple(dict.fromkeys(wanted))  # type: ignore[attr-defined]
    router.api_operation([method], path, response=out, summary=title, tags=[flow.title], url_name=view.__name__)(view)


router = Router()
for workflow in Workflow.registry.values():
    add_reading(router, workflow)
    for declared in workflow.steps.values():
        if PLATFORM not in declared.by:
            add_step(router, workflow, declared)
