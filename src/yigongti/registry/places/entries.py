"""What a person writes about grids and population, in a form or in a row of a spreadsheet."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.registry.organizations.entries import Code, named, needed
from yigongti.registry.places import services
from yigongti.registry.places.models import Area, Grid, ServedPopulation
from yigongti.registry.sheets.layout import Outcome, differs


class GridEntry(BaseModel):
    """A grid and who is responsible for it from a day on."""

    code: str = Field(title="网格代码", min_length=1, max_length=16)
    name: str = Field(title="网格名称", min_length=1, max_length=64)
    area: str = Field(title="区划代码", pattern=r"^(\d{6}|\d{9}|\d{12})$", description="村、社区或乡镇的代码")
    centre: Code = Field(title="责任机构", min_length=1)
    station: Code = Field("", title="村卫生室（站）")
    start: date = Field(default_factory=clock.today, title="起")


class GridRow(GridEntry):
    """A grid in a spreadsheet."""

    centre: Code = Field(title="责任机构代码", min_length=1)
    station: Code = Field("", title="村卫生室（站）代码")


class HandOverEntry(BaseModel):
    """Another centre, or station, takes a grid over."""

    centre: Code = Field(title="新的责任机构", min_length=1)
    station: Code = Field("", title="村卫生室（站）")
    on: date = Field(default_factory=clock.today, title="移交日期", description="从这一天起由新机构负责")


class FigureEntry(BaseModel):
    """How many people live somewhere in a year."""

    year: int = Field(title="年份", ge=1990, le=2100)
    residents: int = Field(title="常住人口", ge=0, le=50_000_000)
    registered: int | None = Field(None, title="户籍人口", ge=0, le=50_000_000)
    source: str = Field(title="来源", min_length=1, max_length=128)


class PopulationEntry(FigureEntry):
    """How many people live in a grid, or in an area, in a year: a row of the sheet."""

    area: str = Field("", title="区划代码", pattern=r"^(\d{6}|\d{9}|\d{12})?$", description="填了网格代码的可以不填")
    grid: str = Field("", title="网格代码", max_length=16, description="按网格填报的写这里；整个区域的不写")


def area_of(code: str) -> Area:
    """The area with a code."""
    found = Area.objects.filter(pk=code).first()
    if found is None:
        raise NotFound(f"没有区划 {code}", hint="请核对代码，或先导入行政区划", field="area")
    return found


def save_grid(actor: Actor, entry: GridEntry) -> Outcome:
    """Draw the grid, correct it, or, when it is another centre's from an earlier day, hand it over on ``start``."""
    values: dict[str, Any] = {
        "name": entry.name,
        "area": area_of(entry.area),
        "centre": needed(entry.centre, "centre"),
        "station": named(entry.station, "station"),
    }
    rows = Grid.objects.filter(code=entry.code)
    present = rows.filter(start=entry.start).first()
    if present:
        if not differs(present, values):
            return Outcome.UNCHANGED
        services.edit_grid(actor, grid=present, **values)
        return Outcome.CHANGED
    held = rows.on(entry.start).first()
    if held is None:
        services.draw_grid(actor, code=entry.code, start=entry.start, **values)
        return Outcome.ADDED
    if held.area != values["area"]:
        raise Invalid(f"网格 {held.code} 属于 {held.area}", hint="移交时不能同时改区域", field="area")
    services.hand_over(actor, grid=held, centre=values["centre"], station=values["station"], on=entry.start)
    return Outcome.CHANGED


def save_population(actor: Actor, entry: PopulationEntry) -> Outcome:
    """Record the figure, or correct it. Raises NotFound, Invalid at the column that is wrong."""
    area, grid = _counted(entry)
    values: Any = entry.model_dump(exclude={"area", "grid", "year"})
    present = ServedPopulation.objects.filter(area=area, grid=entry.grid, year=entry.year).first()
    if present and not differs(present, values):
        return Outcome.UNCHANGED
    services.record_population(actor, area=area, grid=grid, year=entry.year, **values)
    return Outcome.CHANGED if present else Outcome.ADDED


def _counted(entry: PopulationEntry) -> tuple[Area, Grid | None]:
    """The area of a row, and its grid where it names one."""
    if not entry.grid:
        if not entry.area:
            raise Invalid("区划代码和网格代码都没有填", hint="按区域填区划代码，按网格填网格代码", field="area")
        return area_of(entry.area), None
    grid = grid_of(entry.grid, entry.year)
    if entry.area not in ("", grid.area_id):
        hint = f"改为 {grid.area_id}，或只填网格代码"
        raise Invalid(f"网格 {grid.code} 在区划 {grid.area_id}", hint=hint, field="area")
    return grid.area, grid


def grid_of(code: str, year: int) -> Grid:
    """The grid of that code as it stood at the end of the year (or stands today). Raises NotFound."""
    rows = Grid.objects.filter(code=code).select_related("area")
    on = min(date(year, 12, 31), clock.today())
    found = rows.on(on).first()
    if found is None:
        known = rows.first()
        wrong = f"网格 {code} 在 {on} 还没有或已撤销" if known else f"没有网格 {code}"
        raise NotFound(wrong, hint="请核对代码和年份，或先导入网格", field="grid")
    return found
