"""What the pages read: publications in force, trends, ranks, and rows that are not as they should be."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import Rank

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.records.exchange.models import RejectedRow
from yigongti.records.exchange.staging import ask
from yigongti.records.residents.models import SourceSystem

from .models import DeliveredRows, QualityMonth
from .policies import Measure, Quality
from .rows import fields, select

MAY = Permission.EXCHANGE_QUALITY
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
SHOWN = 100
Trends = dict[str, dict[date, Decimal | None]]


def month_named(text: str) -> date:
    """``2026-10``. Raises NotFound."""
    found = MONTH.fullmatch(text)
    if found is None or found[1] == "0000":
        raise NotFound("没有这个月份", hint="写成 2026-10")
    return date(int(found[1]), int(found[2]), 1)


def month_name(month: date) -> str:
    """``2026-10``."""
    return f"{month.year:04}-{month.month:02}"


def own(actor: Actor, source: SourceSystem) -> bool:
    """Whether the actor may see whose source it is, and open it."""
    return actor.may(MAY) if actor.everything else source.organization_id in actor.organizations(MAY)


def access_source(actor: Actor, code: str) -> SourceSystem:
    """A source of an organisation of the actor's. Raises NotFound."""
    found = SourceSystem.objects.select_related("organization").filter(pk=code).first()
    if found is None or not own(actor, found):
        raise NotFound("没有这个来源，或者它不属于您的机构", hint="请从数据质量列表打开")
    return found


def in_force() -> QuerySet[Any]:
    """What stands."""
    return QualityMonth.objects.filter(replaced_at=None)


def months() -> list[date]:
    """The months for which anything is published, the newest first; not those that lie ahead."""
    found = in_force().filter(month__lte=clock.today()).order_by("-month").values_list("month", flat=True)
    return list(found.distinct()[:120])


def newest_to_rank(months: Sequence[str], body: Quality) -> str:
    """Of ``2026-10`` … the newest in which a source has enough rows to be ranked, else the newest; ``""`` of none."""
    enough = in_force().filter(rows__gte=body.ranking.least_rows, score__isnull=False, month__lte=clock.today())
    newest = enough.order_by("-month").values_list("month", flat=True).first()
    return month_name(newest) if newest else (months[0] if months else "")


def ranked(body: Quality) -> QuerySet[Any]:
    """What stands, with ``place`` and ``among`` of its month; what has too few rows has no place and comes last."""
    counts = Q(rows__gte=body.ranking.least_rows, score__isnull=False)
    eligible = Case(When(counts, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = in_force().annotate(eligible=eligible)
    return rows.annotate(
        place=Window(Rank(), partition_by=[F("month"), F("eligible")], order_by=F("score").desc(nulls_last=True)),
        among=Window(Count("id"), partition_by=[F("month"), F("eligible")]),
    )


def trends(sources: Iterable[str] | None = None) -> Trends:
    """The scores of all months that stand, by source."""
    rows = in_force() if sources is None else in_force().filter(source__in=list(sources))
    found: Trends = {}
    for source, month, score in rows.order_by("month").values_list("source_id", "month", "score"):
        found.setdefault(source, {})[month] = score
    return found


def months_of(source: SourceSystem, until: date | None, count: int) -> list[QualityMonth]:
    """The last publications in force of a source, the oldest first."""
    rows = in_force().filter(source=source, month__lte=until or clock.today()).order_by("-month")[:count]
    return list(reversed(rows))


def restated(source: SourceSystem, month: date | None = None, count: int = 20) -> list[QualityMonth]:
    """Publications that replaced others, the newest first, each with ``before``."""
    rows = QualityMonth.objects.filter(source=source).select_related("load")
    rows = rows.filter(month=month) if month else rows
    found = list(rows.filter(revision__gt=1).order_by("-published_at", "-month")[:count])
    keys = {(row.month, row.revision - 1) for row in found}
    wanted = rows.filter(month__in={key[0] for key in keys}, revision__in={key[1] for key in keys})
    earlier = {(row.month, row.revision): row for row in wanted} if found else {}
    for row in found:
        row.before = earlier.get((row.month, row.revision - 1))
    return found


def statement(measure: Measure, target: str, month: date) -> str:
    """The rows of a month that a measure finds not as they should be."""
    of, good = (sql.replace("%", "%%") for sql in measure.sql(target))
    inner = select(target, measure.columns(target), [month])
    return (
        f"SELECT * FROM ({inner}) r WHERE month = %(month)s AND ({of}) AND NOT coalesce({good}, false) "
        f"ORDER BY source_key LIMIT {SHOWN}"
    )


def failing(source: str, measure: Measure, target: str, month: date) -> tuple[list[str], list[dict[str, Any]]]:
    """Titles and rows: the source's own key, and the columns that the measure looks at.

    As the reader may see them: call it inside ``acting`` with the reader.
    """
    known = fields(target)
    columns = [name for name in measure.columns(target) if name != "source_key"]
    person = [] if target == "patient" else ["resident"]
    names = ["source", "month", "id", "source_key", *person, *columns]
    parameters = {"sources": [source], "months": [month], "month": month}
    rows = [dict(zip(names, row, strict=True)) for row in ask(statement(measure, target, month), parameters)]
    for row in rows:
        row["values"] = [plain(row[name]) for name in columns]
    return [known[name].title for name in columns], rows


def plain(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def refused(source: str, measure: Measure, targets: Sequence[str], month: date) -> list[RejectedRow]:
    """Lines of the deliveries that gave rows to a month, refused for a rule that the measure counts."""
    loads = DeliveredRows.objects.filter(source=source, month=month, outcome__in=measure.faults)
    loads = loads.filter(target__in=targets) if targets else loads
    rows = RejectedRow.objects.filter(load__in=loads.values("load"), rule__in=measure.faults).select_related("load")
    rows = rows.filter(target__in=[*targets, ""]) if targets else rows
    return list(rows.defer("value", "content").order_by("-load_id", "id")[:SHOWN])
