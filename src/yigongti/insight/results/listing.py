"""The records behind a number as a person may see them: names within the reader's rights, the rest without persons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.timezone import localtime

from yigongti.insight.indicators.dictionary import FactTable
from yigongti.insight.warehouse import reading
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note, readings
from yigongti.kernel.errors import Forbidden, NotFound
from yigongti.kernel.facts.declaration import facts
from yigongti.records.residents.models import Resident
from yigongti.registry.organizations.models import Organization

from .models import Result
from .records import Asked, records
from .telling import WHY_HIDDEN, plain
from .told import Told, side_named

PER_PAGE = 25
DEEPEST = 100_000
LONG = 60
RESIDENT = "resident_id"
PAGE = "results:records"
Cell = tuple[str, str]
"""What is shown, and where it leads (empty: nowhere)."""


@dataclass(frozen=True)
class Listing:
    """A page of records: heads, rows, how many there are, and what the reader does not see."""

    heads: tuple[str, ...]
    rows: list[list[Cell]]
    total: int
    notice: str


def listing(actor: Actor, told: Told, name: str, page: int) -> Listing:
    """The records of numerator or denominator. Raises NotFound, and Forbidden where so few could tell who is meant."""
    side = side_named(told, name)
    number = getattr(told.result, name, None)
    if told.result is not None and told.hides(told.result):
        raise Forbidden("这个数不对您显示，也不能打开它的记录", hint=WHY_HIDDEN)
    if told.run is None:
        raise NotFound("指标还没有计算过", hint="平台启动后会自动计算，请稍后再来")
    total = int(number) if number is not None and side.parsed.kind not in ("sum", "max") else None
    shelf = reading.shelf()
    with shelf.reading(told.run.snapshot) as snapshot:
        asked = Asked(side, told.unit.level, told.unit.key, told.period, snapshot, total)
        found = records(shelf, asked, told.dictionary, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    named = actor.may(Permission.RECORD_READ)
    columns = [c for c in found.columns if not _bare(found.fact, c) and (named or not _personal(found.fact, c))]
    names = _residents(found.rows) if named and RESIDENT in columns else {}
    organizations = _organizations(told, found.rows)
    personal = {column for column in columns if column != RESIDENT and _personal(found.fact, column)}
    rows = [
        [
            _cell(found.fact, column, row[column], names, organizations)
            if column not in personal or RESIDENT not in row or _key(row) in names
            else ("—", "")
            for column in columns
        ]
        for row in found.rows
    ]
    shown = f"{told.measure.code}/{told.unit.level}-{told.unit.key}/{told.period}/{name}"
    note(
        actor,
        Entry.Action.READ,
        subject=PAGE,
        subject_id=str(told.measure.pk),
        number=number,
        page=page,
        rows=len(rows),
    )
    readings(actor, residents=names, page=PAGE, number=shown)
    heads = tuple(_head(found.fact, column) for column in columns)
    return Listing(heads, rows, found.total, _notice(named, found.rows, names, columns))


def _notice(named: bool, rows: list[dict[str, Any]], names: Mapping[UUID, Resident], columns: Iterable[str]) -> str:
    if not named:
        return "您的角色不看病历：记录不含个人信息。"
    if RESIDENT in columns and len(names) < len({row[RESIDENT] for row in rows}):
        return "没有诊疗关系的居民不显示姓名和个人信息。"
    return ""


def _personal(fact: FactTable, column: str) -> bool:
    """Whether a column says something of one person: the declaration of the room or the step knows."""
    from yigongti.insight.warehouse.derived import steps

    declared = facts().get(fact.name) or steps().get(fact.name)
    known = {c.name: c for c in declared.columns} if declared else {}
    return column == fact.key or (column in known and known[column].personal)


def _bare(fact: FactTable, column: str) -> bool:
    """Whether a column holds identifiers that tell a reader nothing."""
    return fact.columns[column].type == "uuid" and column != RESIDENT


def _key(row: Mapping[str, Any]) -> UUID | None:
    """Whose row it is."""
    return UUID(row[RESIDENT]) if row.get(RESIDENT) else None


def _head(fact: FactTable, column: str) -> str:
    told = fact.columns[column]
    return f"{told.title or column}{f'（{told.unit}）' if told.unit else ''}"


def _residents(rows: list[dict[str, Any]]) -> dict[UUID, Resident]:
    """The residents whom the reader may see, by row-level security."""
    keys = {UUID(row[RESIDENT]) for row in rows if row.get(RESIDENT)}
    return {one.pk: one for one in Resident.objects.filter(pk__in=keys)}


def _organizations(told: Told, rows: list[dict[str, Any]]) -> dict[int, str]:
    """The names of organisations, but for those whose own number is not for the reader: they could be counted out."""
    keys = {value for row in rows for name, value in row.items() if name.endswith("organization_id") and value}
    units = Result.objects.filter(
        measure=told.measure, period=told.period, stratum="", unit__organization_id__in=keys
    ).select_related("unit")
    closed = {one.unit.organization_id for one in units if told.hides(one)}
    names = {one.pk: str(one) for one in Organization.objects.filter(pk__in=keys)}
    return {pk: "（人数少，不显示）" if pk in closed else name for pk, name in names.items()}


def _cell(
    fact: FactTable, column: str, value: Any, names: Mapping[UUID, Resident], organizations: Mapping[int, str]
) -> Cell:
    if column == RESIDENT and value is not None:
        one = names.get(UUID(value))
        return (one.name, reverse("record:resident", args=[one.pk])) if one else ("（无诊疗关系）", "")
    if column.endswith("organization_id") and value is not None:
        return organizations.get(value, str(value)), ""
    if fact.stock and column == fact.time and isinstance(value, date):
        return f"{value:%Y-%m}", ""
    return _text(fact.columns[column].choices, value), ""


def _text(choices: Mapping[str, str], value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return f"{localtime(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{value:%Y-%m-%d}"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "—"
    if isinstance(value, str):
        return choices.get(value, value if len(value) < LONG else f"{value[:8]}…")
    return plain(value)
