"""Who is told when a record was opened in an emergency: the director, the auditor, and the person themselves."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from yigongti.kernel.access.models import User
from yigongti.kernel.access.roles import Auditor, Director
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import in_roles, notify
from yigongti.registry.organizations.models import Organization


@consumer("RecordOpenedInEmergency")
def alarm(payload: dict[str, Any]) -> None:
    """One notice each; news that arrives twice is told once."""
    resident, organization = UUID(payload["resident"]), payload["organization"]
    who = User.objects.filter(pk=payload["user"]).values_list("name", flat=True).first() or ""
    where = Organization.objects.filter(pk=organization).values_list("name", flat=True).first() or ""
    link = reverse("record:readers", args=[resident])
    key = f"{resident}:{payload['user']}:{payload['until'][:16]}"
    watching = in_roles(organization, [Director.code, Auditor.code]) - {payload["user"]}
    notify(users=watching, title="有档案被紧急调阅", text=f"{where} {who}", link=link, urgent=True, key=key)
    notify(resident_id=resident, title="您的健康档案被紧急调阅", text=f"{where} {who}", link=link, key=key)
