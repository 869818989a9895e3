"""The downloads: for whoever may read the record, and for residents themselves."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.ui.view import ActorView
from yigongti.records.residents.access import access_resident

from .bundle import document, lines

STYLE = Path(__file__).with_name("summary.css")


class NotInstalled(YigongtiError):
    """PDF needs WeasyPrint."""

    status = 501
    kind = "not-installed"


def may_read(actor: Actor) -> bool:
    """Those who read records, and residents."""
    return actor.may(Permission.RECORD_READ) or actor.may(Permission.OWN_RECORD)


class Fhir(ActorView):
    """The summary as a FHIR document."""

    title, permission = "档案摘要（FHIR 文档）", staticmethod(may_read)

    def get(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """The Bundle as a file."""
        made = document(request.actor, resident_id=resident_id)  # type: ignore[attr-defined]
        text = json.dumps(made, ensure_ascii=False, indent=1)
        return _file(text.encode(), "application/fhir+json; charset=utf-8", "summary.json")


class Pdf(ActorView):
    """The summary as a PDF."""

    title, permission = "档案摘要（PDF）", staticmethod(may_read)

    def get(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """One document, made of the same content."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        printer = _printer()
        made = document(actor, resident_id=resident_id, kind="PDF")
        return _file(printer(html(actor, resident_id, made)), "application/pdf", "summary.pdf")


#: lines of a section on the one sheet (4 where nothing is said); the rest is in the record
ROOM = {"问题列表": 8, "用药": 8, "检查检验结果": 14, "就诊": 6}


def _newest(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What was measured again and again once, as it was last; visits each."""
    seen: dict[tuple[str, str], tuple[str, str, str]] = {}
    for name, note, when in rows:
        seen.setdefault((name, "" if note[:1].isdigit() else f"{note}{when}"), (name, note, when))
    return list(seen.values())


def html(actor: Actor, resident_id: UUID, made: dict[str, Any]) -> str:
    """The page that is printed."""
    resident = access_resident(actor, resident_id)
    told = [(title, rows, _newest(rows)[: ROOM.get(title, 4)]) for title, rows in lines(made)]
    sections = [(title, shown, len(rows) - len(shown)) for title, rows, shown in told if rows]
    empty = "、".join(title for title, rows, _ in told if not rows)
    context = {"resident": resident, "sections": sections, "empty": empty, "at": clock.now(), "who": actor.name}
    return render_to_string("documents/summary.html", context)


def _printer() -> Any:
    try:
        from weasyprint import CSS, HTML
    except (ImportError, OSError):
        raise NotInstalled(
            "这台服务器没有安装 PDF 组件", hint="安装 yigongti[documents]（WeasyPrint），或从摘要页面打印"
        ) from None
    style = CSS(filename=str(STYLE))
    return lambda text: HTML(string=text).write_pdf(stylesheets=[style])


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
