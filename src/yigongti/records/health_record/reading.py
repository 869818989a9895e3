"""Pages that look closer: one row with its source and versions, the course of one value, the summary on one sheet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.charts import Chart, Series
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.models import SourceSystem

from . import queries
from .banner import banner
from .branches import ENTRIES
from .entry_forms import CORRECTIONS
from .models import DiagnosticReport, Encounter, Entry, Observation
from .observations import CATALOGUE
from .overview import Line, overview
from .pages import ROSTER, may_read, tabs
from .timeline import Wanted, timeline
from .values import Value, value_of

KEPT = {field.name for field in Entry._meta.fields} | {"content", "size", "encounter", "report", "request", "findings"}
LOCAL = ("local_system", "local_code", "local_name")
VERSIONS = 50


class EntryPage(ActorView):
    """One row of the record: all it says, where it comes from, its earlier and later versions."""

    title, permission = "档案条目", staticmethod(may_read)

    def get(self, request: HttpRequest, resident_id: UUID, kind: str, entry_id: UUID) -> HttpResponse:
        """In the dialog, or as a page."""
        actor = request.actor  # type: ignore[attr-defined]
        resident = access_resident(actor, resident_id)
        model = ENTRIES.get(kind)
        if model is None:
            raise NotFound("没有这种记录")
        entry = model.objects.filter(pk=entry_id, resident=resident).select_related("organization").first()
        if entry is None:
            raise NotFound("没有找到这条记录")
        reading(actor, resident_id=resident.pk, page="record:entry", kind=kind, entry=str(entry.pk))
        dialog = bool(getattr(request, "htmx", None))
        context = {
            "title": f"{entry._meta.verbose_name}",
            "crumbs": (ROSTER, (resident.name, reverse("record:resident", args=[resident.pk])), (self.title, "")),
            "resident": resident,
            "banner": None if dialog else banner(resident),
            "dialog": dialog,
            "entry": entry,
            "kind": kind,
            "facts": facts(entry),
            "origin": origin(entry),
            "versions": versions(entry),
            "values": values(entry),
            "may_correct": actor.may(Permission.RECORD_WRITE, entry.organization_id)
            and not entry.replaced_at
            and not entry.voided_reason,
            "correctable": kind in CORRECTIONS and not (entry.source and entry.received_at),
        }
        return render(request, "record/entry_body.html" if dialog else "record/entry.html", context)


def facts(entry: Entry) -> list[tuple[str, str]]:
    """What the row itself says, in the words of its columns."""
    told = [(str(f.verbose_name), shown(entry, f)) for f in entry._meta.concrete_fields if f.name not in KEPT]
    told += [
        ("本地" + label, getattr(entry, name)) for name, label in zip(LOCAL, ("系统", "代码", "名称"), strict=True)
    ]
    return [(label, text) for label, text in told if text]


def shown(entry: Entry, field: models.Field) -> str:
    """The value of a column as people read it."""
    value = getattr(entry, f"get_{field.name}_display")() if field.choices else getattr(entry, field.name)
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(field, models.DateTimeField):
        return f"{queries.local(value):%Y-%m-%d %H:%M}"
    if isinstance(field, models.DecimalField):
        return f"{value.normalize():f}"
    if isinstance(field, models.BooleanField):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def origin(entry: Entry) -> list[tuple[str, str]]:
    """Where the row comes from."""
    system = SourceSystem.objects.filter(pk=entry.source).first() if entry.source else None
    received = f"{queries.local(entry.received_at):%Y-%m-%d %H:%M}" if entry.received_at else ""
    told = (
        ("机构", str(entry.organization)),
        ("医生", str(entry.practitioner or entry.practitioner_name or "")),
        ("来源系统", str(system) if system else entry.source or "在平台上书写"),
        ("来源主键", entry.source_key),
        ("记录时间", f"{queries.local(entry.recorded_at):%Y-%m-%d %H:%M}"),
        ("收到时间", received),
        ("版本", str(entry.version)),
        ("作废", entry.voided_reason),
    )
    return [(label, text) for label, text in told if text]


def versions(entry: Entry) -> Sequence[dict[str, Any]]:
    """The chain of versions of a row, the newest first; what differs from the version before is told."""
    chain: list[Entry] = [entry]
    while len(chain) < VERSIONS and (later := chain[0].replaced_by):
        chain.insert(0, later)
    while len(chain) < VERSIONS and (earlier := type(entry).objects.filter(replaced_by=chain[-1]).first()):
        chain.append(earlier)
    if len(chain) == 1:
        return []
    told = [dict(facts(one)) for one in chain]
    return [
        {
            "entry": one,
            "here": one.pk == entry.pk,
            "changes": [
                (label, told[n + 1].get(label, "空"), told[n].get(label, "空"))
                for label in {**told[n + 1], **told[n]}
                if told[n + 1].get(label) != told[n].get(label)
            ]
            if n + 1 < len(chain)
            else [],
        }
        for n, one in enumerate(chain)
    ]


def values(entry: Entry) -> list[tuple[Value, Observation]]:
    """The values of a visit or report, with their ranges; and of the moment of a value that stands alone."""
    found = Observation.objects.in_force().filter(resident_id=entry.resident_id)
    if isinstance(entry, Encounter):
        found = found.filter(encounter=entry)
    elif isinstance(entry, DiagnosticReport):
        found = found.filter(report=entry)
    else:
        return []
    order = {code: place for place, code in enumerate(CATALOGUE)}
    return [(value_of(row), row) for row in sorted(found, key=lambda row: order.get(row.code, 999))]


class Results(PageView):
    """What was measured: all codes, and the course of one of them with its range and its table."""

    title, permission, template_name = "检验与测量", staticmethod(may_read), "record/results.html"

    def context(self, actor: Any) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"])
        reading(actor, resident_id=resident.pk, page="record:results")
        lines = overview(resident.pk).lines
        chosen = self.request.GET.get("code", "")
        line = next((one for one in lines if one.measured.code == chosen), lines[0] if lines else None)
        rows = queries.course(resident.pk, line.measured.code) if line else []
        return {
            "title": f"{resident.name}的检验与测量",
            "crumbs": (ROSTER, (resident.name, reverse("record:resident", args=[resident.pk])), (self.title, "")),
            "resident": resident,
            "banner": banner(resident),
            "tabs": tabs(resident, "record:results"),
            "lines": lines,
            "line": line,
            "rows": [(value_of(row), row) for row in rows],
            "charts": [trend_chart(line, rows)] if line and rows else [],
        }


def trend_chart(line: Line, rows: Sequence[Observation]) -> Chart:
    """The course of one value over time with the limits of its range: each row's own, else the usual one."""
    rows = list(rows)[::-1]
    below, above = line.measured.normal
    courses = {
        line.measured.name: [row.value for row in rows],
        "参考上限": [above if row.reference_high is None else row.reference_high for row in rows],
        "参考下限": [below if row.reference_low is None else row.reference_low for row in rows],
    }
    told = {name: values for name, values in courses.items() if any(value is not None for value in values)}
    return Chart(
        key="trend",
        title=line.measured.name,
        categories=[f"{queries.local(row.effective_at):%Y-%m-%d}" for row in rows],
        unit=line.measured.unit,
        series=[Series(name=name, values=values, kind="line") for name, values in told.items()],
        extra={
            "xAxis": {"type": "time", "axisLabel": {"formatter": "{yyyy}-{MM}", "hideOverlap": True}},
            "yAxis": {"type": "value", "scale": True},
            "series": [drawn(name, values, rows, limit=n > 0) for n, (name, values) in enumerate(told.items())],
        },
    )


