"""Who falls ill: residents of the cohort matched with what can happen to them, each used once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import connection

from yigongti.insight.simulator.community import Community
from yigongti.insight.simulator.lanshan import DEMO_BRANCH
from yigongti.insight.simulator.people import Member, Staff
from yigongti.insight.simulator.phrases import ILLNESSES, Illness

PEOPLE = """
SELECT r.id, r.area_id, coalesce(array_agg(DISTINCT c.code) FILTER (WHERE c.status <> 'resolved'), '{}')
FROM residents_resident r LEFT JOIN health_record_condition c ON c.resident_id = r.id
WHERE r.died_on IS NULL AND r.phone IS NOT NULL AND r.registered_at < %(known)s
  AND r.birth_date BETWEEN %(oldest)s AND %(youngest)s
GROUP BY r.id ORDER BY r.id
"""
#: real blood pressures that a doctor could not leave alone, old enough that their referral is history
ALARMS = """
SELECT DISTINCT ON (o.resident_id) o.resident_id, o.encounter_id, o.effective_at, e.organization_id
FROM health_record_observation o JOIN health_record_encounter e ON e.id = o.encounter_id
WHERE o.code = 'sbp' AND o.value >= 160 AND o.effective_at BETWEEN %(since)s AND %(until)s
ORDER BY o.resident_id, o.effective_at
"""


KNOWN = timedelta(days=200)
"""Whoever was registered later plays no part: the stories begin half a year ago."""


@dataclass(frozen=True)
class Patient:
    """A resident in a story; with ``encounter`` the visit at which the blood pressure was measured."""

    resident: UUID
    area: str
    encounter: UUID | None = None
    seen_at: datetime | None = None
    organization: int | None = None


class Casting:
    """Draws patients, illnesses and referring doctors; the same for the same chance."""

    def __init__(self, community: Community, staff: Staff, chance: Random, today: date) -> None:
        self.community, self.staff, self.chance = community, staff, chance
        self.service = {service.village.code: service for service in community.services}
        self.department_names = {one.pk: one.name for one in community.departments.values()}
        self.taken: set[UUID] = set()
        self.pools = self._pools(today)

    def _pools(self, today: date) -> dict[str, list[Patient]]:
        """Those to whom each illness can happen, in a drawn order; the people of the demonstration's branch first."""
        years = timedelta(days=365)
        with connection.cursor() as cursor:
            cursor.execute(
                PEOPLE, {"oldest": today - 90 * years, "youngest": today - 28 * years, "known": today - KNOWN}
            )
            people = cursor.fetchall()
        self.chance.shuffle(people)
        pools = defaultdict[str, list[Patient]](list)
        for resident, area, codes in people:
            for illness in ILLNESSES:
                if not illness.among or any(code.startswith(illness.among) for code in codes):
                    pools[illness.diagnosis].append(Patient(resident, area))
        return pools

    def alarms(self, since: datetime, until: datetime) -> Iterator[Patient]:
        """People whose measured pressure alarmed a doctor between two moments."""
        areas = {patient.resident: patient.area for pool in self.pools.values() for patient in pool}
        with connection.cursor() as cursor:
            cursor.execute(ALARMS, {"since": since, "until": until})
            found = cursor.fetchall()
        for resident, encounter, at, organization in found:
            if resident in areas and resident not in self.taken:
                yield Patient(resident, areas[resident], encounter, at, organization)

    def illness(self, diseases: Sequence[str] = ()) -> Illness:
        """An illness by its weight, one of ``diseases`` if named."""
        possible = [one for one in ILLNESSES if not diseases or one.disease in diseases]
        possible = [one for one in possible if self.pools[one.diagnosis]] or list(ILLNESSES)
        return self.chance.choices(possible, [one.weight for one in possible])[0]

    def patient(self, illness: Illness, *, near: bool = False) -> Patient | None:
        """The next person to whom it can happen, None when all are taken; ``near``: of the demonstration's branch."""
        pool = self.pools[illness.diagnosis]
        while pool and pool[-1].resident in self.taken:
            pool.pop()
        if near:
            free = [p for p in pool if p.resident not in self.taken and self.service[p.area].branch == DEMO_BRANCH]
            village = self.community.demo_village if self.chance.random() < 0.4 else None
            here = iter(sorted(free, key=lambda p: village is None or self.service[p.area] is not village))
            found = next(here, pool[-1] if pool else None)
        else:
            found = pool.pop() if pool else None
        if found:
            self.taken.add(found.resident)
        return found

    def village_doctor(self, patient: Patient) -> Member:
        """The doctor of the patient's village."""
        return self.staff.at(self.service[patient.area].clinic.pk, "village-doctor")[0]

    def referrer(self, patient: Patient) -> Member:
        """The doctor below: of the clinic or of the township hospital of the village."""
        service = self.service[patient.area]
        township = self.community.organizations[service.branch]
        below = 1.0 if service is self.community.demo_village else 0.45
        if patient.organization == service.clinic.pk or (patient.organization is None and self.chance.random() < below):
            return self.village_doctor(patient)
        doctors = self.staff.at(township.pk, "family-doctor")
        return doctors[0] if self.chance.random() < 0.6 else self.chance.choice(doctors)
