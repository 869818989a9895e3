"""What others read of targets."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from .models import Target


def decided_targets(units: Iterable[str], period: str) -> "QuerySet[Any]":
    """The decided targets of centres in a period: ``unit``, ``plan__policy``, ``item``, ``decided``."""
    found = Target.objects.filter(
        plan__state="decided", plan__period=period, unit__in=list(units), decided__isnull=False
    )
    return found.order_by().values("unit", "plan__policy", "item", "decided")
