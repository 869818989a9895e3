"""Residents for whom a criterion fires and nobody has decided yet: what a doctor's desk shows of this room."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.organizations.models import Organization

from . import criteria, diseases, observed, services

#: a proposal speaks of a visit of these days, as long as a dismissal rests
RECENT = timedelta(days=7)
MOST = 60
PLACE_SECONDS = 60

#: the last visit of each resident here, with everything that the criteria read, and what was decided since
VISITS = """
SELECT e.id, r.id, r.name, r.sex, r.birth_date, e.started_at, e.findings,
       (SELECT jsonb_agg(jsonb_build_array(o.code, o.effective_at, o.value) ORDER BY o.effective_at DESC, o.code)
          FROM (SELECT code, effective_at, value FROM health_record_observation
                 WHERE resident_id = r.id AND code = ANY(%(codes)s) AND value IS NOT NULL
                   AND effective_at > %(back)s AND effective_at <= %(now)s
                   AND replaced_by_id IS NULL AND voided_reason = ''
                 ORDER BY effective_at DESC, code LIMIT %(values)s) o),
       ARRAY(SELECT DISTINCT c.register FROM health_record_condition c
              WHERE c.resident_id = r.id AND c.register <> '' AND c.status <> 'resolved'
                AND c.replaced_by_id IS NULL AND c.voided_reason = ''),
       ARRAY(SELECT f.disease FROM referral_referral f WHERE f.resident_id = r.id AND f.closed_at IS NULL),
       ARRAY(SELECT d.criterion FROM referral_decision d
              WHERE d.resident_id = r.id AND d.at > %(since)s AND (d.encounter_id = e.id OR d.encounter_id IS NULL))
FROM (SELECT DISTINCT ON (resident_id) id, resident_id, started_at, findings FROM health_record_encounter
       WHERE organization_id = %(here)s AND started_at > %(since)s AND started_at <= %(now)s
         AND replaced_by_id IS NULL AND voided_reason = ''
       ORDER BY resident_id, started_at DESC) e
JOIN residents_resident r ON r.id = e.resident_id AND r.died_on IS NULL AND r.moved_on IS NULL
ORDER BY e.started_at DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class Read:
    """A measurement as it came from the statement."""

    code: str
    effective_at: datetime
    value: Decimal | None


@dataclass(frozen=True)
class Waiting:
    """A resident, the visit, and what is proposed, most urgent first."""

    resident_id: UUID
    name: str
    sex: str
    birth_date: date
    encounter_id: UUID
    at: datetime
    suggestions: Sequence[criteria.Suggestion]


def proposals_waiting(actor: Actor, *, most: int = MOST) -> list[Waiting]:
    """Of the last ``most`` people seen this week where the actor works, those for whom a referral up is proposed.

    Left out is what was decided for this visit, and a disease for which a referral is open. One statement.
    """
    if not actor.organization_id or not actor.may(Permission.REFERRAL_SUBMIT, actor.organization_id):
        return []
    tier, places = _place(actor.organization_id)
    rules = criteria.criteria(place=places or None)
    found = []
    for encounter, resident, name, sex, born, at, findings, values, registers, opened, decided in _visits(actor, most):
        row = observed.finding(
            born=born,
            sex=sex,
            tier=tier,
            measurements=_measurements(values),
            registers=registers,
            findings=_json(findings) or {},
        )
        open_for = [
            suggestion
            for suggestion in rules.suggest(row)
            if suggestion.direction == "up"
            and f"{suggestion.policy}#{suggestion.rule}" not in decided
            and diseases.of_policy(suggestion.policy) not in opened
        ]
        if open_for:
            found.append(Waiting(resident, name, sex, born, encounter, at, open_for))
    return found


def _visits(actor: Actor, most: int) -> list[Any]:
    now = clock.now()
    params = {
        "here": actor.organization_id,
        "codes": sorted(observed.FRESH),
        "now": now,
        "since": now - RECENT,
        "back": now - observed.YEARS_BACK,
        "values": observed.MOST,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(VISITS, params)
        return cursor.fetchall()


def _measurements(values: Any) -> list[Read]:
    return [Read(code, datetime.fromisoformat(at), Decimal(str(value))) for code, at, value in _json(values) or ()]


def _json(cell: Any) -> Any:
    return json.loads(cell, parse_float=Decimal) if isinstance(cell, str) else cell


def _place(organization_id: int) -> tuple[str, list[str]]:
    """The tier and the policy places of an organisation, remembered for a minute."""

    def read() -> tuple[str, list[str]]:
        home = Organization.objects.select_related("part_of").get(pk=organization_id)
        return home.tier, services.places_of(home)

    return cache.get_or_set(f"referral.place.{organization_id}", read, PLACE_SECONDS) or read()
