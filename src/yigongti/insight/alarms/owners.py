"""Who answers for a unit, who watches over it."""

from collections.abc import Iterable
from dataclasses import dataclass

from yigongti.insight.reporting.duties import reviewers
from yigongti.insight.results.models import Unit
from yigongti.kernel.access.models import Grant
from yigongti.registry.consortia.models import Membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import holding


@dataclass(frozen=True)
class Owner:
    """The organisation that answers, the one above it, and others that watch."""

    home: int
    above: int | None
    watching: tuple[int, ...] = ()


def owners(units: Iterable[Unit]) -> dict[int, Owner]:
    """Unit → who answers; a unit for which nobody could is left out.

    An organisation and a centre answer for themselves under whoever reviews their reports; a consortium answers through
    the organisation at which its council sits, a county through its health commission, which also watches all others.
    """
    listed = list(units)
    councils, commissions = _seats("council"), _seats("commission")
    by_county = _counties(commissions)
    above = reviewers({unit.organization_id for unit in listed if unit.organization_id})
    members = _members({unit.consortium_id for unit in listed if unit.consortium_id})
    found = {}
    for unit in listed:
        watching = tuple(by_county.get(unit.county, ()))
        if unit.organization_id:
            higher = above.get(unit.organization_id)
            found[unit.pk] = Owner(unit.organization_id, higher if higher != unit.organization_id else None, watching)
        elif unit.consortium_id and (seats := [one for one in members[unit.consortium_id] if one in councils]):
            found[unit.pk] = Owner(seats[0], next(iter(watching), None), watching)
        elif unit.level == "county" and watching:
            found[unit.pk] = Owner(watching[0], None, watching)
    return found


def _seats(role: str) -> set[int]:
    rows = Grant.objects.filter(holding(), role=role).values_list("organization_id", flat=True)
    return {one for one in rows if one}


def _counties(commissions: set[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    rows = Organization.objects.filter(pk__in=commissions).order_by("pk").values_list("pk", "area_code")
    for pk, area in rows:
        found.setdefault(area[:6], []).append(pk)
    return found


def _members(consortia: set[int]) -> dict[int, list[int]]:
    """The members of each consortium today, the lead first."""
    found: dict[int, list[int]] = {one: [] for one in consortia}
    rows = Membership.objects.on().filter(consortium_id__in=consortia).order_by("pk")
    for row in sorted(rows, key=lambda one: one.role != Membership.Role.LEAD):
        found[row.consortium_id].append(row.organization_id)
    return found
