"""The commands of this room: the only code that writes the record. Each takes the actor first.

``encounters`` contacts and measurements, ``problems`` diagnoses, drugs, allergies, ``documents`` attachments,
``corrections`` new versions and voiding.
"""

from .corrections import correct_entry, correct_visit, void_entry
from .documents import attach
from .encounters import practitioner_of, record_encounter, record_measurements
from .problems import diagnose, prescribe, record_allergy, settle, stop_medication

__all__ = [
    "attach",
    "correct_entry",
    "correct_visit",
    "diagnose",
    "practitioner_of",
    "prescribe",
    "record_allergy",
    "record_encounter",
    "record_measurements",
    "settle",
    "stop_medication",
    "void_entry",
]
