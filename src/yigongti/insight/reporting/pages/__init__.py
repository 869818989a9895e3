"""Pages of the reporting room."""

from .entry import Entry, Template, Upload
from .lists import OpenReport, Owing, Reports, UrgeAll
from .report import EvidenceFile, ItemView, ReportView, StepView
from .review import Review

__all__ = [
    "Entry",
    "EvidenceFile",
    "ItemView",
    "OpenReport",
    "Owing",
    "ReportView",
    "Reports",
    "Review",
    "StepView",
    "Template",
    "Upload",
    "UrgeAll",
]
