"""The towns of a county as tiles in the order of the map: what is known of where they lie, and no more.

The platform has no borders of towns. Each tile is a town (or a centre where a town has several), set by the coordinates
that organisations have in the register: north above south, west before east. A town without coordinates comes last.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from yigongti.kernel import clock
from yigongti.kernel.ui.sharing import shared
from yigongti.registry.places.models import Area, Grid

from . import addresses
from .comparing import Comparison, Member
from .reach import COUNTY, TOWN, Reach

SHADES = 5
Shown = tuple["Town", Member | None]


@dataclass(frozen=True)
class Town:
    """A town with the organisations that are responsible for its grids."""

    code: str
    name: str
    centres: tuple[int, ...]


@dataclass(frozen=True)
class Tile:
    """A town's tile; ``shade`` is 1 to 5 from the smallest to the largest value, 0 without one."""

    town: str
    centre: str
    text: str
    shade: int
    tone: str
    href: str
    title: str


@dataclass(frozen=True)
class TownMap:
    """Rows of tiles from north to south, and what the shades mean."""

    tiles: Sequence[Tile]
    columns: int
    legend: Sequence[tuple[int, str]]
    placed: bool


def towns_of(county: str) -> list[Town]:
    """Every town of a county with its responsible centres, at most a minute old. One statement."""
    return shared(("dashboards.towns", county, clock.today()), lambda: _read(county)).value


def _read(county: str) -> list[Town]:
    grids = Grid.objects.on(clock.today()).filter(area__code__startswith=OuterRef("code"))
    rows = (
        Area.objects.filter(level=Area.Level.TOWN, retired_on=None, code__startswith=county)
        .annotate(centres=ArraySubquery(grids.order_by("centre_id").values("centre_id").distinct()))
        .values_list("code", "name", "centres")
    )
    return [Town(code, name, tuple(centres)) for code, name, centres in rows]


def town_map(group: Comparison, reach: Reach, county: str) -> TownMap | None:
    """The towns of a county, each with the value of the centre that is responsible; None without two values."""
    members = {member.number.place.organization_id: member for member in group.members}
    values = [float(member.number.value) for member in members.values() if member.number.value is not None]
    if len(values) < 2 or len(county) != COUNTY:
        return None
    seats = _seats(reach)
    shown: list[Shown] = [(town, one) for town in towns_of(county) for one in _answering(town, members) or [None]]
    placed = [(town, one) for town, one in shown if town.code in seats]
    rest = [(town, one) for town, one in shown if town.code not in seats]
    columns = max(3, min(6, math.ceil(math.sqrt(len(shown)))))
    listed = [*_in_rows(placed, seats, columns), *rest]
    low, high = min(values), max(values)
    tiles = [_tile(town, member, group, low, high) for town, member in listed]
    return TownMap(tiles, columns, _legend(group, low, high), bool(placed)) if tiles else None


def _answering(town: Town, members: dict[int | None, Member]) -> Sequence[Member | None]:
    return [members[centre] for centre in town.centres if centre in members]


def _seats(reach: Reach) -> dict[str, tuple[float, float]]:
    """Town → the middle of its organisations' coordinates (longitude, latitude)."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for place in reach.places:
        if len(place.town) == TOWN and place.longitude is not None and place.latitude is not None:
            found.setdefault(place.town, {})[place.organization_id or 0] = (place.longitude, place.latitude)
    return {
        town: (sum(x for x, _ in at.values()) / len(at), sum(y for _, y in at.values()) / len(at))
        for town, at in found.items()
    }


def _in_rows(shown: Iterable[Shown], seats: dict[str, tuple[float, float]], columns: int) -> list[Shown]:
    """North to south in rows, each from west to east."""
    southward = sorted(shown, key=lambda one: -seats[one[0].code][1])
    rows = [southward[start : start + columns] for start in range(0, len(southward), columns)]
    return [one for row in rows for one in sorted(row, key=lambda one: seats[one[0].code][0])]


def _tile(town: Town, member: Member | None, group: Comparison, low: float, high: float) -> Tile:
    if member is None:
        return Tile(town.name, "", "—", 0, "", "", f"{town.name}：没有数据")
    number, item = member.number, group.known.item
    text = number.text(group.known.item.decimals)
    share = (float(number.value or 0) - low) / ((high - low) or 1)
    shade = 0 if number.value is None else 1 + min(SHADES - 1, int(SHADES * share))
    href = addresses.indicator(group.known.code, number.place, period=number.period)
    told = f"{town.name}：{number.place.title} {text}{item.unit}（{number.fraction}），{member.words}"
    return Tile(town.name, number.place.title, text, shade, member.tone, href, told)


def _legend(group: Comparison, low: float, high: float) -> list[tuple[int, str]]:
    step, decimals = (high - low) / SHADES, min(group.known.item.decimals, 1)
    return [
        (shade, f"{low + step * (shade - 1):,.{decimals}f}–{low + step * shade:,.{decimals}f}")
        for shade in range(1, SHADES + 1)
    ]
