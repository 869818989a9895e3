"""What this room shows on the pages of the record: hidden rows, open objections."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.template.loader import render_to_string

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.panels import panel
from yigongti.records.health_record.branches import ENTRIES

from .models import Objection


def hidden(resident_id: Any) -> int:
    """How many rows of a resident the actor may not see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT privacy_hidden(%s)", [resident_id])
        return int(cursor.fetchone()[0])


@panel("record.top", order=5)
def protected_rows(request: HttpRequest, resident: Any) -> str | None:
    """有 n 条受保护的记录, and the way to see them."""
    count = hidden(resident.pk)
    if not count:
        return None
    may = request.actor.may(Permission.RECORD_EMERGENCY)  # type: ignore[attr-defined]
    context = {"count": count, "resident_id": resident.pk, "may": may}
    return render_to_string("privacy/protected.html", context, request=request)


@panel("record.top", order=6)
def open_objections(request: HttpRequest, resident: Any) -> str | None:
    """Entries of the record to which the person objects now."""
    found = list(Objection.objects.filter(resident_id=resident.pk, closed_at=None).order_by("opened_at")[:5])
    return render_to_string("privacy/objected.html", {"objections": found}, request=request) if found else None


@panel("record.entry")
def objections_to(request: HttpRequest, entry: Any) -> str | None:
    """What was objected to this entry, and the way to object for the person."""
    found = list(Objection.objects.filter(entry_id=entry.pk).order_by("-opened_at")[:3])
    kind = next((name for name, model in ENTRIES.items() if type(entry) is model), "")
    actor = request.actor  # type: ignore[attr-defined]
    open_now = any(case.is_open for case in found)
    may = bool(kind) and not open_now and entry.replaced_at is None and actor.may(Permission.RECORD_WRITE)
    if not found and not may:
        return None
    context = {"objections": found, "entry": entry, "kind": kind, "may": may}
    return render_to_string("privacy/entry.html", context, request=request)
