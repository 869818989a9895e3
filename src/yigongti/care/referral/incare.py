"""Patients in care at the hospital, and the finding that the down criteria read about each.

Besides what any finding holds: what the treating doctor stated since the arrival (病情评估), the diagnosis of the
referral, how long the patient is in care, and since when no red criterion has fired. A statement “stable” that is older
than a red sign is no longer known.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.records.health_record.observations import ASSESSED
from yigongti.records.health_record.registers import register_of

from . import observed
from .workflow import UpReferral

#: the oldest value that a criterion still reads
BACK = max(observed.FRESH.values())
#: what a red sign takes back
TAKEN_BACK = ("condition_stable", "complications_stable")
#: group of a referral → register, where the diagnosis has no code
GROUPS = {"hypertension": "hypertension", "diabetes": "diabetes", "copd": "copd", "stroke": "stroke"}

PATIENTS = """
SELECT f.id, f.places, f.disease, f.diagnosis_code, o.tier, f.resident_sex, f.resident_birth_date, i.since,
       (SELECT jsonb_agg(jsonb_build_array(v.code, v.effective_at, v.value) ORDER BY v.effective_at DESC, v.code)
          FROM (SELECT code, effective_at, value FROM health_record_observation
                 WHERE resident_id = f.resident_id AND value IS NOT NULL
                   AND effective_at > %(back)s AND effective_at <= %(now)s
                   AND replaced_by_id IS NULL AND voided_reason = ''
                   AND (code = ANY(%(codes)s) OR code = ANY(%(stated)s) AND effective_at >= i.since
                        AND organization_id IN (f.counterpart_organization_id, f.handler_organization_id))
                 ORDER BY effective_at DESC, code LIMIT %(values)s) v),
       (SELECT jsonb_agg(jsonb_build_array(e.started_at, e.findings))
          FROM health_record_encounter e
         WHERE e.resident_id = f.resident_id AND e.started_at >= i.since AND e.started_at <= %(now)s
           AND e.findings <> '{}' AND e.replaced_by_id IS NULL AND e.voided_reason = ''),
       ARRAY(SELECT DISTINCT c.register FROM health_record_condition c
              WHERE c.resident_id = f.resident_id AND c.register <> '' AND c.status <> 'resolved'
                AND c.replaced_by_id IS NULL AND c.voided_reason = '')
FROM referral_referral f
JOIN organizations_organization o ON o.id = f.counterpart_organization_id
CROSS JOIN LATERAL (SELECT coalesce(f.arrived_at, f.entered_at) AS since) i
WHERE f.closed_at IS NULL AND f.workflow = %(flow)s AND f.state = %(state)s
"""


@dataclass(frozen=True)
class Read:
    """A measurement as it came from the statement."""

    code: str
    effective_at: datetime
    value: Decimal | None


@dataclass(frozen=True)
class Patient:
    """Someone in care, with everything that the criteria read. ``values`` newest first."""

    referral: UUID
    places: tuple[str, ...]
    tier: str
    sex: str
    born: date
    since: datetime
    registers: frozenset[str]
    values: Sequence[Read]
    findings: Sequence[tuple[datetime, Mapping[str, Any]]]

    @cached_property
    def assessed_at(self) -> datetime | None:
        """When the treating doctor last stated how the patient is."""
        return max((read.effective_at for read in self.values if read.code in ASSESSED), default=None)

    @cached_property
    def moments(self) -> dict[datetime, dict[str, Any]]:
        """What was seen in care, by moment: the rows on which the red criteria are judged, as if seen below."""
        found: dict[datetime, dict[str, Any]] = {}
        for read in self.values:
            if read.effective_at >= self.since and read.code not in ASSESSED:
                found.setdefault(read.effective_at, {}).update(known({read.code: read.value}))
        for at, seen in self.findings:
            found.setdefault(at, {}).update(known(seen))
        standing = self.standing()
        return {at: {**standing, **seen, "tier": "township"} for at, seen in found.items()}

    def standing(self) -> dict[str, Any]:
        """Who it is and what they suffer from."""
        row: dict[str, Any] = {"age": observed.years(self.born, clock.today()), "sex": observed.SEXES.get(self.sex)}
        return row | {column: True for name, column in observed.REGISTERS.items() if name in self.registers}

    def finding(self, red: datetime | None) -> dict[str, Any]:
        """The row of shape ``referral_finding``; ``red`` is when a red criterion last fired in care."""
        row = observed.finding(
            born=self.born,
            sex=self.sex,
            tier=self.tier,
            measurements=self.values,
            registers=self.registers,
            findings=known(max(self.findings, key=lambda pair: pair[0])[1]) if self.findings else {},
            since=self.since,
        )
        if red and self.assessed_at and red > self.assessed_at:
            row = {name: value for name, value in row.items() if name not in TAKEN_BACK}
        return row | {
            "days_in_care": _days(self.since),
            "days_without_red": _days(max(filter(None, (self.since, red)))),
        }


def known(seen: Mapping[str, Any]) -> dict[str, Any]:
    """The findings of a visit that are columns of the shape."""
    return {name: value for name, value in seen.items() if name in observed.FINDING.columns}


def _days(at: datetime) -> int:
    return max((clock.today() - timezone.localdate(at)).days, 0)


def patients(only: Iterable[UUID] | None = None) -> list[Patient]:
    """Everyone in care whom the actor may see, or those of some referrals. One statement."""
    now = clock.now()
    params: dict[str, Any] = {
        "flow": UpReferral.name,
        "state": UpReferral.in_care.name,
        "codes": sorted(observed.FRESH),
        "stated": sorted(ASSESSED),
        "back": now - BACK,
        "now": now + timedelta(seconds=1),
        "values": observed.MOST,
    }
    sql = PATIENTS
    if only is not None:
        sql, params["only"] = PATIENTS + " AND f.id = ANY(%(only)s)", list(only)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [_patient(*row) for row in cursor.fetchall()]


def _patient(
    referral: UUID,
    places: Sequence[str],
    disease: str,
    code: str,
    tier: str,
    sex: str,
    born: date,
    since: datetime,
    values: Any,
    findings: Any,
    registers: Sequence[str],
) -> Patient:
    own = {register_of(code), GROUPS.get(disease, "")} - {""}
    return Patient(
        referral,
        tuple(places),
        tier,
        sex,
        born,
        since,
        frozenset({*registers, *own}),
        [Read(c, datetime.fromisoformat(at), Decimal(str(value))) for c, at, value in _json(values) or ()],
        [(datetime.fromisoformat(at), _json(seen)) for at, seen in _json(findings) or ()],
    )


def _json(cell: Any) -> Any:
    return json.loads(cell, parse_float=Decimal) if isinstance(cell, str) else cell
