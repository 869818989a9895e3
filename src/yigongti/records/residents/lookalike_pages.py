"""Whoever registers sees, while typing, who is there already and opens them with one click."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.view import ActorView

from .services.lookalikes import Lookalikes, lookalikes, newborn_lookalikes, unknown_lookalikes

ASKED = ("name", "sex", "id_number", "phone", "address")


def day(text: str) -> date | None:
    """The day typed, if it is one yet."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def asked(posted: Any) -> dict[str, Any]:
    """What the form says of the person so far."""
    return {name: posted.get(name, "") for name in ASKED} | {"birth_date": day(posted.get("birth_date", ""))}


def shown(found: Lookalikes) -> dict[str, Any]:
    """The lines of the fragment; ``seen`` goes back with the form, so that what was shown is not asked again."""
    from .pages import Found

    return {
        "lookalikes": [(Found(one.resident), one) for one in found.found],
        "elsewhere": found.elsewhere,
        "seen": ",".join(sorted(str(one.resident.pk) for one in found.found)),
    }


class LookalikesView(ActorView):
    """The fragment below a form of registration."""

    title, permission = "相像的档案", Permission.RESIDENT_REGISTER

    def find(self, actor: Any, posted: Any) -> Lookalikes:
        """Who may be the person."""
        return lookalikes(actor, asked(posted))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """What has been typed so far."""
        found = self.find(request.actor, request.POST)  # type: ignore[attr-defined]
        return render(request, "residents/lookalikes.html", shown(found))


class UnknownLookalikes(LookalikesView):
    """People whom nobody knows, found lately."""

    def find(self, actor: Any, posted: Any) -> Lookalikes:
        age = posted.get("estimated_age", "")
        years = int(age) if age.isdecimal() and int(age) <= 120 else None
        return unknown_lookalikes(actor, sex=posted.get("sex", ""), estimated_age=years)


class NewbornLookalikes(LookalikesView):
    """Children of the same mother, born about that day."""

    def find(self, actor: Any, posted: Any) -> Lookalikes:
        mother: UUID = self.kwargs["resident_id"]
        return newborn_lookalikes(actor, mother_id=mother, birth_date=day(posted.get("birth_date", "")))
