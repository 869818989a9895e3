"""Places over REST: who is responsible for the people of an area on a day."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema

from yigongti.registry.places.models import Area
from yigongti.registry.places.queries import responsible_centre, responsible_grids
from yigongti.registry.rest import readable

router = Router(tags=["网格"])


class GridOut(Schema):
    """A grid."""

    code: str
    name: str
    area_code: str
    centre_id: int
    station_id: int | None
    start: date


class AreaOut(Schema):
    """An area with who is responsible there."""

    code: str
    name: str
    level: Area.Level
    parent_code: str | None
    centre_id: int | None = Field(description="责任机构；没有或由几家分管时为空")
    grids: list[GridOut]


@router.get("/areas/{code}", response=AreaOut, summary="一个区划及其责任机构")
@readable
def area(request: HttpRequest, code: str, on: date | None = None) -> dict[str, Any]:
    """One area; its grids are those of the smallest area around it that has any."""
    row = get_object_or_404(Area, pk=code)
    centre = responsible_centre(row.pk, on)
    grids = [
        {
            "code": one.code,
            "name": one.name,
            "area_code": one.area_id,
            "centre_id": one.centre_id,
            "station_id": one.station_id,
            "start": one.start,
        }
        for one in responsible_grids(row.pk, on)
    ]
    return {
        "code": row.pk,
        "name": row.name,
        "level": row.level,
        "parent_code": row.parent_id,
        "centre_id": centre.pk if centre else None,
        "grids": grids,
    }
