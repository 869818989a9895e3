"""Residents over the API: find, read, register, receive. Names and numbers are posted and stand in no address."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Path, Router, Schema, Status

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound

from . import queries, services
from .access import access_resident
from .display import masked_number, masked_phone
from .documents import DocumentKind
from .models import Resident

router = Router(tags=["居民"])
View = TypeVar("View", bound=Callable[..., Any])


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Say on a view which permissions open it; the generated access test reads this."""

    def mark(view: View) -> View:
        view.permission = permissions  # type: ignore[attr-defined]
        return view

    return mark


class ResidentOut(Schema):
    """A resident; numbers are masked."""

    id: UUID
    number: str = Field(description="健康档案号")
    name: str
    sex: str = Field(description="GB/T 2261.1")
    birth_date: date
    birth_estimated: bool
    identity_kind: str = Field(description="证件类型，CV02.01.101；90–94 为平台自定")
    masked_id: str
    masked_phone: str
    area_code: str | None
    died_on: date | None
    moved_on: date | None
    version: int

    @classmethod
    def of(cls, resident: Resident) -> "ResidentOut":
        """The representation."""
        plain = ("id", "number", "name", "sex", "birth_date", "birth_estimated", "identity_kind")
        later = ("died_on", "moved_on", "version")
        return cls(
            **{name: getattr(resident, name) for name in (*plain, *later)},
            masked_id=masked_number(resident),
            masked_phone=masked_phone(resident),
            area_code=resident.area_id,
        )


class SearchIn(Schema):
    """What is looked for: a name, pinyin, initials, a document number, a phone, our number or a health code."""

    q: str = Field(min_length=1, max_length=120)
    limit: int = Field(20, ge=1, le=50)


class RegisterIn(Schema):
    """A person with a document."""

    name: str = Field(min_length=1, max_length=64)
    id_number: str = Field(min_length=2, max_length=40)
    identity_kind: DocumentKind = Field(DocumentKind.ID_CARD)
    sex: str = Field("", max_length=1, description="身份证可不填")
    birth_date: date | None = Field(None, description="身份证可不填")
    phone: str = Field("", max_length=32)
    area_code: str | None = Field(None, max_length=12)
    address: str = Field("", max_length=128)


class ShownIn(Schema):
    """What the person showed at the desk: one of the two."""

    id_number: str = Field("", max_length=40)
    health_code: str = Field("", max_length=120)


@router.post("/search", response=list[ResidentOut], summary="查找居民", url_name="search_residents")
@needs(Permission.RESIDENT_SEARCH)
def search_residents(request: HttpRequest, data: SearchIn) -> list[ResidentOut]:
    """Residents of the caller's organisations, best first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    with acting(actor):
        return [ResidentOut.of(resident) for resident in queries.search(actor, data.q, data.limit)]


@router.post("/", response={201: ResidentOut}, summary="登记居民", url_name="register_resident")
@needs(Permission.RESIDENT_REGISTER)
def register_resident(request: HttpRequest, data: RegisterIn) -> Status:
    """A document that has a record already answers 409 ``already-registered`` with the id of the record."""
    given = data.model_dump()
    given["address"] = given["address"] or None
    return Status(201, ResidentOut.of(services.register(request.actor, **given)))  # type: ignore[attr-defined]


@router.post("/receive", response=ResidentOut, summary="接诊：凭证件或健康码打开档案", url_name="receive_resident")
@needs(Permission.RESIDENT_SEARCH, Permission.RECORD_READ)
def receive_resident(request: HttpRequest, data: ShownIn) -> ResidentOut:
    """The person who shows this document or code came to the caller's organisation."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = services.present(actor, id_number=data.id_number, health_code=data.health_code)
    if not found:
        raise NotFound("这个证件还没有建档", hint="请先登记居民")
    with acting(actor):
        return ResidentOut.of(services.receive(actor, ticket=found[0].ticket))


@router.get("/me", response=ResidentOut, summary="查看本人", url_name="read_myself")
@needs(Permission.OWN_RECORD)
def read_myself(request: HttpRequest, response: HttpResponse) -> ResidentOut:
    """The resident who is logged in; the ``id`` opens the own record under ``/record``."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.resident_id is None:
        raise NotFound("您的账号没有对应的健康档案", hint="请用居民本人的账号登录")
    return read_resident(request, response, actor.resident_id)


@router.get("/{resident_id}", response=ResidentOut, summary="查看居民", url_name="read_resident")
@needs(Permission.RECORD_READ, Permission.OWN_RECORD)
def read_resident(request: HttpRequest, response: HttpResponse, resident_id: Annotated[UUID, Path()]) -> ResidentOut:
    """One resident, with the version as ETag. Residents reach themselves."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    resident = access_resident(actor, resident_id)
    reading(actor, resident_id=resident.pk, page="api:read_resident")
    response["ETag"] = f'"{resident.version}"'
    return ResidentOut.of(resident)
