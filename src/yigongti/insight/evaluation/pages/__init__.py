"""Pages of evaluations."""

from .case import AnswerStepView, AnswerView, Correct, EvaluationView, StepView
from .files import AddEvidence, EvidenceFile, MakeReport, ReportFile
from .grids import AreaGrid, JudgingGrid, SelfReportGrid
from .lists import CRUMBS, Evaluations, OpenEvaluation, Own

__all__ = [
    "CRUMBS",
    "AddEvidence",
    "AnswerStepView",
    "AnswerView",
    "AreaGrid",
    "Correct",
    "EvaluationView",
    "Evaluations",
    "EvidenceFile",
    "JudgingGrid",
    "MakeReport",
    "OpenEvaluation",
    "Own",
    "ReportFile",
    "SelfReportGrid",
    "StepView",
]
