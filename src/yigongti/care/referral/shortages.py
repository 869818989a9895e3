"""Continuing drugs that a destination did not have when a plan was written (缺药): which, where, how often.

Counted from the plans themselves; no resident is named, and what a member has listed since is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.medicine.catalogue.names import normal
from yigongti.medicine.catalogue.queries import Standing, standings_at
from yigongti.registry.organizations.models import Organization

from .models import Referral

#: plans of the last days
SPAN = timedelta(days=90)
STATEMENT = """
SELECT drug->>'name', r.counterpart_organization_id, count(*), array_agg(DISTINCT r.referring_doctor_id),
       max(r.submitted_at AT TIME ZONE 'Asia/Shanghai')::date
FROM referral_referral r CROSS JOIN LATERAL jsonb_array_elements(r.plan->'drugs') drug
WHERE r.direction = 'down' AND r.parties && %(where)s::bigint[]
  AND r.submitted_at >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND r.state NOT IN ('withdrawn', 'terminated') AND drug->>'in_formulary' = 'false'
GROUP BY 1, 2
"""
TOTALS = """
SELECT count(*) FILTER (WHERE drug->>'in_formulary' = 'false'), count(*) FILTER (WHERE drug->>'in_formulary' <> 'null')
FROM referral_referral r CROSS JOIN LATERAL jsonb_array_elements(r.plan->'drugs') drug
WHERE r.direction = 'down' AND r.parties && %(where)s::bigint[]
  AND r.submitted_at >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND r.state NOT IN ('withdrawn', 'terminated')
"""


@dataclass
class Shortage:
    """A drug that an organisation does not have, and how often patients came down with it."""

    name: str
    organization_id: int
    organization: Organization | None = None
    requests: int = 0
    doctors: set[int] = field(default_factory=set)
    latest: date = date.min
    standing: Standing | None = None

    @property
    def asked_by(self) -> int:
        """How many doctors wrote it."""
        return len(self.doctors)

    @property
    def drug_id(self) -> int | None:
        """The drug in the unified formulary, if it stands there."""
        return self.standing.drug_id if self.standing else None


def since() -> date:
    """The first day that counts."""
    return clock.today() - SPAN + timedelta(days=1)


def _reach(actor: Actor) -> dict[str, Any]:
    actor.require(Permission.SHORTAGE_READ)
    places = ",".join(map(str, sorted(actor.organizations(Permission.SHORTAGE_READ))))
    return {"where": f"{{{places}}}", "since": since()}


def shortages(actor: Actor) -> list[Shortage]:
    """What members still lack, most often asked for first. Seven statements."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, _reach(actor))
        rows = cursor.fetchall()
    found: dict[tuple[str, int], Shortage] = {}
    for name, place, count, doctors, latest in rows:
        one = found.setdefault((normal(name), place), Shortage(name, place))
        one.requests += count
        one.doctors |= set(filter(None, doctors))
        one.latest = max(one.latest, latest)
    return sorted(_lacking(found.values()), key=lambda one: (-one.requests, one.name, one.organization_id))


def _lacking(found: Iterable[Shortage]) -> list[Shortage]:
    """Those that are not listed by now, each with its organisation and what may stand for it."""
    wanted: dict[int, list[str]] = {}
    for one in found:
        wanted.setdefault(one.organization_id, []).append(one.name)
    now, places = standings_at(wanted), Organization.objects.in_bulk(list(wanted))
    lacking = []
    for one in found:
        standing = (now[one.organization_id] or {}).get(one.name)
        one.standing, one.organization = standing, places[one.organization_id]
        if standing is None or not standing.listed:
            lacking.append(one)
    return lacking


def share(actor: Actor) -> tuple[int, int]:
    """How many continuing drugs were outside the destination's formulary, of how many that could be checked."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, _reach(actor))
        outside, checked = cursor.fetchone()
    return outside, checked


def requests(actor: Actor, organization_id: int, name: str) -> QuerySet[Referral]:
    """The plans with which a drug came down to an organisation that did not have it, newest first."""
    actor.require(Permission.SHORTAGE_READ)
    reach = sorted(actor.organizations(Permission.SHORTAGE_READ))
    rows = Referral.objects.filter(
        direction=Referral.Direction.DOWN,
        parties__overlap=reach,
        counterpart_organization_id=organization_id,
        submitted_at__date__gte=since(),
    ).exclude(state__in=("withdrawn", "terminated"))
    key, written = normal(name), set()
    for plan in rows.filter(plan__drugs__contains=[{"in_formulary": False}]).values_list("plan", flat=True):
        written |= {line["name"] for line in plan["drugs"] if normal(line["name"]) == key}
    asked = Q(pk__in=[])
    for one in written:
        asked |= Q(plan__drugs__contains=[{"name": one, "in_formulary": False}])
    return rows.filter(asked).select_related("home_organization", "referring_doctor").order_by("-submitted_at")
