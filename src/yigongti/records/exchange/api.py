"""Deliveries over REST: a system hands in files, follows the load, fetches the lines that were not taken, sends them
again corrected.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Header, Path, Query, Router, Schema, Status
from pydantic import AwareDatetime

from yigongti.config import configuration
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.kernel.jobs.services import seen
from yigongti.records.residents.api import needs

from . import queries, rejects
from .keeping import TooLarge
from .models import Load
from .reporting import LINES
from .services import uploading
from .workflow import Delivery

router = Router(tags=["数据交换"])
BLOCK = 1 << 20
FILES = "multipart/form-data"
YES = ("1", "true", "yes", "是")
BODY: dict[str, Any] = {
    "requestBody": {
        "description": "multipart 的 files 字段（一个或多个文件，可为 zip），或者文件内容本身（用 filename 给出名称）",
        "required": True,
        "content": {
            FILES: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "source": {"type": "string"},
                        "mapping": {"type": "string"},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class ProgressOut(Schema):
    """How far the work in the background is."""

    state: str = Field(description="waiting、running、done、failed、stopped")
    stage: str
    done: int
    total: int = Field(description="共多少；0：还不知道")
    error: str


class LoadOut(Schema):
    """A delivery. ``read = accepted + duplicate + rejected + reference``."""

    id: UUID
    number: str
    state: str = Field(
        description="received 已收到、checking 校验入库中、loaded 已入库、refused 已退回、withdrawn 已撤回"
    )
    source: str
    mapping: str
    channel: str
    files: list[dict[str, Any]] = Field(description="每个文件的 name、bytes、sha256")
    read: int
    accepted: int
    duplicate: int
    rejected: int
    reference: int = Field(description="参照行：映射只用来查对（如概念、医务人员），不写入档案")
    reason: str = Field(description="整批退回的原因")
    hint: str
    corrects: UUID | None = Field(description="更正的是哪一次")
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    report: dict[str, Any] = Field(description="各文件、各目标的行数，未读取的文件，拒收原因")
    progress: ProgressOut | None = None

    @classmethod
    def of(cls, load: Load, *, whole: bool = True) -> "LoadOut":
        """The representation; without ``whole`` as in a list."""
        lines = {word: getattr(load, f"lines_{word}") for word in LINES}
        plain = ("id", "number", "state", "mapping", "channel", "files", "reason", "hint", "opened_at", "closed_at")
        job = seen(load.job) if whole and load.is_open else None
        told = ProgressOut(**{n: getattr(job, n) for n in ProgressOut.model_fields}) if job else None
        return cls(
            **{name: getattr(load, name) for name in plain},
            **lines,
            source=load.source_id,
            corrects=load.corrects_id,
            report=load.report if whole else {},
            progress=told,
        )


class LoadsOut(Schema):
    """A page of deliveries, newest first; ``next`` is the ``before`` of the following page."""

    items: list[LoadOut]
    next: UUID | None


class TrialOut(Schema):
    """A trial: nothing will be written. ``job`` is followed at ``/api/jobs/{job}``; its ``result`` is the report."""

    job: UUID


class RejectedOut(Schema):
    """One thing that is wrong with one line."""

    id: int
    file: str
    line: int = Field(description="与表格软件的行号一致，第 1 行是列名")
    target: str
    column: str
    value: str | None
    rule: str
    reason: str
    remedy: str
    content: dict[str, Any] | None = Field(description="整行")
    state: str = Field(description="open 待更正、corrected 已更正")


class RejectedPage(Schema):
    """Lines that were not taken, in their order; ``next`` is the ``after`` of the following page."""

    items: list[RejectedOut]
    next: int | None


Key = Annotated[UUID, Path()]
RequestKey = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]


@router.post(
    "/loads", response={202: LoadOut, 200: LoadOut}, summary="发送数据", url_name="hand_in", openapi_extra=BODY
)
@needs(Permission.EXCHANGE_RECEIVE)
def hand_in(
    request: HttpRequest,
    response: HttpResponse,
    mapping: Annotated[str, Query(max_length=64, description="映射，如 interchange、omop-5.4、fhir-r4")] = "",
    source: Annotated[str, Query(max_length=32, description="来源系统；本机构只有一个时可不写")] = "",
    filename: Annotated[str, Query(max_length=200, description="请求体就是文件时的名称，如 patient.csv")] = "",
    idempotency_key: RequestKey = "",
) -> Status:
    """202 with ``Location``: the load is worked off in the background. 200: the same had been handed in before."""
    actor = _actor(request)
    _short_enough(request)
    given = _fields(request)
    system = uploading.may_deliver(actor, source or given.get("source", ""))
    name = mapping or given.get("mapping", "")
    uploading.checked_mapping(name)
    return _handed(
        response,
        uploading.hand_in_blocks(
            actor,
            system=system,
            mapping=name,
            files=_files(request, filename),
            channel=Load.Channel.API,
            key=idempotency_key,
        ),
    )


@router.post(
    "/trials", response={202: TrialOut}, summary="试接收：只校验，不写入", url_name="try_out", openapi_extra=BODY
)
@needs(Permission.EXCHANGE_RECEIVE)
def try_out(
    request: HttpRequest,
    response: HttpResponse,
    mapping: Annotated[str, Query(max_length=64)] = "",
    source: Annotated[str, Query(max_length=32)] = "",
    filename: Annotated[str, Query(max_length=200)] = "",
) -> Status:
    """The report that a delivery would get: the ``result`` of the job."""
    actor = _actor(request)
    _short_enough(request)
    given = _fields(request)
    job = uploading.begin_trial(
        actor,
        system=uploading.may_deliver(actor, source or given.get("source", "")),
        mapping=mapping or given.get("mapping", ""),
        files=_files(request, filename),
    )
    response["Location"] = f"/api/jobs/{job.pk}"
    return Status(202, TrialOut(job=job.pk))


@router.post(
    "/loads/{load_id}/corrections",
    response={202: LoadOut, 200: LoadOut},
    summary="发送更正后的行",
    url_name="hand_in_corrections",
    openapi_extra=BODY,
)
@needs(Permission.EXCHANGE_RECEIVE)
def hand_in_corrections(
    request: HttpRequest,
    response: HttpResponse,
    load_id: Key,
    filename: Annotated[str, Query(max_length=200)] = "",
    idempotency_key: RequestKey = "",
) -> Status:
    """Lines of an earlier load, corrected: same source, same mapping. Their rejected rows count as sent again."""
    actor = _actor(request)
    _short_enough(request)
    first = uploading.access_load(actor, load_id)
    if first.state != Delivery.loaded.name:
        raise Conflict(f"{first.number} 还没有入库，没有可以更正的行", hint="等它入库后再发送更正")
    return _handed(
        response,
        uploading.hand_in_blocks(
            actor,
            system=first.source,
            mapping=first.mapping,
            files=_files(request, filename),
            channel=Load.Channel.API,
            corrects=first,
            key=idempotency_key,
        ),
    )


@router.get("/loads", response=LoadsOut, summary="数据接收列表", url_name="list_loads")
@needs(Permission.EXCHANGE_RECEIVE)
def list_loads(
    request: HttpRequest,
    state: Annotated[str, Query(max_length=16)] = "",
    source: Annotated[str, Query(max_length=32)] = "",
    before: Annotated[UUID | None, Query(description="上一页的 next")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LoadsOut:
    """Those of one's organisations, newest first, without their reports."""
    rows = queries.loads(_actor(request)).order_by("-pk")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(source=source) if source else rows
    found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    more = len(found) > limit
    return LoadsOut(
        items=[LoadOut.of(one, whole=False) for one in found[:limit]], next=found[limit - 1].pk if more else None
    )


