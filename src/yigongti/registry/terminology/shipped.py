"""The lists that come with the platform: short national code lists, and starter lists of the big ones.

The files under ``data/`` are our own selection; ``systems.csv`` says where each list comes from.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Shipped:
    """One shipped code system; its rows stand in ``<code>.csv``."""

    code: str
    name: str
    version: str
    source: str

    @property
    def rows(self) -> dict[str, str]:
        """Code → Chinese name, in the order of the list."""
        return _rows(self.code)


@cache
def systems() -> dict[str, Shipped]:
    """All shipped code systems by their code."""
    with (FOLDER / "systems.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Shipped(**row) for row in csv.DictReader(file)}


@cache
def _rows(system: str) -> dict[str, str]:
    with (FOLDER / f"{system}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def institution_classes() -> list[tuple[str, str]]:
    """卫生机构（组织）分类与代码 (WS 218-2002): the classes that take part in a medical community or support it."""
    return list(systems()["institution-class"].rows.items())


def hospital_levels() -> list[tuple[str, str]]:
    """医院三级评审等级."""
    return list(systems()["hospital-level"].rows.items())


def management_types() -> list[tuple[str, str]]:
    """机构分类管理 (WS 218-2002, appendix B)."""
    return list(systems()["management-type"].rows.items())


def specialities() -> list[tuple[str, str]]:
    """诊疗科目: the common ones."""
    return list(systems()["speciality"].rows.items())