LIMIT = {"symbol": "none", "lineStyle": {"type": "dashed", "width": 1}}


def drawn(name: str, values: Sequence[Decimal | None], rows: Sequence[Observation], *, limit: bool) -> dict[str, Any]:
    """A line of the chart, spaced by time; a limit is dashed and has no points."""
    at = [queries.local(row.effective_at).isoformat() for row in rows]
    data = [{"value": [when, None if v is None else float(v)]} for when, v in zip(at, values, strict=True)]
    return {"name": name, "type": "line", "data": data, **(LIMIT if limit else {})}


class Summary(PageView):
    """What a colleague must know: one screen, one A4 page."""

    title, permission, template_name = "健康档案摘要", staticmethod(may_read), "record/summary.html"

    def context(self, actor: Any) -> dict[str, Any]:
        resident = access_resident(actor, self.kwargs["resident_id"])
        reading(actor, resident_id=resident.pk, page="record:summary")
        told = frozenset({"encounter", "procedure", "immunization", *other_kinds()})
        return {
            "title": f"{resident.name}的健康档案摘要",
            "crumbs": (ROSTER, (resident.name, reverse("record:resident", args=[resident.pk])), (self.title, "")),
            "resident": resident,
            "banner": banner(resident),
            "tabs": tabs(resident, "record:summary"),
            "overview": overview(resident.pk),
            "moments": timeline(resident.pk, wanted=Wanted(only=told), most=8).moments,
        }


def other_kinds() -> list[str]:
    """What other rooms tell, such as referrals."""
    from .timeline import KINDS, kinds

    return sorted(kinds().keys() - KINDS.keys())
