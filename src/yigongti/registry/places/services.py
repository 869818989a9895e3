"""Areas, grids, served population: the only code that writes them."""

from datetime import date
from typing import Any

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.outbox import emit
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area, Grid, ServedPopulation
from yigongti.registry.storing import finish, locked, store

#: digits of an area code → level, and digits of its parent's code
LEVELS = {
    2: (Area.Level.PROVINCE, 0),
    4: (Area.Level.CITY, 2),
    6: (Area.Level.COUNTY, 4),
    9: (Area.Level.TOWN, 6),
    12: (Area.Level.VILLAGE, 9),
}


def add_area(actor: Actor, *, code: str, name: str) -> Area:
    """Add an administrative area; level and parent follow from the code (GB/T 2260, GB/T 10114)."""
    with acting(actor):
        actor.require(Permission.PLACE_EDIT)
        if not code.isdigit() or len(code) not in LEVELS:
            raise Invalid(f"区划代码 {code} 不对", hint="应为 2、4、6、9 或 12 位数字", field="code")
        if Area.objects.filter(pk=code).exists():
            raise Conflict(f"区划代码 {code} 已有", hint="请打开已有的那一条修改", field="code")
        level, above = LEVELS[len(code)]
        parent = Area.objects.filter(pk=code[:above]).first() if above else None
        if above and parent is None:
            raise Invalid(f"没有上级区划 {code[:above]}", hint="请先添加上级区划", field="code")
        return store(Area(code=code, name=name, level=level, parent=parent))


def edit_area(actor: Actor, *, area: Area, name: str, retired_on: date | None = None) -> Area:
    """Rename an area, or note the day on which it was abolished."""
    with acting(actor):
        actor.require(Permission.PLACE_EDIT)
        return store(locked(area), name=name, retired_on=retired_on)


def draw_grid(
    actor: Actor,
    *,
    code: str,
    name: str,
    area: Area,
    centre: Organization,
    station: Organization | None = None,
    start: date | None = None,
    until: date | None = None,
) -> Grid:
    """Make a centre responsible for an area, or for a part of it."""
    with acting(actor):
        actor.require(Permission.PLACE_EDIT, centre.pk)
        grid = Grid(code=code, name=name, area=area, centre=centre, station=station)
        drawn = store(grid, start=start or clock.today(), until=until)
        emit("GridDrawn", grid=drawn.code, centre=drawn.centre_id, area=drawn.area_id, on=str(drawn.start))
        return drawn


def edit_grid(actor: Actor, *, grid: Grid, **changes: Any) -> Grid:
    """Correct the name, area or station of a grid. Another centre takes over with :func:`hand_over`."""
    with acting(actor):
        actor.require(Permission.PLACE_EDIT, grid.centre_id)
        if changes.get("centre", grid.centre) != grid.centre:
            raise Invalid("责任机构的变更有生效日期", hint="请用“移交网格”办理", field="centre")
        before = grid.area_id
        kept = store(locked(grid), **changes)
        emit(
            "GridDrawn",
            grid=kept.code,
            centre=kept.centre_id,
            area=kept.area_id,
            before_area=before,
            on=str(kept.start),
        )
        return kept


def hand_over(
    actor: Actor,
    *,
    grid: Grid,
    centre: Organization,
    station: Organization | None = None,
    on: date | None = None,
) -> Grid:
    """From a day on another centre (or station) is responsible: the old row ends and a new one begins, together."""
    on = on or clock.today()
    with acting(actor):
        grid = locked(grid)
        actor.require(Permission.PLACE_EDIT, grid.centre_id)
        actor.require(Permission.PLACE_EDIT, centre.pk)
        if (grid.centre_id, grid.station_id) == (centre.pk, station and station.pk):
            raise Conflict(f"{grid} 已由 {centre} 负责", hint="无需移交", field="centre")
        if on <= grid.start:
            raise Invalid(f"{grid} 从 {grid.start} 起才由 {grid.centre} 负责", hint="移交日期应晚于这一天", field="on")
        until = grid.until
        finish(grid, on)
        taken = store(
            Grid(code=grid.code, name=grid.name, area=grid.area, centre=centre, station=station, start=on, until=until)
        )
        emit("GridHandedOver", grid=grid.code, before=grid.centre_id, after=centre.pk, area=grid.area_id, on=str(on))
        return taken


def end_grid(actor: Actor, *, grid: Grid, on: date | None = None) -> Grid:
    """A grid is given up; the people there fall to the grid of the area above."""
    on = on or clock.today()
    with acting(actor):
        actor.require(Permission.PLACE_EDIT, grid.centre_id)
        ended = finish(grid, on)
        emit("GridEnded", grid=ended.code, centre=ended.centre_id, area=ended.area_id, on=str(on))
        return ended


def record_population(
    actor: Actor,
    *,
    area: Area,
    year: int,
    residents: int,
    source: str,
    registered: int | None = None,
    grid: Grid | None = None,
) -> ServedPopulation:
    """Record, or correct, how many people live in an area, or in one grid of it, in a year."""
    with acting(actor):
        if grid is None:
            _require_area(actor, area)
        else:
            actor.require(Permission.PLACE_EDIT, grid.centre_id)
        if registered is not None and residents == 0 < registered:
            raise Invalid("常住人口为 0，户籍人口不为 0", hint="请核对两列是否填反或漏填", field="residents")
        code = grid.code if grid else ""
        row = ServedPopulation.objects.select_for_update().filter(area=area, grid=code, year=year).first()
        row = row or ServedPopulation(area=area, grid=code, year=year)
        return store(row, residents=residents, registered=registered, source=source)


def _require_area(actor: Actor, area: Area) -> None:
    """For those who maintain a centre responsible there; anybody who maintains places where no centre is yet."""
    actor.require(Permission.PLACE_EDIT)
    centres = set(Grid.objects.filter(area__code__startswith=area.pk).values_list("centre_id", flat=True))
    if centres and not actor.everything and not centres & actor.organizations(Permission.PLACE_EDIT):
        raise Forbidden(f"{area} 由别的机构负责", hint="请联系责任机构或卫生健康行政部门", field="area")
