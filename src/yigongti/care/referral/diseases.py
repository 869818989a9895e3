"""The disease groups of referrals: one open referral for each group and resident."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Disease:
    """Title and the ICD-10 categories that belong to it."""

    title: str
    icd: tuple[str, ...] = ()


OTHER = "other"
NAMES = {
    "hypertension": Disease("高血压", ("I10", "I11", "I12", "I13", "I15")),
    "diabetes": Disease("糖尿病", ("E11", "E10", "E13", "E14")),
    "chest-pain": Disease("胸痛与冠心病", ("I20", "I21", "I25")),
    "stroke": Disease("脑卒中", ("I63", "I61", "I64", "I69")),
    "copd": Disease("慢性阻塞性肺疾病", ("J44",)),
    "pregnancy": Disease("妊娠", ("O",)),
    OTHER: Disease("其他"),
}


def of_policy(name: str) -> str:
    """The group that a criteria file speaks of; the general ones speak of none."""
    group = name.removeprefix("referral/")
    return group if group in NAMES else OTHER


def of_codes(codes: Iterable[str]) -> str:
    """The first group to which one of these ICD-10 codes belongs."""
    known = list(codes)
    belongs = (name for name, disease in NAMES.items() if any(code.startswith(disease.icd) for code in known))
    return next(belongs, OTHER)


def reason_for(urgency: str) -> str:
    """The national reason that fits a proposed urgency."""
    return {"red": "critical", "yellow": "complex"}.get(urgency, "diagnosis-unclear")


def choices() -> list[tuple[str, str]]:
    """For a form field."""
    return [(code, disease.title) for code, disease in NAMES.items()]
