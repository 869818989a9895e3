"""Pages of quality: the ranking of a month, a source through the months, one month of a source."""

from datetime import date
from decimal import Decimal
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.charts import Chart, Series
from yigongti.kernel.ui.columns import NumberColumn, tag
from yigongti.kernel.ui.figures import Figure
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView
from yigongti.kernel.ui.spreadsheet import workbook
from yigongti.kernel.ui.view import PageView
from yigongti.records.residents.models import SourceSystem

from . import queries
from .models import QualityMonth
from .policies import Quality
from .publishing import policy
from .queries import MAY, month_name
from .reading import Line, Sheet, change, heat, lines, spark, worst

TOP = ("数据质量", "/exchange/quality/")
OTHERS = "其他机构的来源"


class MonthFilter(filters.FilterSet):
    """The month; when none is chosen, the newest in which a source has enough rows to be ranked."""

    month = filters.ChoiceFilter(label="月份", choices=[], empty_label=None, method="by_month")

    class Meta:
        model = QualityMonth
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        found = [month_name(month) for month in queries.months()]
        given = data.get("month") if data else None
        chosen = given if given in found else queries.newest_to_rank(found, policy())
        super().__init__({"month": chosen} if chosen else None, *args, **kwargs)
        self.filters["month"].extra["choices"] = [(month, month) for month in found]

    def by_month(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """One month."""
        return rows.filter(month=queries.month_named(value))


class RankingTable(RegisterTable):
    """One source a row; whose source it is only the own organisations' readers see."""

    place = NumberColumn(verbose_name="名次", orderable=False)
    source = tables.Column("来源", orderable=False)
    organization = tables.Column("机构", accessor="source__organization", orderable=False)
    score = NumberColumn(verbose_name="总分", orderable=False)
    band = tables.Column("评价", accessor="score", orderable=False)
    change = tables.Column("比上月", accessor="source_id", orderable=False)
    trend = tables.Column("走势", accessor="source_id", orderable=False, exclude_from_export=True)
    rows = NumberColumn(verbose_name="行数", orderable=False, accessor="rows")

    def __init__(self, *args: Any, actor: Actor, body: Quality, trends: queries.Trends, **kwargs: Any) -> None:
        self.actor, self.body, self.trends = actor, body, trends
        dimensions = [
            (f"d_{key}", NumberColumn(verbose_name=one.title, accessor=f"dimensions__{key}", orderable=False))
            for key, one in body.dimensions.items()
        ]
        sequence = ("place", "source", "organization", "score", "band", "change", "trend", "...", "rows")
        super().__init__(*args, extra_columns=dimensions, sequence=sequence, **kwargs)

    def named(self, record: QualityMonth) -> bool:
        """Whether the reader may know whose it is."""
        return self.body.ranking.others == "named" or queries.own(self.actor, record.source)

    def row_url(self, record: QualityMonth) -> str | None:
        """The month of the source."""
        if not queries.own(self.actor, record.source):
            return None
        return reverse("quality:source", args=[record.source_id])

    def row_tone(self, record: QualityMonth) -> str:
        """The lowest band stands out."""
        return "danger" if record.score is not None and self.body.band(record.score).tone == "danger" else ""

    def ranks(self, record: QualityMonth) -> bool:
        """Whether it rests on enough rows to be called good or bad, better or worse."""
        return record.rows >= self.body.ranking.least_rows

    def render_place(self, record: Any) -> str:
        """Place among those that are ranked."""
        return f"{record.place} / {record.among}" if record.eligible else "—"

    def value_place(self, record: Any) -> int | None:
        """As a number."""
        return record.place if record.eligible else None

    def render_source(self, record: QualityMonth) -> str:
        """The name, or that it is another's."""
        return str(record.source) if self.named(record) else OTHERS

    def render_organization(self, record: QualityMonth) -> str:
        """Whose it is."""
        return str(record.source.organization) if self.named(record) else "—"

    value_source, value_organization = render_source, render_organization

    def render_score(self, record: QualityMonth) -> Any:
        """Opens how it comes about."""
        if not queries.own(self.actor, record.source):
            return record.score
        url = reverse("quality:month", args=[record.source_id, month_name(record.month)])
        return format_html('<a href="{}">{}</a>', url, record.score)

    def value_score(self, record: QualityMonth) -> Decimal | None:
        """As a number."""
        return record.score

    def render_band(self, record: QualityMonth) -> Any:
        """What the score is called."""
        assert record.score is not None  # an empty cell is not drawn
        if not self.ranks(record):
            return format_html('<span class="y-muted">{}</span>', "行数不足")
        band = self.body.band(record.score)
        return tag(band.title, band.tone)

    def value_band(self, record: QualityMonth) -> str:
        """The word alone."""
        return self.body.band(record.score).title if record.score is not None and self.ranks(record) else ""

    def render_change(self, record: QualityMonth) -> Any:
        """Against the month before."""
        return change(self.trends.get(record.source_id, {}), record.month) if self.ranks(record) else "—"

    value_change = render_change

    def render_trend(self, record: QualityMonth) -> Any:
        """The months before as a line."""
        return spark(self.trends.get(record.source_id, {}), record.month, self.body.ranking.months)

    def render_rows(self, record: QualityMonth) -> Any:
        """How many rows it rests on; of others' not even that."""
        return f"{record.rows:,}" if self.named(record) else "—"

    def value_rows(self, record: QualityMonth) -> int | None:
        """As a number."""
        return record.rows if self.named(record) else None


class Ranking(RegisterView):
    """The sources of a month, the best first."""

    title, key, permission = "数据质量", "exchange-quality", MAY
    table_class, filterset_class = RankingTable, MonthFilter
    template_name = "quality/ranking.html"
    empty, empty_hint = "还没有收到过数据", "来源系统送来第一批数据后，这里按月给出质量得分和名次。"

    def queryset(self, actor: Actor) -> QuerySet[Any]:
        """All sources; those of others without their names, or not at all, as the policy says."""
        body = policy()
        return queries.ranked(body).select_related("source__organization").order_by("-eligible", "place", "source_id")

    def register(self, request: HttpRequest, actor: Any) -> Register:
        """The list with what its rows draw."""
        body = policy()
        rows = self.queryset(actor)
        if body.ranking.others == "hidden" and not actor.everything:
            rows = rows.filter(source__organization_id__in=actor.organizations(MAY))
        return Register(
            request,
            key=self.key,
            title=self.title,
            rows=rows,
            table_class=RankingTable,
            filterset_class=MonthFilter,
            empty=self.empty,
            empty_hint=self.empty_hint,
            table_kwargs={"actor": actor, "body": body, "trends": queries.trends()},
        )

    def context(self, actor: Any) -> dict[str, Any]:
        """What stands above the list."""
        body = policy()
        least = body.ranking.least_rows
        return {"lead": f"按事情发生的月份统计；当月不足 {least} 行的来源不排名。分数和名次会随补传、更正重算。"}


class SourcePage(PageView):
    """A source through the months: dimensions, trend, what to do first, what was restated."""

    title, permission, template_name = "来源数据质量", MAY, "quality/source.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or all its numbers as a spreadsheet."""
        if request.GET.get("export"):
            actor = request.actor  # type: ignore[attr-defined]
            source = queries.access_source(actor, kwargs["source"])
            published = queries.months_of(source, None, 36)
            return workbook(f"数据质量 {source.title}"[:31], Sheet(policy(), published), 100_000)
        return super().get(request, *args, **kwargs)

    def context(self, actor: Actor) -> dict[str, Any]:
        """The last months."""
        source, body = queries.access_source(actor, self.kwargs["source"]), policy()
        published = queries.months_of(source, None, body.ranking.months)
        newest = published[-1] if published else None
        return {
            "title": source.title,
            "crumbs": (TOP, (source.title, "")),
            "lead": str(source.organization or ""),
            "source": source,
            "newest": newest,
            "figures": _figures(body, source, newest),
            "months": [(month_name(row.month), _month_url(source, row.month)) for row in published],
            "heat": heat(body, source.pk, published),
            "charts": [_chart(source, published)] if len(published) > 1 else [],
            "worst": worst(body, newest) if newest else [],
            "restated": queries.restated(source),
        }


def _month_url(source: SourceSystem, month: date) -> str:
    return reverse("quality:month", args=[source.pk, month_name(month)])


def _figures(body: Quality, source: SourceSystem, newest: QualityMonth | None) -> list[Figure]:
    if newest is None:
        return []
    place = queries.ranked(body).filter(month=newest.month)
    found = next((row for row in place if row.pk == newest.pk), None)
    url = _month_url(source, newest.month)
    name, total_ = month_name(newest.month), newest.score
    band = body.band(total_) if total_ is not None else None
    figures = [Figure(label=f"{name} 总分", value=total_, unit="分", href=url, note=band.title if band else "")]
    if found is not None and found.eligible:
        ranking = f"{reverse('quality:ranking')}?month={name}"
        figures.append(Figure(label="名次", value=f"{found.place} / {found.among}", href=ranking))
    figures.append(Figure(label="有效行数", value=newest.rows, unit="行", href=url))
    return figures


def _chart(source: SourceSystem, published: list[QualityMonth]) -> Chart:
    urls = [_month_url(source, row.month) for row in published]
    total_ = Series(name="总分", values=[row.score for row in published], urls=urls, kind="line")
    return Chart(
        key="quality",
        title="各月总分",
        unit="分",
        categories=[month_name(row.month) for row in published],
        series=[total_],
        href=reverse("quality:method"),
        extra={"yAxis": {"type": "value", "max": 100, "scale": True}},
    )


class MonthPage(PageView):
    """How the score of one month of a source comes about, measure by measure, and what was published before."""

    title, permission, template_name = "月度数据质量", MAY, "quality/month.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The publication in force."""
        source, body = queries.access_source(actor, self.kwargs["source"]), policy()
        month = queries.month_named(self.kwargs["month"])
        row = queries.in_force().filter(source=source, month=month).select_related("load").first()
        name = month_name(month)
        groups: list[tuple[Any, str, list[Line]]] = lines(body, source.pk, row) if row else []
        return {
            "title": f"{source.title} {name}",
            "crumbs": (TOP, (source.title, reverse("quality:source", args=[source.pk])), (name, "")),
            "row": row,
            "name": name,
            "band": body.band(row.score) if row and row.score is not None else None,
            "groups": groups,
            "weights": sum(one.weight for one, score, _ in groups if score),
            "restated": queries.restated(source, month) if row else [],
        }
