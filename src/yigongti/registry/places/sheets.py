"""The sheets of grids and served population."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from yigongti.kernel.access.permissions import Permission
from yigongti.registry.places.entries import GridRow, PopulationEntry, save_grid, save_population
from yigongti.registry.places.models import Grid, ServedPopulation
from yigongti.registry.sheets.layout import SheetLayout, declare, row_by_row


def _grids() -> Iterator[dict[str, Any]]:
    for row in Grid.objects.on().select_related("centre", "station"):
        yield {
            "code": row.code,
            "name": row.name,
            "area": row.area_id,
            "centre": row.centre.code,
            "station": row.station.code if row.station else "",
            "start": row.start,
        }


def _populations() -> Iterator[dict[str, Any]]:
    for row in ServedPopulation.objects.order_by("area_id", "grid", "year"):
        yield {**{name: getattr(row, name) for name in PopulationEntry.model_fields}, "area": row.area_id}


declare(
    SheetLayout(
        key="grids",
        order=50,
        title="网格",
        schema=GridRow,
        permission=Permission.PLACE_EDIT,
        identity=("code", "start"),
        write=row_by_row(save_grid),
        export=_grids,
        note="已有网格的代码加上新的起始日期和责任机构，表示从那天起移交。",
        example={
            "code": "431127001001",
            "name": "城东社区",
            "area": "431127001001",
            "centre": "43112700001",
            "start": date(2021, 1, 1),
        },
    )
)
declare(
    SheetLayout(
        key="population",
        order=60,
        title="服务人口",
        schema=PopulationEntry,
        permission=Permission.PLACE_EDIT,
        identity=("area", "grid", "year"),
        write=row_by_row(save_population),
        export=_populations,
        note="每行写区划代码或网格代码，一个区域由几家机构分管的按网格填。同一区域或网格、同一年再导入就是更正。",
        example={
            "area": "431127100",
            "year": 2025,
            "residents": 3120,
            "registered": 3406,
            "source": "2025 年统计年鉴",
        },
    )
)
