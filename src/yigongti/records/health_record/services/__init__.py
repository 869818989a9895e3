"""The commands of this room: the only code that writes the record. Each takes the actor first.

``encounters`` contacts and measurements, ``problems`` diagnoses, drugs, allergies, ``documents`` attachments,
``history`` what people tell and bring along (family, vaccinations, reports),
``corrections`` new versions and voiding.
"""

from .corrections import correct_entry, correct_visit, void_entry
from .documents import attach
from .encounters import practitioner_of, record_encounter, record_measurements
from .history import record_family_history, record_immunization, record_report
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
    "record_family_history",
    "record_immunization",
    "record_measurements",
    "record_report",
    "settle",
    "stop_medication",
    "void_entry",
]
