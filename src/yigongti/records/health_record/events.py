"""The news of this room. Keys: ``resident`` and ``encounter`` are ids as text, ``organization`` is a number.

- ``EncounterRecorded(resident, encounter, organization, kind)``
- ``AdmittedElsewhere(resident, encounter, organization, at)``: an inpatient stay began at ``organization``
"""

from collections.abc import Iterator

from yigongti.kernel.events.outbox import telling
from yigongti.kernel.prepared import Write

from .models import Encounter


def of_encounter(encounter: Encounter) -> Iterator[Write]:
    """Tell the house of a contact, and of an admission by its own name."""
    who = {
        "resident": str(encounter.resident_id),
        "encounter": str(encounter.pk),
        "organization": encounter.organization_id,
    }
    yield telling("EncounterRecorded", **who, kind=encounter.kind)
    if encounter.kind == Encounter.Kind.INPATIENT:
        yield telling("AdmittedElsewhere", **who, at=encounter.started_at.isoformat())
