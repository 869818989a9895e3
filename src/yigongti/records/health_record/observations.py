"""The catalogue of what is measured: one table for entry, display, trends, rules and facts.

``low`` and ``high`` are limits of entry: outside them a typed value is a slip (systolic 900), not a finding. ``normal``
is the usual adult reference range (GK: general knowledge, not an official table); outside it a value is marked ↑ or ↓.
Codes are our own short names, the same as in the rules; ``loinc`` is the code under which they leave the house.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Literal

from yigongti.kernel.errors import Invalid

Flag = Literal["", "↑", "↓"]


@dataclass(frozen=True)
class Measured:
    """Something that is measured. ``low``, ``high`` and ``normal`` are in ``unit``; ``step`` is the last digit kept."""

    code: str
    name: str
    unit: str
    low: Decimal
    high: Decimal
    decimals: int = 0
    normal: tuple[Decimal | None, Decimal | None] = (None, None)
    loinc: str = ""
    answer: bool = False
    """Kept as 1 (yes) or 0 (no), shown as 是 or 否."""

    @property
    def step(self) -> Decimal:
        """The smallest difference that is kept."""
        return Decimal(1).scaleb(-self.decimals)

    def value(self, typed: object) -> Decimal:
        """What was typed as a number within the limits of entry. Raises :class:`Invalid` with the code as its field."""
        text = str(typed).strip().replace("，", ".").replace("。", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self._refused(f"{self.name}应为数字，现为“{text[:20]}”") from None
        if not number.is_finite():
            raise self._refused(f"{self.name}应为数字")
        if not self.low <= number <= self.high:
            raise self._refused(f"{self.name} {text[:20]} 超出可录入范围 {self.limits}，请核对")
        return number.quantize(self.step, ROUND_HALF_UP)

    def _refused(self, words: str) -> Invalid:
        return Invalid(words, field=self.code, hint=f"单位 {self.unit}" if self.unit else "")

    @property
    def limits(self) -> str:
        """``50–300 mmHg``."""
        return f"{self.low.normalize():f}–{self.high.normalize():f} {self.unit}".strip()

    def flag(self, value: Decimal) -> Flag:
        """Whether a value lies above or below the usual range."""
        below, above = self.normal
        if above is not None and value > above:
            return "↑"
        return "↓" if below is not None and value < below else ""

    def text(self, value: Decimal | None) -> str:
        """The value with the digits that count."""
        if value is None:
            return ""
        if self.answer:
            return "是" if value else "否"
        return f"{value:.{self.decimals}f}"


def _measured(
    code: str,
    name: str,
    unit: str,
    limits: tuple[str, str],
    decimals: int = 0,
    normal: tuple[str | None, str | None] = (None, None),
    loinc: str = "",
) -> Measured:
    below, above = (None if limit is None else Decimal(limit) for limit in normal)
    return Measured(code, name, unit, Decimal(limits[0]), Decimal(limits[1]), decimals, (below, above), loinc)


def _answer(code: str, name: str, usual: str | None = None, loinc: str = "") -> Measured:
    normal = (None, None if usual is None else Decimal(usual))
    return Measured(code, name, "", Decimal(0), Decimal(1), normal=normal, loinc=loinc, answer=True)


VITAL_SIGNS = [
    _measured("sbp", "收缩压", "mmHg", ("50", "300"), 0, ("90", "139"), "8480-6"),
    _measured("dbp", "舒张压", "mmHg", ("20", "200"), 0, ("60", "89"), "8462-4"),
    _measured("sbp_arm_difference", "双臂收缩压差", "mmHg", ("0", "150"), 0, (None, "19")),
    _measured("heart_rate", "心率", "次/分", ("20", "300"), 0, ("60", "100"), "8867-4"),
    _measured("respiratory_rate", "呼吸频率", "次/分", ("4", "80"), 0, ("12", "20"), "9279-1"),
    _measured("spo2", "血氧饱和度", "%", ("30", "100"), 0, ("95", None), "59408-5"),
    _measured("temperature", "体温", "℃", ("30", "44"), 1, ("36.0", "37.2"), "8310-5"),
    _measured("gcs", "格拉斯哥昏迷评分", "分", ("3", "15"), 0, ("15", None), "9269-2"),
    _measured("iss", "创伤严重度评分", "分", ("0", "75")),
]
BODY = [
    _measured("height", "身高", "cm", ("30", "250"), 1, loinc="8302-2"),
    _measured("weight", "体重", "kg", ("0.5", "400"), 1, loinc="29463-7"),
    _measured("waist", "腰围", "cm", ("20", "250"), 1, (None, "90"), "8280-0"),
    _measured("bmi", "体质指数", "kg/m²", ("8", "80"), 1, ("18.5", "23.9"), "39156-5"),
]
RESULTS = [
    _measured("fasting_glucose", "空腹血糖", "mmol/L", ("0.5", "60"), 1, ("3.9", "6.1"), "14771-0"),
    _measured("random_glucose", "随机血糖", "mmol/L", ("0.5", "60"), 1, ("3.9", "11.0"), "14749-6"),
    _measured("hba1c", "糖化血红蛋白", "%", ("2", "25"), 1, (None, "6.5"), "4548-4"),
    _measured("total_cholesterol", "总胆固醇", "mmol/L", ("0.5", "30"), 2, (None, "5.2"), "14647-2"),
    _measured("hdl", "高密度脂蛋白胆固醇", "mmol/L", ("0.1", "10"), 2, ("1.0", None), "14646-4"),
    _measured("ldl", "低密度脂蛋白胆固醇", "mmol/L", ("0.1", "20"), 2, (None, "3.4"), "22748-8"),
    _measured("triglycerides", "甘油三酯", "mmol/L", ("0.1", "60"), 2, (None, "1.7"), "14927-8"),
    _measured("creatinine", "血肌酐", "μmol/L", ("5", "3000"), 0, ("41", "111"), "14682-9"),
    _measured("egfr", "估算肾小球滤过率", "mL/min/1.73m²", ("1", "200"), 0, ("90", None), "62238-1"),
    _measured("uacr", "尿白蛋白/肌酐比", "mg/g", ("0", "20000"), 1, (None, "30"), "9318-7"),
    _measured("potassium", "血钾", "mmol/L", ("1", "10"), 2, ("3.5", "5.3"), "2823-3"),
    _measured("haemoglobin", "血红蛋白", "g/L", ("10", "250"), 0, ("115", "175"), "718-7"),
    _measured("fib4", "肝纤维化指数 FIB-4", "", ("0", "100"), 2, (None, "2.67")),
    _measured("fev1_percent", "第一秒用力呼气容积占预计值", "%", ("5", "150"), 0, ("80", None), "20152-5"),
]
COURSE = [
    _measured("gestational_weeks", "孕周", "周", ("1", "45"), 0, loinc="18185-9"),
    _answer("smoking", "吸烟", "0", "72166-2"),
    _measured("cigarettes_per_day", "日吸烟量", "支", ("0", "200"), 0, (None, "0")),
]
#: what the treating doctor states about the course (病情评估); the referral criteria read it under the same names
ASSESSMENT = [
    _answer("condition_stable", "病情稳定"),
    _answer("plan_settled", "治疗方案确定"),
    _answer("diagnosis_clear", "诊断明确"),
    _answer("acute_phase_over", "急性期已过"),
    _answer("complications_stable", "并发症治疗后稳定（或无并发症）"),
    _answer("plan_unchanged", "有长期方案且近期不调整"),
    _answer("long_term_treatment", "需长期治疗的慢性病"),
    _answer("common_disease", "常见病、多发病"),
    _answer("needs_rehabilitation", "需继续康复"),
    _answer("needs_nursing", "需长期护理"),
    _answer("postoperative_recovery", "术后恢复期"),
    _answer("psychiatric_recovery", "精神疾病恢复期"),
    _answer("terminal_care", "晚期患者临终关怀"),
    _answer("patient_wish", "患者（家属）自愿要求转诊"),
    _answer("agreed_by_both", "转诊双方已商定"),
]
ASSESSED = frozenset(item.code for item in ASSESSMENT)

CATALOGUE: Mapping[str, Measured] = {item.code: item for item in [*VITAL_SIGNS, *BODY, *RESULTS, *COURSE, *ASSESSMENT]}

#: measured together, shown together
PAIRS = {"sbp": "dbp"}


def measured(code: str) -> Measured:
    """The entry of a code. Raises :class:`Invalid` for a code that we do not know."""
    try:
        return CATALOGUE[code]
    except KeyError:
        raise Invalid(f"没有测量项目 {code}", field="code", hint="见测量项目目录") from None


def checked(values: Mapping[str, object]) -> dict[str, Decimal]:
    """Typed values as numbers, blanks left out. Raises :class:`Invalid` for the first that cannot be meant."""
    given = {code: typed for code, typed in values.items() if typed is not None and str(typed).strip()}
    numbers = {code: measured(code).value(typed) for code, typed in given.items()}
    if "sbp" in numbers and "dbp" in numbers and numbers["dbp"] >= numbers["sbp"]:
        raise Invalid("舒张压应低于收缩压，可能填反了", field="dbp")
    return with_derived(numbers)


def with_derived(numbers: dict[str, Decimal]) -> dict[str, Decimal]:
    """Body mass index from height and weight, when it was not measured by itself."""
    if {"height", "weight"} <= numbers.keys() and "bmi" not in numbers:
        bmi = numbers["weight"] / (numbers["height"] / 100) ** 2
        item = CATALOGUE["bmi"]
        if item.low <= bmi <= item.high:
            numbers["bmi"] = bmi.quantize(item.step, ROUND_HALF_UP)
    return numbers