@router.get("/loads/{load_id}", response=LoadOut, summary="一次数据接收", url_name="read_load")
@needs(Permission.EXCHANGE_RECEIVE)
def read_load(request: HttpRequest, load_id: Key) -> LoadOut:
    """State, progress and report."""
    return LoadOut.of(uploading.access_load(_actor(request), load_id))


@router.get("/loads/{load_id}/rejected", response=RejectedPage, summary="拒收的行", url_name="list_rejected")
@needs(Permission.EXCHANGE_RECEIVE)
def list_rejected(
    request: HttpRequest,
    load_id: Key,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> RejectedPage:
    """What is wrong with which line, with the whole line; noted in the audit."""
    actor = _actor(request)
    load = uploading.access_load(actor, load_id)
    note(actor, Entry.Action.EXPORT, subject="exchange:rejected", load=load.number)
    found = list(queries.rejected(load).filter(pk__gt=after).order_by("pk")[: limit + 1])
    return RejectedPage(
        items=[_rejected(one) for one in found[:limit]], next=found[limit - 1].pk if len(found) > limit else None
    )


@router.get("/loads/{load_id}/rejected/file", summary="拒收的行，做成可更正的表格", url_name="read_rejected_file")
@needs(Permission.EXCHANGE_RECEIVE)
def read_rejected_file(
    request: HttpRequest, load_id: Key, form: Annotated[str, Query(alias="format", pattern="^(csv|xlsx)$")] = "csv"
) -> HttpResponse:
    """The same file with columns of line numbers and reasons; several files come as a zip."""
    actor = _actor(request)
    load = uploading.access_load(actor, load_id)
    note(actor, Entry.Action.EXPORT, subject="exchange:rejected", load=load.number)
    return rejects.answer(actor, load, form)


def _rejected(row: Any) -> RejectedOut:
    plain = {name: getattr(row, name) for name in RejectedOut.model_fields if name != "content"}
    return RejectedOut(**plain, content=rejects.whole_line(row))


def _handed(response: HttpResponse, handed: uploading.Handed) -> Status:
    response["Location"] = f"/api/exchange/loads/{handed.load.pk}"
    return Status(200 if handed.repeated else 202, LoadOut.of(handed.load))


def _fields(request: HttpRequest) -> dict[str, Any]:
    return request.POST.dict() if request.content_type == FILES else {}


def _files(request: HttpRequest, filename: str) -> Iterable[tuple[str, Iterable[bytes]]]:
    """The files of a request: of its form, or its body under the name that was given."""
    if request.content_type == FILES:
        return [(file.name or "", file.chunks()) for file in request.FILES.getlist("files")]
    if not filename:
        raise Invalid("没有写明文件名", hint="请求体就是文件时，用 ?filename=patient.csv 给出名称", field="filename")
    return [(filename, _body(request))]


def _body(request: HttpRequest) -> Iterator[bytes]:
    while block := request.read(BLOCK):
        yield block


def _short_enough(request: HttpRequest) -> None:
    """Refuse by the length that the request says, before a byte of it is read."""
    most = configuration().upload_bytes
    said = request.META.get("CONTENT_LENGTH") or "0"
    if said.isdigit() and int(said) > most:
        raise TooLarge(most)


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
