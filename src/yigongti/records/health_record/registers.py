"""Which diagnosis puts a person on which chronic register, and what counts as well controlled.

Prefixes of ICD-10. Control thresholds: 国家基本公共卫生服务规范（第三版）, 高血压、2 型糖尿病患者健康管理
(GK).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Register:
    """A chronic register: its Chinese name and the ICD-10 prefixes that belong to it."""

    code: str
    name: str
    prefixes: tuple[str, ...]


REGISTERS: Mapping[str, Register] = {
    register.code: register
    for register in (
        Register("hypertension", "高血压", ("I10", "I11", "I12", "I13", "I14", "I15")),
        Register("diabetes", "糖尿病", ("E10", "E11", "E12", "E13", "E14")),
        Register("chd", "冠心病", ("I20", "I21", "I22", "I23", "I24", "I25")),
        Register("stroke", "脑卒中", ("I60", "I61", "I62", "I63", "I64", "I69")),
        Register("copd", "慢阻肺", ("J44",)),
        Register("ckd", "慢性肾脏病", ("N18",)),
        Register("heart-failure", "心力衰竭", ("I50",)),
        Register("atrial-fibrillation", "房颤", ("I48",)),
        Register("dyslipidemia", "血脂异常", ("E78",)),
        Register("fatty-liver", "脂肪肝", ("K76.0",)),
        Register("mental", "严重精神障碍", ("F20", "F22", "F25", "F31", "F06.8", "F72")),
        Register("tuberculosis", "肺结核", ("A15", "A16")),
        Register("pregnancy", "孕产妇", ("Z34", "Z35", "O")),
    )
}


def register_of(icd10: str) -> str:
    """The register that a diagnosis belongs to, empty if none."""
    code = icd10.strip().upper()
    return next((r.code for r in REGISTERS.values() if code.startswith(r.prefixes)), "")


@dataclass(frozen=True)
class Control:
    """A visit is uncontrolled when any of the values reaches its limit (``>=``); ``elder`` from 65 years on."""

    register: str
    limits: Mapping[str, Decimal]
    elder: Mapping[str, Decimal]


CONTROLS: Mapping[str, Control] = {
    "hypertension": Control(
        "hypertension",
        {"sbp": Decimal(140), "dbp": Decimal(90)},
        {"sbp": Decimal(150), "dbp": Decimal(90)},
    ),
    "diabetes": Control("diabetes", {"fasting_glucose": Decimal("7.0")}, {"fasting_glucose": Decimal("7.0")}),
}
