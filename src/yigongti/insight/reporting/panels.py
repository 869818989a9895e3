"""Where a result is explained: the report that it came from, or what was reported beside a computed one."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from yigongti.insight.indicators.sets import in_force
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.panels import panel

from . import services, showing
from .models import Report


@panel("results.explained", order=30)
def reported(request: HttpRequest, one: Any) -> str | None:
    """The accepted report behind a reported number; the reported numbers that measure the same as a computed one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    code = one.measure.code
    wanted = {code} if one.item.kind != "computed" else _beside(code)
    found = []
    for report in _reports(actor, one, {name.partition("/")[0] for name in wanted}):
        for line in showing.lines(report, report.accepted_edition):
            if f"{report.set}/{line.code}" in wanted:
                found.append((report, line))
    own = one.item.kind != "computed"
    if not found and not (own and one.result):
        return None
    return render_to_string("reporting/panel.html", {"found": found, "own": own, "unit": one.unit.title}, request)


def _beside(code: str) -> set[str]:
    """The reported indicators that name a computed one as measuring the same."""
    return {
        edition.body.code(item)
        for edition in in_force().values()
        for item in edition.body.indicators
        if code in item.beside
    }


def _reports(actor: Actor, one: Any, sets: set[str]) -> list[Report]:
    if not sets or not services.concerned(actor):
        return []
    rows = services.reports(actor).filter(
        set__in=sets, level=one.unit.level, unit=one.unit.key, period=one.period, accepted_edition__gt=0
    )
    return list(rows.select_related("submitted_by", "accepted_by")[:5])
