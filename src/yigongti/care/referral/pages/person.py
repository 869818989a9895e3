"""The card of a person's referrals on the page of their record, where the doctor lands after a visit."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.panels import panel
from yigongti.records.health_record.models import Encounter

from .proposals import panel_html

#: what was seen at a visit speaks for the proposals as long as this
SAME_VISIT = timedelta(hours=24)


@panel("record.top", order=10)
def referral_card(request: HttpRequest, resident: Any) -> str | None:
    """Referrals in hand, proposals with one click, a referral down: by what the actor may."""
    return panel_html(request, resident.pk, _visit_of(request.actor, resident.pk))  # type: ignore[attr-defined]


def _visit_of(actor: Actor, resident_id: UUID) -> UUID | None:
    """The visit of the last hours at the actor's organisation: its signs count."""
    here = Encounter.objects.in_force().filter(resident=resident_id, organization=actor.organization_id)
    recent = here.filter(started_at__gt=clock.now() - SAME_VISIT, started_at__lte=clock.now())
    return recent.order_by("-started_at").values_list("pk", flat=True).first()
