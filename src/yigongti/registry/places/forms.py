"""Forms that change grids, areas and population."""

from datetime import date
from typing import Any

from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.commands import Ending, RegistryCommand
from yigongti.registry.organizations.entries import Code, named, needed
from yigongti.registry.places import services
from yigongti.registry.places.entries import FigureEntry, GridEntry, HandOverEntry, area_of, grid_of
from yigongti.registry.places.models import Area, Grid


class GridChange(BaseModel):
    """What may be corrected of a grid without handing it over."""

    name: str = Field(title="网格名称", min_length=1, max_length=64)
    area: str = Field(title="区划代码", pattern=r"^(\d{6}|\d{9}|\d{12})$")
    station: Code = Field("", title="村卫生室（站）")


class AreaEntry(BaseModel):
    """A new area."""

    code: str = Field(title="区划代码", pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$", description="上级区划须已登记")
    name: str = Field(title="名称", min_length=1, max_length=64)


class AreaChange(BaseModel):
    """What may change of an area."""

    name: str = Field(title="名称", min_length=1, max_length=64)
    retired_on: date | None = Field(None, title="撤销日期")


class DrawGrid(RegistryCommand):
    """A new grid."""

    title, submit, done, schema = "划分网格", "保存", "网格已登记。", GridEntry
    permission = Permission.PLACE_EDIT
    crumbs = (("网格", "/places/"), ("划分网格", ""))

    def initial(self, actor: Actor) -> dict[str, Any]:
        """For the area that ``?area=`` names."""
        return {"area": self.request.GET.get("area", "")}

    def back(self) -> str:
        """The register."""
        return reverse("places:grids")

    def run(self, actor: Actor, data: GridEntry, **_: Any) -> str:
        """Draw it and go there."""
        return services.draw_grid(
            actor,
            code=data.code,
            name=data.name,
            area=area_of(data.area),
            centre=needed(data.centre, "centre"),
            station=named(data.station, "station"),
            start=data.start,
        ).get_absolute_url()


class Grids(RegistryCommand):
    """Forms about one grid."""

    permission, model = Permission.PLACE_EDIT, Grid


class EditGrid(Grids):
    """Correct a grid."""

    title, submit, done, schema = "更正网格", "保存", "已保存。", GridChange

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it is now."""
        station = self.row.station
        return {"name": self.row.name, "area": self.row.area_id, "station": station.code if station else ""}

    def run(self, actor: Actor, data: GridChange, **_: Any) -> str:
        """Save."""
        services.edit_grid(
            actor, grid=self.row, name=data.name, area=area_of(data.area), station=named(data.station, "station")
        )
        return self.back()


class HandOver(Grids):
    """Another centre takes the grid over."""

    title, submit, done, schema = "移交网格", "移交", "网格已移交。", HandOverEntry

    def context(self, actor: Actor) -> dict[str, Any]:
        """Who has it now."""
        effect = f"现由 {self.row.centre} 负责。移交日起由新机构负责，此前的责任不变；签约居民不随网格移交。"
        return {**super().context(actor), "effect": effect}

    def run(self, actor: Actor, data: HandOverEntry, **_: Any) -> str:
        """Hand over."""
        services.hand_over(
            actor,
            grid=self.row,
            centre=needed(data.centre, "centre"),
            station=named(data.station, "station"),
            on=data.on,
        )
        return self.back()


class EndGrid(Grids):
    """Give a grid up."""

    title, submit, tone, done, schema = "撤销网格", "撤销", "danger", "网格已撤销。", Ending

    def context(self, actor: Actor) -> dict[str, Any]:
        """Who answers afterwards."""
        return {**super().context(actor), "effect": "此后这里的居民由上一级区域的网格负责；没有的话无人负责。"}

    def run(self, actor: Actor, data: Ending, **_: Any) -> str:
        """End."""
        services.end_grid(actor, grid=self.row, on=data.on)
        return self.back()


class AddArea(RegistryCommand):
    """A new area."""

    title, submit, done, schema = "新增区划", "保存", "区划已登记。", AreaEntry
    permission = Permission.PLACE_EDIT

    def back(self) -> str:
        """The register."""
        return reverse("places:areas")

    def run(self, actor: Actor, data: AreaEntry, **_: Any) -> str:
        """Add."""
        return services.add_area(actor, code=data.code, name=data.name).get_absolute_url()


class Areas(RegistryCommand):
    """Forms about one area."""

    permission = Permission.PLACE_EDIT

    @property
    def area(self) -> Area:
        """The area of the address."""
        return area_of(self.kwargs["code"])

    def back(self) -> str:
        """The page of the area."""
        return self.area.get_absolute_url()

    def about(self) -> str:
        """The area."""
        return f"{self.area.name}（{self.area.pk}）"


class EditArea(Areas):
    """Rename an area or note its end."""

    title, submit, done, schema = "修改区划", "保存", "已保存。", AreaChange

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it is now."""
        return {"name": self.area.name, "retired_on": self.area.retired_on}

    def run(self, actor: Actor, data: AreaChange, **_: Any) -> str:
        """Save."""
        services.edit_area(actor, area=self.area, name=data.name, retired_on=data.retired_on)
        return self.back()


class RecordPopulation(Areas):
    """How many people live here in a year."""

    title, submit, done, schema = "登记服务人口", "保存", "已登记。", FigureEntry

    def run(self, actor: Actor, data: FigureEntry, **_: Any) -> str:
        """Record."""
        services.record_population(actor, area=self.area, **data.model_dump())
        return self.back()


class RecordGridPopulation(Grids):
    """How many people live in a grid in a year."""

    title, submit, done, schema = "登记网格服务人口", "保存", "已登记。", FigureEntry

    def context(self, actor: Actor) -> dict[str, Any]:
        """When a grid is counted by itself."""
        effect = "一个区域由几家机构分管时按网格登记；这一年有网格数的区域，不再用整个区域的数。"
        return {**super().context(actor), "effect": effect}

    def run(self, actor: Actor, data: FigureEntry, **_: Any) -> str:
        """Record for the grid as it stood at the end of the year."""
        grid = grid_of(self.row.code, data.year)
        services.record_population(actor, area=grid.area, grid=grid, **data.model_dump())
        return self.back()
