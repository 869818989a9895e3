"""Continuing drugs while they are typed: found in the destination's formulary, and told when they are not in it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from yigongti.care.referral import drugs
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui.view import ActorView
from yigongti.medicine.catalogue.queries import formularies, formulary_of, matching, offered
from yigongti.registry.organizations.models import Organization

#: drugs offered for what was typed
MOST = 8


class DrugLines(forms.Textarea):
    """The lines of drugs, with a search in the destination's formulary above and what is outside below."""

    def __init__(self) -> None:
        super().__init__({"class": "form-control", "rows": 4, "autocomplete": "off"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The field with both."""
        field = super().render(name, value, attrs, renderer)
        return render_to_string("referral/drug_lines.html", {"field": field, "name": name})


class Medication(ActorView):
    """Answers about the drugs of a plan, for those who write plans."""

    title, permission = "接续用药", Permission.REFERRAL_TREAT


class Find(Medication):
    """The destination's drugs that answer to what was typed."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """At most eight, essential medicines first."""
        text, where = request.POST.get("drug_q", "").strip(), destination(request)
        rows = matching(offered(where.pk), text) if text and where else None
        found = list(rows.order_by("-essential", "name", "specification")[:MOST]) if rows is not None else []
        return render(request, "referral/drugs_found.html", {"found": found, "q": text, "destination": where})


class Check(Medication):
    """What of the lines is outside the destination's formulary, and what may stand for it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """A line that is not complete is told at submission, not while it is typed."""
        where, lines = destination(request), []
        for line in request.POST.get("drugs", "").splitlines():
            try:
                lines += drugs.parse(line)
            except Invalid:
                continue
        placed = drugs.checked(lines, where.pk) if where and lines else []
        outside = [line for line in placed if line["in_formulary"] is False]
        unknown = bool(placed) and all(line["in_formulary"] is None for line in placed)
        context = {"outside": outside, "unknown": unknown, "count": len(placed), "destination": where}
        return render(request, "referral/drugs_checked.html", context)


def destination(request: HttpRequest) -> Organization | None:
    """The organisation that the form names, if its formulary is within reach."""
    number = request.POST.get("counterpart", "")
    found = Organization.objects.filter(pk=number).first() if number.isdecimal() else None
    if found is None:
        return None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    formulary = formulary_of(found.pk)
    reached = formulary is None or formularies(actor).filter(pk=formulary.pk).exists()
    return found if reached else None
