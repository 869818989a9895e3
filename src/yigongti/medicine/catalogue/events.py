"""What the formulary hears: an organisation that closes supplies nothing any more."""

from datetime import date
from typing import Any

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events.outbox import consumer
from yigongti.registry.organizations.models import Organization

from . import services


@consumer("OrganizationClosed")
def organization_closed(payload: dict[str, Any]) -> None:
    """End its supplies with it."""
    organization = Organization.objects.get(pk=payload["organization"])
    services.end_supplies(SYSTEM, organization=organization, reason="机构撤销", on=date.fromisoformat(payload["on"]))
