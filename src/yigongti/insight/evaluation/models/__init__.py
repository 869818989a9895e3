"""An evaluation, the answer of each participant, and what stands behind every point."""

from .cases import OPEN_TO_ALL, Answer, Evaluation, Text
from .said import Appeal, Evidence, Remark, Report
from .scores import BASES, Change, Score

__all__ = [
    "BASES",
    "OPEN_TO_ALL",
    "Answer",
    "Appeal",
    "Change",
    "Evaluation",
    "Evidence",
    "Remark",
    "Report",
    "Score",
    "Text",
]
