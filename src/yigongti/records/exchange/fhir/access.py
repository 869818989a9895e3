"""Who calls: a system with a token, what its scopes open, and the note that every reading leaves.

Scopes are those of SMART backend services: ``system/Patient.read``, ``system/*.read``, ``system/Observation.write`` …
They open nothing under ``/api/``. The permissions of the platform (``record.read``) open here what they open there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.tokens import actor_of_token, bearer_of
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import grounds
from yigongti.kernel.errors import Forbidden, YigongtiError

from .resources import RESOURCES

IDENTIFIERS = "system/Patient.identifiers"
READ = frozenset({Permission.RECORD_READ, Permission.RESIDENT_SEARCH, Permission.REGISTRY_READ})
WRITE = frozenset({Permission.RECORD_WRITE, Permission.EXCHANGE_RECEIVE})


class Unknown(YigongtiError):
    """Nobody, or a token that is not in force."""

    status = 401
    kind = "login"


@dataclass(frozen=True)
class Caller:
    """A system at its organisation, with the scopes of its token."""

    actor: Actor
    scopes: frozenset[str]

    def may(self, type_: str, access: str) -> bool:
        """Whether the token opens a type for ``read`` or ``write``."""
        wanted = {f"system/{kind}.{what}" for kind in (type_, "*") for what in (access, "*")}
        return bool(self.scopes & (wanted | {_permission(type_, access)}))

    def require(self, type_: str, access: str) -> None:
        """Raise Forbidden unless the token opens the type."""
        if not self.may(type_, access):
            raise Forbidden(
                f"令牌没有范围 system/{type_}.{access}", hint="请管理员在“接入系统”里加上这个范围，再换取令牌"
            )

    def readable(self, types: Iterable[str]) -> list[str]:
        """Those of the types that the token opens for reading."""
        return [one for one in types if self.may(one, "read")]

    @property
    def unmasked(self) -> bool:
        """Whether identity number, phone and address leave as they are."""
        return IDENTIFIERS in self.scopes


def _permission(type_: str, access: str) -> str:
    if access == "write":
        return Permission.RECORD_WRITE.value
    kind = RESOURCES.get(type_)
    if kind is None or not kind.resident.startswith("NULL"):
        return (Permission.RESIDENT_SEARCH if type_ == "Patient" else Permission.RECORD_READ).value
    return Permission.REGISTRY_READ.value


def caller_of(request: HttpRequest) -> Caller:
    """The system behind a request. Raises :class:`Unknown`.

    Inside, the permissions that its scopes stand for hold; row-level security shows what its organisation may see.
    """
    token = bearer_of(request)
    actor = actor_of_token(token) if token else None
    if actor is None:
        raise Unknown("没有令牌，或令牌已失效", hint="用 client_id 和密钥到 /api/token 换取令牌")
    scopes = actor.scopes or frozenset()
    implied = READ | (WRITE if any(scope.endswith((".write", ".*")) for scope in scopes) else frozenset())
    if not scopes & set(READ | WRITE) and not any(scope.startswith("system/") for scope in scopes):
        implied = frozenset()
    return Caller(replace(actor, scopes=scopes | implied), scopes)


def scopes() -> dict[str, str]:
    """Every scope that a system can be given here, with its title."""
    found = {"system/*.read": "FHIR：读全部类型", "system/*.write": "FHIR：写全部类型"}
    found |= {f"system/{kind.type}.read": f"FHIR：读{kind.title}" for kind in RESOURCES.values()}
    found |= {f"system/{kind.type}.write": f"FHIR：写{kind.title}" for kind in RESOURCES.values() if kind.write}
    return found | {IDENTIFIERS: "FHIR：证件号码、电话和住址不打码"}


ADDRESSES = {
    "metadata": "能力声明",
    "smart": "授权说明",
    "export": "批量导出",
    "patient-export": "批量导出居民",
    "group-export": "批量导出一家机构的居民",
    "export-status": "批量导出的进度",
    "export-file": "批量导出的文件",
    "match": "匹配居民",
    "everything": "一位居民的全部内容",
    "binary": "文档内容",
    "search": "查询",
    "version": "读一个版本",
    "history": "读历史版本",
    "type": "查询或新增",
    "resource": "读或更新",
    "root": "批量或事务",
    "nothing": "没有的地址",
}


def titles() -> dict[str, str]:
    """What the audit calls a reading through FHIR, and its addresses."""
    words = {"read": "读", "search": "查询", "history": "读历史版本："}
    named = {kind.type: kind.title for kind in RESOURCES.values()} | {"Binary": "文档内容"}
    read = {
        f"fhir:{verb}-{kind}": f"FHIR {word}{title}" for verb, word in words.items() for kind, title in named.items()
    }
    return read | {f"fhir:{name}": f"FHIR {title}" for name, title in ADDRESSES.items()}


WROTE = """
INSERT INTO audit_entry (at, user_id, organization_id, action, subject, subject_id, resident_id, purpose, data)
SELECT clock_timestamp(), %s, %s, %s, %s, whose::text, whose, %s, coalesce(({ground}), '{{}}')
FROM unnest(%s::uuid[]) entry(whose)
"""


def note_reading(
    caller: Caller, page: str, residents: Iterable[UUID | None], action: Entry.Action = Entry.Action.READ
) -> None:
    """One entry for each resident of a request; one statement."""
    about = sorted({one for one in residents if one is not None})
    if about:
        actor = caller.actor
        with connection.cursor() as cursor:
            cursor.execute(
                WROTE.format(ground=grounds()),
                [actor.user_id, actor.organization_id, action.value, f"fhir:{page}", actor.purpose, about],
            )
