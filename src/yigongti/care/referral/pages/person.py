"""The card of a person's referrals on the page of their record, where the doctor lands after a visit."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.panels import panel
from yigongti.kernel.ui.view import ActorView
from yigongti.records.health_record.models import Encounter
from yigongti.records.residents.access import access_resident

from .proposals import panel_html

#: what was seen at a visit speaks for the proposals as long as this
SAME_VISIT = timedelta(hours=24)


def speaks_to(actor: Actor) -> bool:
    """Whoever refers, treats or receives reads referrals."""
    return actor.may(Permission.REFERRAL_READ)


@panel("record.top", order=10)
def referral_card(request: HttpRequest, resident: Any) -> str | None:
    """A place for the card: the criteria are judged after the record is on the screen."""
    if not speaks_to(request.actor):  # type: ignore[attr-defined]
        return None
    return render_to_string("referral/card_place.html", {"resident_id": resident.pk}, request=request)


class Card(ActorView):
    """Referrals in hand, proposals with one click, a referral down: by what the actor may."""

    title, permission = "双向转诊", speaks_to

    def get(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """The card alone, for the page of the record."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        access_resident(actor, resident_id, Permission.RECORD_READ)
        return HttpResponse(panel_html(request, resident_id, _visit_of(actor, resident_id)) or "")


def _visit_of(actor: Actor, resident_id: UUID) -> UUID | None:
    """The visit of the last hours at the actor's organisation: its signs count."""
    here = Encounter.objects.in_force().filter(resident=resident_id, organization=actor.organization_id)
    recent = here.filter(started_at__gt=clock.now() - SAME_VISIT, started_at__lte=clock.now())
    return recent.order_by("-started_at").values_list("pk", flat=True).first()
