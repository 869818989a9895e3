"""What happened to a resident, named and shaped after FHIR R4. Rows are never overwritten: a correction is a new row.

``organization`` is where it happened; ``source`` names the system it came from (empty: written here by hand).
"""

from .documents import DocumentReference
from .encounters import AtEncounter, Encounter
from .entry import Entry, EntryQuerySet
from .problems import AllergyIntolerance, CarePlan, Condition, FamilyMemberHistory
from .results import DiagnosticReport, Observation
from .treatment import (
    Immunization,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Procedure,
)

KINDS: tuple[type[Entry], ...] = (
    Encounter,
    Condition,
    Observation,
    DiagnosticReport,
    Procedure,
    MedicationRequest,
    MedicationDispense,
    MedicationStatement,
    AllergyIntolerance,
    Immunization,
    CarePlan,
    DocumentReference,
    FamilyMemberHistory,
)
"""Every kind of row of the record."""

__all__ = [
    "KINDS",
    "AllergyIntolerance",
    "AtEncounter",
    "CarePlan",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Entry",
    "EntryQuerySet",
    "FamilyMemberHistory",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
]
