"""Entering a report: one form for all its items, the spreadsheet out and in, files to each item."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from yigongti.insight.indicators.definitions import Indicator
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, Invalid, Stale, YigongtiError
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.spreadsheet import MIME
from yigongti.kernel.ui.view import ActorView

from .. import duties, evidence, houses, services, sheet, showing
from ..entering import criteria
from ..models import Report
from ..plans import ANSWERS, plans
from ..schemas import Answered, ItemIn
from ..workflow import Reporting
from .lists import CRUMBS

NUMBERS = ("numerator", "denominator", "value")


@dataclass
class Typed:
    """What the form said: items that can be read, and what cannot, as ``<item>.<field>`` → text typed and message."""

    items: dict[str, ItemIn] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def typed_in(asked: list[Indicator], post: QueryDict) -> Typed:
    """The items of the posted form; an item whose fields were not sent is left out."""
    found = Typed()
    for item in asked:
        code = item.indicator
        if f"{code}.sent" not in post:
            continue
        given = ItemIn(
            item=code,
            absent=f"{code}.absent" in post,
            note=post.get(f"{code}.note", "").strip()[:1000],
        )
        for name in NUMBERS:
            text = post.get(f"{code}.{name}", "").strip()
            found.raw[f"{code}.{name}"] = text
            if text:
                value, reason = sheet.number_of(text)
                setattr(given, name, value)
                if value is None:
                    found.wrong[f"{code}.{name}"] = f"{reason}，只写数字，如 1234.5"
        if item.kind == "judged":
            given.answers = [
                Answered(
                    answer=_answer(post.get(f"{code}.answer.{n}", "")),
                    words=post.get(f"{code}.words.{n}", "").strip()[:500],
                )
                for n in range(1, len(criteria(item)) + 1)
            ]
        found.items[code] = given
    return found


def _answer(text: str) -> str:
    return text if text in ANSWERS else ""


class Entering(ActorView):
    """What the pages of entering share."""

    title, permission = "填写", Permission.INDICATOR_REPORT

    def report(self, actor: Actor) -> Report:
        """The report of the address, which this actor may fill in. Raises NotFound, Forbidden."""
        report = services.access_report(actor, self.kwargs["report_id"])
        houses.require(actor, report)
        return report

    def show(
        self,
        request: HttpRequest,
        report: Report,
        *,
        typed: Typed | None = None,
        wrong: dict[str, str] | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """The form with what stands, or with what was typed and what is wrong with it."""
        with acting(request.actor):  # type: ignore[attr-defined]
            lines = showing.lines(report, typed=typed.items if typed else None)
        found = {**(typed.wrong if typed else {}), **(wrong or {})}
        for line in lines:
            line.wrong = {k.removeprefix(f"{line.code}."): v for k, v in found.items() if k.startswith(f"{line.code}.")}
            line.raw = {name: self._raw(line, name, typed) for name in NUMBERS}
        context = {
            "title": f"填写：{report.title}",
            "crumbs": (*CRUMBS, (report.number, report.get_absolute_url())),
            "report": report,
            "lines": lines,
            "groups": groups(lines, report),
            "answers": ANSWERS.items(),
            "rules": plans().evidence,
            "accept": evidence.ACCEPTED,
            "words": evidence.WORDS,
            "wrong": found,
            **more,
        }
        refused = Invalid.status if found or more.get("error") else 200
        return render(request, "reporting/entry.html", context, status=status if status != 200 else refused)

    def _raw(self, line: showing.Line, name: str, typed: Typed | None) -> str:
        if typed and f"{line.code}.{name}" in typed.raw:
            return typed.raw[f"{line.code}.{name}"]
        value = getattr(line.typed, name)
        return "" if value is None else showing.entering.plain(value)


def groups(lines: list[showing.Line], report: Report) -> list[tuple[str, list[showing.Line]]]:
    """The items under the dimensions of their set."""
    names = duties.current(report).body.dimensions
    found: dict[str, list[showing.Line]] = {}
    for line in lines:
        found.setdefault(names.get(line.item.dimension, ""), []).append(line)
    return list(found.items())


class Entry(Entering):
    """All items of a report in one form: save as a draft, or submit."""

    title = "填写指标"

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """What stands."""
        report = self.report(request.actor)  # type: ignore[attr-defined]
        if not report.is_editable:
            messages.info(request, f"{report.number} 现在是“{report.state_now.title}”，不能填写。")
            return HttpResponseRedirect(report.get_absolute_url())
        return self.show(request, report)

    def post(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Keep files and values; what is wrong comes back with everything typed."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = self.report(actor)
        typed = typed_in(duties.asked(report), request.POST)
        wrong = self._files(request, actor, report) | typed.wrong
        if wrong:
            return self.show(request, report, typed=typed, wrong=wrong, error="有内容没有保存，见下面标出的地方。")
        version = request.POST.get("version", "")
        try:
            done = services.fill(
                actor,
                report=report,
                items=list(typed.items.values()),
                version=int(version) if version.isdecimal() else None,
            )
        except Stale as error:
            return self._beside(request, actor, typed, error)
        except (Invalid, Conflict) as error:
            fields = {str(k): str(v) for k, v in dict(error.values.get("fields") or {}).items()}  # type: ignore[call-overload]
            return self.show(request, report, typed=typed, wrong=fields, error=str(error))
        if "submit" in request.POST:
            return self._submit(request, actor, report)
        messages.success(request, "已保存。" if done or request.FILES else "没有改动。")
        return HttpResponseRedirect(reverse("reporting:entry", args=[report.pk]))

    def _submit(self, request: HttpRequest, actor: Actor, report: Report) -> HttpResponse:
        """Submit what has just been kept; what is missing is shown at its item."""
        try:
            advance(actor, Reporting, report.pk, "submit")
        except (Invalid, Conflict) as error:
            wrong = {str(k): str(v) for k, v in dict(error.values.get("fields") or {}).items()}  # type: ignore[call-overload]
            words = f"已保存，还不能提交：{len(wrong)} 处要补，见下面标出的地方。" if wrong else str(error)
            return self.show(request, services.access_report(actor, report.pk), wrong=wrong, error=words)
        messages.success(request, "已提交，等待审核。")
        return HttpResponseRedirect(report.get_absolute_url())

    def _files(self, request: HttpRequest, actor: Actor, report: Report) -> dict[str, str]:
        """Keep the files of all items; what was refused, by item."""
        wrong: dict[str, str] = {}
        for name, files in request.FILES.lists():
            item = name.removesuffix(".file")
            for file in files:
                try:
                    content = file.read()
                    evidence.add(actor, report=report, item=item, name=file.name or "", content=content)
                except (Invalid, Conflict) as error:
                    wrong[f"{item}.file"] = str(error)
        return wrong

    def _beside(self, request: HttpRequest, actor: Actor, typed: Typed, error: YigongtiError) -> HttpResponse:
        """Somebody was faster: what was typed stays, with what they stored beside it; saving again is a decision."""
        report = services.access_report(actor, self.kwargs["report_id"])
        if not report.is_editable:
            messages.error(request, f"{error}。现在是“{report.state_now.title}”，您填写的内容没有保存。")
            return HttpResponseRedirect(report.get_absolute_url())
        with acting(actor):
            standing = services.standing(report)
        differing = {row.item for row in standing.values() if row.entered_by_id != actor.user_id}
        others = services.entering.changed(standing, typed.items.values())
        notes = {
            f"{one.item}.others": f"{standing[one.item].entered_by} 已另存为不同的内容，再次保存以您的为准"
            for one in others
            if one.item in differing
        }
        words = "在您打开页面之后，别人保存过这份填报。您填写的都在下面，请核对后再保存。"
        return self.show(request, report, typed=typed, wrong=notes, error=words, status=409)


class Template(Entering):
    """The report as a spreadsheet to fill in."""

    title = "填报模板"

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """As xlsx, with what stands."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = self.report(actor)
        with acting(actor):
            told = sheet.lines(duties.asked(report), services.standing(report), services.before(report)[1])
        name = f"{report.title}-{report.unit_name}-{report.period}.xlsx"
        return attachment(sheet.template(report, told), name, MIME)


class Upload(Entering):
    """The spreadsheet comes back."""

    title = "上传填报表"

    def get(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Uploading stands on the page of entering."""
        return HttpResponseRedirect(reverse("reporting:entry", args=[report_id]))

    def post(self, request: HttpRequest, report_id: UUID) -> HttpResponse:
        """Keep what can be kept; say of every other line why not."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        report = self.report(actor)
        file = request.FILES.get("file")
        version = request.POST.get("version", "")
        try:
            if file is None:
                raise Invalid("没有选择文件", hint="请选择填好的 xlsx 模板", field="file")
            reading = services.upload(
                actor,
                report=report,
                name=file.name or "",
                content=file.read(),
                version=int(version) if version.isdecimal() else None,
            )
        except (Invalid, Conflict) as error:
            return self.show(request, services.access_report(actor, report_id), upload_error=str(error), status=422)
        if not reading.mistakes:
            words = f"读入 {reading.read} 行，保存了 {len(reading.items)} 项。"
            messages.success(request, words if reading.items else f"读入 {reading.read} 行，与已有的相同，没有改动。")
            return HttpResponseRedirect(reverse("reporting:entry", args=[report.pk]))
        report = services.access_report(actor, report_id)
        return self.show(request, report, reading=reading, status=422)
