"""The news of this room. Keys: ``resident`` and ``encounter`` are ids as text, ``organization`` is a number.

- ``EncounterRecorded(resident, encounter, organization, kind)``
- ``AdmittedElsewhere(resident, encounter, organization, at)``: an inpatient stay began at ``organization``
"""

from yigongti.kernel.events.outbox import emit

from .models import Encounter


def encounter_recorded(encounter: Encounter) -> None:
    """Tell the house of a contact, and of an admission by its own name."""
    who = {
        "resident": str(encounter.resident_id),
        "encounter": str(encounter.pk),
        "organization": encounter.organization_id,
    }
    emit("EncounterRecorded", **who, kind=encounter.kind)
    if encounter.kind == Encounter.Kind.INPATIENT:
        emit("AdmittedElsewhere", **who, at=encounter.started_at.isoformat())
