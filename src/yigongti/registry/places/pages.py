"""What people see of places: the register of grids, one grid through its hands, areas with who is responsible."""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.columns import NumberColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.view import PageView
from yigongti.registry.asof import AsOf, AsOfFilter, DatedRegister, DatedTable
from yigongti.registry.history import history
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area, Grid, ServedPopulation
from yigongti.registry.places.queries import lineage, responsible_grids, served_population

TOP = ("网格", "/places/")
EARLIEST, LATEST = 1990, 2100


class GridFilter(AsOfFilter):
    """By text and responsible centre."""

    centre = django_filters.CharFilter(label="责任机构", field_name="centre__name", lookup_expr="contains")

    class Meta:
        model = Grid
        fields = ("q", "centre", "on")

    def search(self, rows: QuerySet[Grid], name: str, value: str) -> QuerySet[Grid]:
        """By code, name, area or the centre's pinyin."""
        text = value.strip()
        spoken = Q(centre__pinyin__contains=text.lower()) if text.isascii() else Q(area__name__contains=text)
        return rows.filter(Q(code__startswith=text) | Q(name__contains=text) | spoken)

    def as_of(self, rows: Any, day: date) -> Any:
        """The grids of the day, with the newest population of their areas."""
        figures = ServedPopulation.objects.filter(area=OuterRef("area"), grid__in=("", OuterRef("code")))
        newest = figures.filter(year__lte=day.year).order_by("-year", "-grid")
        return rows.on(day).annotate(residents=Subquery(newest.values("residents")[:1]))


class Grids(DatedRegister):
    """The register of grids."""

    class Table(DatedTable):
        """One grid a row."""

        name = tables.Column("网格")
        code = tables.Column("网格代码")
        area = tables.Column("区域", order_by=("area_id",))
        centre = tables.Column("责任机构", order_by=("centre__code",))
        station = tables.Column("村卫生室（站）", orderable=False)
        residents = NumberColumn(verbose_name="常住人口", unit="人")
        start = WhenColumn(verbose_name="起")

    title, key, permission = "网格", "grids", Permission.REGISTRY_READ
    table_class, filterset_class = Table, GridFilter
    template_name = "places/grids.html"
    empty, empty_hint = "还没有网格", "点“划分网格”逐个登记，或用表格批量导入。"

    def queryset(self, actor: Actor) -> QuerySet[Grid]:
        """All grids."""
        return Grid.objects.select_related("area", "centre", "station")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_draw": actor.may(Permission.PLACE_EDIT)}


class GridPage(PageView):
    """One grid: who is responsible on a day, and who was before."""

    title, permission, template_name = "网格信息", Permission.REGISTRY_READ, "places/grid.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The grid of the day (or the nearest there is) and all its rows."""
        asof = AsOf.of(self.request)
        rows = Grid.objects.filter(code=self.kwargs["code"]).select_related("area", "centre", "station")
        hands = list(rows.order_by("-start"))
        if not hands:
            raise Http404("没有这个网格")
        grid = next((one for one in hands if one.holds(asof.day)), hands[0])
        areas = Area.objects.filter(pk__in=lineage(grid.area_id)).order_by("pk")
        return {
            "title": grid.name,
            "crumbs": (TOP, (grid.name, "")),
            "grid": grid,
            "holds": grid.holds(asof.day),
            "asof": asof,
            "hands": [(one, one.holds(asof.day)) for one in hands],
            "areas": areas,
            "populations": grid.area.populations.filter(grid__in=("", grid.code)).order_by("-year", "grid"),
            "served": served_population(grid.centre, asof.day.year - 1),
            "year": asof.day.year - 1,
            "may_edit": actor.may(Permission.PLACE_EDIT, grid.centre_id),
            "history": history(rows, ServedPopulation.objects.filter(area=grid.area)),
        }


class ServedPage(PageView):
    """Where the served population of a centre comes from: every area that was counted, and those without a figure."""

    title, permission, template_name = "服务范围", Permission.REGISTRY_READ, "places/served.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The figure of ``?year=`` (default: last year) with its rows."""
        centre = get_object_or_404(Organization, pk=self.kwargs["pk"])
        given = self.request.GET.get("year", "")
        year = int(given) if given.isdecimal() and EARLIEST <= int(given) <= LATEST else clock.today().year - 1
        return {
            "title": f"{centre} {year} 年服务人口",
            "crumbs": (TOP, (str(centre), centre.get_absolute_url()), ("服务人口", "")),
            "lead": "年末由该机构负责的各网格区域的常住人口之和；区域没有数据的按下级区划合计，互相包含的只计一次。",
            "centre": centre,
            "year": year,
            "served": served_population(centre, year),
        }


class AreaFilter(AsOfFilter):
    """By text and level."""

    level = django_filters.ChoiceFilter(label="级别", choices=Area.Level.choices, empty_label="全部")

    class Meta:
        model = Area
        fields = ("q", "level", "on")

    def search(self, rows: QuerySet[Area], name: str, value: str) -> QuerySet[Area]:
        """By the beginning of the code or part of the name."""
        return rows.filter(Q(code__startswith=value.strip()) | Q(name__contains=value.strip()))

    def as_of(self, rows: Any, day: date) -> Any:
        """Those not abolished by the day."""
        return rows.filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))


class Areas(DatedRegister):
    """The register of administrative areas."""

    class Table(DatedTable):
        """One area a row."""

        name = tables.Column("名称", orderable=False)
        code = tables.Column("区划代码")
        level = TagColumn(verbose_name="级别", orderable=False)
        parent = tables.Column("上级", orderable=False)
        retired_on = WhenColumn(verbose_name="撤销", orderable=False)

    title, key, permission = "行政区划", "areas", Permission.REGISTRY_READ
    crumbs = (TOP, ("行政区划", ""))
    table_class, filterset_class = Table, AreaFilter
    template_name = "places/areas.html"
    empty, empty_hint = "还没有行政区划", "信息科用命令 yigongti places import 装入国家代码表。"

    def queryset(self, actor: Actor) -> QuerySet[Area]:
        """All areas."""
        return Area.objects.select_related("parent")

    def context(self, actor: Actor) -> dict[str, Any]:
        """What the actor may do here."""
        return {"may_add": actor.may(Permission.PLACE_EDIT)}


class AreaPage(PageView):
    """One area: who is responsible on a day, what lies below, how many people live there."""

    title, permission, template_name = "区划信息", Permission.REGISTRY_READ, "places/area.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The area as of a day."""
        area = get_object_or_404(Area, pk=self.kwargs["code"])
        asof = AsOf.of(self.request)
        above = Area.objects.filter(pk__in=lineage(area.pk)[1:]).order_by("pk")
        return {
            "title": area.name,
            "crumbs": (
                TOP,
                ("行政区划", "/places/areas/"),
                *((one.name, one.get_absolute_url()) for one in above),
                (area.name, ""),
            ),
            "area": area,
            "asof": asof,
            "responsible": responsible_grids(area.pk, asof.day),
            "children": area.children.order_by("pk"),
            "populations": area.populations.order_by("-year", "grid"),
            "may_edit": actor.may(Permission.PLACE_EDIT),
        }
