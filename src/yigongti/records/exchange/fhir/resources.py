"""What a resource is made of: a table, an expression for each element, and the parameters that find it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from yigongti.kernel.errors import YigongtiError

from . import pieces
from .coming import as_it_came

Finish = Callable[[list[dict[str, Any]], list[tuple[Any, ...]], bool], None]


class Unsupported(YigongtiError):
    """A type, an interaction or a parameter that this server does not have."""

    status = 404
    kind = "not-supported"


@dataclass(frozen=True)
class Parameter:
    """A search parameter.

    ``kind`` is FHIR's (token, date, reference, string, special); ``sql`` the column or columns that are compared:
    token ``(system, code)`` pairs or one column, date one column or start and end, reference one column.
    ``target`` is the type a reference names, ``codes`` what the house keeps for FHIR's codes.
    """

    name: str
    kind: str
    sql: tuple[str, ...]
    title: str = ""
    target: str = ""
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    build: str = ""


@dataclass(frozen=True)
class Resource:
    """A FHIR type as rows of a table ``e``.

    ``body`` is element to SQL; ``key`` the SQL of the logical id, ``row`` the table's own key; ``current`` what is in
    force; ``sealed`` encrypted columns that :attr:`finish` opens and fills in. ``write`` is the target that receives
    the type (empty: read only); ``unkept`` says what of FHIR has no column.
    ``concept`` is the element whose codings are ours and the sender's together.
    """

    type: str
    title: str
    table: str
    body: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    joins: str = ""
    key: str = "e.id"
    row: str = "e.id"
    row_type: str = "uuid"
    current: str = "true"
    updated: str = "NULL::timestamptz"
    version: str = "1"
    resident: str = "NULL::uuid"
    tags: str = "NULL"
    sealed: tuple[str, ...] = ()
    finish: Finish | None = None
    write: str = ""
    chained: bool = False
    unkept: str = ""
    at: str = ""
    concept: str = ""

    @cached_property
    def document(self) -> str:
        """The resource as SQL (jsonb): what our columns say, with what was kept of it as it came."""
        return as_it_came(self.made, self.concept) if self.chained else self.made

    @cached_property
    def made(self) -> str:
        """What our columns say, as SQL (jsonb)."""
        meta = pieces.made(
            versionId=f"({self.version})::text",
            lastUpdated=pieces.fine_instant(f"({self.updated})"),
            source=self.tags,
        )
        members = {"resourceType": pieces.literal(self.type), "id": f"({self.key})::text", "meta": meta, **self.body}
        return f"jsonb_strip_nulls({pieces.made(**members)})"

    def select(self, where: Sequence[str] = (), *, current: bool = True, sort: str = "", more: str = "") -> str:
        """The statement: row key, logical id, resident, resource as text, sort value, then the sealed columns."""
        conditions = [*([self.current] if current else []), *where]
        columns = [f"{self.row} AS row_key", f"({self.key})::text AS key", f"{self.resident} AS resident"]
        columns += [f"({self.document})::text AS resource", f"{sort or 'NULL'} AS sorted", *self.sealed]
        return (
            f"SELECT {', '.join(columns)} FROM {self.table} e {self.joins} "
            f"WHERE {' AND '.join(f'({c})' for c in conditions) or 'true'} {more}"
        )

    @cached_property
    def by_name(self) -> Mapping[str, Parameter]:
        """Parameters by name."""
        return {parameter.name: parameter for parameter in self.parameters}

    @property
    def references(self) -> Iterable[Parameter]:
        """Parameters that lead to other resources."""
        return (one for one in self.parameters if one.kind == "reference")

    def same(self) -> str:
        """SQL: the row whose logical or later key is the parameter."""
        if not self.chained:
            return f"{self.row} = %s"
        return f"{self.row} IN {pieces.latest(self.table)}"


RESOURCES: dict[str, Resource] = {}


def declare(*made: Resource) -> None:
    """Add types to the server."""
    RESOURCES.update({one.type: one for one in made})


def resource(type_: str) -> Resource:
    """The declared type. Raises :class:`Unsupported` with the list of those that are there."""
    try:
        return RESOURCES[type_]
    except KeyError:
        known = "、".join(RESOURCES)
        raise Unsupported(f"本平台不提供资源类型 {type_[:64]}", hint=f"支持：{known}") from None
