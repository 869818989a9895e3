"""Who is responsible for the people of an area, as of a day."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.db.models.functions import Length

from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area, Grid, ServedPopulation


def lineage(area_code: str) -> list[str]:
    """An area code and the codes of all areas above it, the smallest first."""
    return [area_code[:digits] for digits in (12, 9, 6, 4, 2) if len(area_code) >= digits]


def responsible_grids(area_code: str, on: date | None = None) -> list[Grid]:
    """The grids of the smallest area around ``area_code`` that has any on a day (several when an area is divided)."""
    rows = (
        Grid.objects.filter(area_id__in=lineage(area_code))
        .on(on)
        .select_related("centre", "station", "area")
        .order_by(Length("area_id").desc(), "code")
    )
    found = list(rows)
    return [grid for grid in found if grid.area_id == found[0].area_id]


def responsible_grid(area_code: str, on: date | None = None) -> Grid | None:
    """The grid responsible for an area on a day; ``None`` when none is, or when the area alone does not decide."""
    grids = responsible_grids(area_code, on)
    return grids[0] if len(grids) == 1 else None


def responsible_centre(area_code: str, on: date | None = None) -> Organization | None:
    """The centre responsible for the people of an area on a day; ``None`` when none is, or several share the area."""
    centres = {grid.centre_id: grid.centre for grid in responsible_grids(area_code, on)}
    return next(iter(centres.values())) if len(centres) == 1 else None


def grids_of(centre: Organization, on: date | None = None) -> QuerySet[Grid]:
    """The grids for which a centre is responsible on a day."""
    return Grid.objects.filter(centre=centre).on(on).select_related("area", "station").order_by("code")


@dataclass(frozen=True)
class Served:
    """People whom a centre serves in a year, and the areas of its grids without a figure."""

    persons: int
    counted: tuple[ServedPopulation, ...]
    missing: tuple[Area, ...]


def served_population(centre: Organization, year: int) -> Served:
    """How many people live in the grids of a centre (as they stand on the last day of the year).

    An area without a figure of its own counts as the sum of the areas below it; an area inside another one counts once.
    Where grids of an area have figures, those of the centre's grids count instead of the area's. An area that several
    centres share has no figure of its own: it is missing until the grids have theirs.
    """
    grids = list(grids_of(centre, date(year, 12, 31)))
    areas = {grid.area_id: grid.area for grid in grids}
    outer = {code: area for code, area in areas.items() if not set(lineage(code)[1:]) & set(areas)}
    figures = list(_figures(list(outer), year))
    shared = _shared(centre, list(outer), date(year, 12, 31))
    counted: list[ServedPopulation] = []
    missing: list[Area] = []
    own = {grid.code for grid in grids}
    for code, area in outer.items():
        within = [row for row in figures if row.area_id.startswith(code)]
        found = _counted(within, code, own, divided=code in shared)
        counted += found
        missing += [] if found else [area]
    return Served(sum(row.residents for row in counted), tuple(counted), tuple(missing))


def _counted(within: list[ServedPopulation], code: str, own: set[str], *, divided: bool) -> list[ServedPopulation]:
    """The figures of an area that count for a centre with the grids ``own``."""
    parts = [row for row in within if row.grid and row.area_id == code]
    if parts or divided:
        return [row for row in parts if row.grid in own]
    whole = [row for row in within if not row.grid]
    top = min((len(row.area_id) for row in whole), default=0)
    return [row for row in whole if len(row.area_id) == top]


def _shared(centre: Organization, codes: list[str], on: date) -> set[str]:
    """Those of the areas for which another centre is responsible too."""
    return set(Grid.objects.filter(area__in=codes).on(on).exclude(centre=centre).values_list("area_id", flat=True))


def _figures(codes: list[str], year: int) -> QuerySet[ServedPopulation]:
    if not codes:
        return ServedPopulation.objects.none()
    pattern = "^(" + "|".join(codes) + ")"
    return (
        ServedPopulation.objects.filter(year=year, area__code__regex=pattern)
        .select_related("area")
        .order_by("area_id", "grid")
    )
