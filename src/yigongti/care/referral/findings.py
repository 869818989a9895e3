"""What is known about a person when a referral is considered: the row that the criteria read.

A value that is not known is absent (NULL), never zero or false: no rule fires on what nobody measured.
``low`` and ``high`` are limits of entry: outside them a typed value is a slip (systolic 900), not a finding.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.kinds import Strict
from yigongti.kernel.policy.shapes import Column, register_shape

Direction = Literal["up", "down"]
Urgency = Literal["red", "yellow", "green"]
Level = Literal["village", "township", "county", "city", "next", "below"]

DIRECTIONS: Mapping[Direction, str] = {"up": "上转", "down": "下转"}
URGENCIES: Mapping[Urgency, str] = {"red": "紧急（红）", "yellow": "优先（黄）", "green": "普通（绿）"}
TIERS: Mapping[str, str] = {
    "village": "村（站）",
    "township": "乡镇（中心）",
    "county": "县（区）",
    "city": "市级及以上",
}
LADDER = tuple(TIERS)
#: the reasons of a referral down in policy ``referral/reasons``, in a few words
DOWN_REASONS: Mapping[str, str] = {
    "chronic": "长期治疗的慢性病",
    "wish": "患者自愿",
    "nursing": "长期护理",
    "common": "常见病",
    "agreed": "双方商定",
    "acute-stable": "急性期后稳定",
    "terminal": "临终关怀",
    "postoperative": "术后恢复期",
    "psychiatric": "精神疾病恢复期",
}
LEVELS: Mapping[Level, str] = {**TIERS, "next": "上一级", "below": "下一级"}  # type: ignore[dict-item]


class Consequence(Strict):
    """What a criterion proposes. ``next`` and ``below`` are one level from where the person is."""

    direction: Direction
    urgency: Urgency
    level: Level
    department: Annotated[str, Field(min_length=2)]
    follow_up_days: Annotated[int, Field(ge=1, le=365, description="days until the follow-up at home")] | None = None
    reason: Annotated[str, Field(min_length=4, description="text for the referral form")]
    reason_code: Annotated[str, Field(description="the reason of ``referral/reasons`` that it stands for")] | None = (
        None
    )


def implied(then: Consequence) -> str:
    """A referral up goes above where the person is, one down goes below; an unknown place does not hinder going up."""
    if then.direction == "up":
        below = LADDER[:-1] if then.level == "next" else LADDER[: LADDER.index(then.level)]
        return f"tier is null or tier in ({_listed(below)})"
    above = LADDER[1:] if then.level == "below" else LADDER[LADDER.index(then.level) + 1 :]
    return f"tier in ({_listed(above)})"


def _listed(tiers: tuple[str, ...]) -> str:
    return ", ".join(f"'{tier}'" for tier in tiers)


def destination(level: Level, tier: str | None) -> str:
    """The tier that a level means for a person at ``tier`` (unknown: the township)."""
    here = LADDER.index(tier or "township")
    if level == "next":
        return LADDER[min(here + 1, len(LADDER) - 1)]
    return LADDER[max(here - 1, 0)] if level == "below" else level


def number(name: str, label: str, unit: str, low: float, high: float) -> Column:
    """A measured value with its limits of entry."""
    return Column(name, "decimal", label, unit, low, high)


def count(name: str, label: str, unit: str, low: int, high: int) -> Column:
    """A whole number with its limits of entry."""
    return Column(name, "integer", label, unit, low, high)


def sign(name: str, label: str) -> Column:
    """Present, absent, or unknown."""
    return Column(name, "boolean", label)


SEXES = {"male": "男", "female": "女"}

PERSON = [
    count("age", "年龄", "岁", 0, 130),
    Column("sex", "text", "性别", choices=SEXES),
    Column("tier", "text", "所在机构层级", choices=TIERS),
    sign("pregnant", "妊娠"),
    count("gestational_weeks", "孕周", "周", 1, 45),
    sign("lactating", "哺乳期"),
    sign("patient_wish", "患者（家属）自愿要求转诊"),
    sign("agreed_by_both", "转诊双方已商定"),
]
SIGNS_OF_LIFE = [
    number("sbp", "收缩压", "mmHg", 50, 300),
    number("dbp", "舒张压", "mmHg", 20, 200),
    number("sbp_arm_difference", "双臂收缩压差", "mmHg", 0, 150),
    sign("bp_unmeasurable", "血压测不出"),
    number("heart_rate", "心率", "次/分", 20, 300),
    number("respiratory_rate", "呼吸频率", "次/分", 4, 80),
    number("spo2", "血氧饱和度", "%", 30, 100),
    number("temperature", "体温", "℃", 30, 44),
    number("fever_hours", "高热持续时间", "小时", 0, 720),
    count("gcs", "格拉斯哥昏迷评分", "分", 3, 15),
    count("iss", "创伤严重度评分", "分", 0, 75),
]
RESULTS = [
    number("fasting_glucose", "空腹血糖", "mmol/L", 0.5, 60),
    number("random_glucose", "随机血糖", "mmol/L", 0.5, 60),
    number("hba1c", "糖化血红蛋白", "%", 2, 25),
    number("hba1c_high_months", "糖化血红蛋白持续大于 8% 的时间", "月", 0, 120),
    number("ldl", "低密度脂蛋白胆固醇", "mmol/L", 0.1, 20),
    number("egfr", "估算肾小球滤过率", "mL/min/1.73m²", 1, 200),
    number("uacr", "尿白蛋白/肌酐比", "mg/g", 0, 20000),
    number("potassium", "血钾", "mmol/L", 1, 10),
    sign("potassium_refractory", "低血钾补钾无效"),
    number("bmi", "体质指数", "kg/m²", 8, 80),
    number("fev1_percent", "第一秒用力呼气容积占预计值", "%", 5, 150),
]
CONDITIONS = [
    sign("has_hypertension", "高血压"),
    sign("has_diabetes", "糖尿病"),
    sign("has_copd", "慢性阻塞性肺疾病"),
    sign("has_stroke", "脑卒中史"),
    sign("has_chd", "冠心病"),
    sign("has_ckd", "慢性肾脏病"),
    sign("first_diagnosis", "初次诊断"),
    Column(
        "diabetes_type",
        "text",
        "糖尿病类型",
        choices={"type1": "1 型", "type2": "2 型", "special": "特殊类型", "gestational": "妊娠期"},
    ),
    sign("severe_comorbidity", "合并严重临床情况"),
    sign("target_organ_damage", "靶器官损害"),
    sign("new_target_organ_damage", "新出现靶器官损害或并发症"),
    sign("new_complication", "新出现并发症或原有并发症加重"),
    sign("complication_eye", "糖尿病眼部并发症"),
    sign("complication_foot", "糖尿病足"),
    sign("complication_heart", "心血管并发症"),
    sign("secondary_hypertension_suspected", "疑继发性高血压（发作性升高伴心率快多汗、血管杂音、脉搏不对称）"),
    sign("white_coat_suspected", "疑白大衣高血压"),
    sign("renal_mass", "肾或肾周肿物、增生、萎缩"),
    sign("needs_insulin_pump", "需用胰岛素泵等强化治疗"),
]
SYMPTOMS = [
    sign("confusion", "意识丧失、模糊或行为改变"),
    sign("headache_severe", "剧烈头痛或头晕"),
    sign("vomiting", "恶心呕吐"),
    sign("blurred_vision", "视物模糊或眼痛"),
    sign("palpitations", "心悸胸闷"),
    sign("speech_disorder", "突发言语障碍"),
    sign("limb_paralysis", "突发肢体瘫痪"),
    sign("facial_droop", "突发口角歪斜"),
    number("onset_hours", "卒中症状出现至今", "小时", 0, 720),
    sign("transient_stroke_symptoms", "短暂性脑缺血发作表现（已缓解）"),
    sign("chest_pain", "胸痛"),
    number("chest_pain_minutes", "胸痛持续时间", "分钟", 0, 10080),
    sign("nitroglycerin_unrelieved", "含服硝酸甘油不缓解"),
    sign("chest_back_pain_persistent", "持续胸背部剧痛"),
    sign("acs_suspected", "疑急性冠脉综合征"),
    sign("st_elevation", "心电图 ST 段抬高"),
    sign("dyspnea", "呼吸困难"),
    sign("orthopnea", "不能平卧"),
    sign("edema", "下肢水肿"),
    sign("cyanosis", "发绀"),
    sign("sputum_purulent", "痰量增多或脓性痰"),
    sign("syncope", "晕厥"),
    number("hemoptysis_ml", "24 小时咯血量", "ml", 0, 5000),
    sign("gi_bleeding", "消化道出血"),
    sign("seizure", "抽搐"),
    sign("ketosis", "酮症或呼气有丙酮味"),
    sign("hyperglycemia_symptoms", "高血糖症状（多饮多尿、深大呼吸、皮肤潮红）"),
    sign("hypoglycemia_symptoms", "低血糖症状（心慌、出汗）"),
    sign("hypoglycemia_severe", "低血糖反复发作或重度低血糖"),
    sign("acute_diabetic_complication", "糖尿病酮症酸中毒或高渗状态"),
    sign("vaginal_bleeding", "阴道出血"),
    sign("abdominal_pain", "腹痛"),
    sign("membranes_ruptured", "胎膜早破"),
    sign("fetal_movement_reduced", "胎动减少或消失"),
]
COURSE = [
    count("bp_poor_control_visits", "血压连续控制不满意次数", "次", 0, 50),
    count("glucose_poor_control_visits", "血糖连续控制不满意次数", "次", 0, 50),
    number("regular_medication_months", "规律用药时间", "月", 0, 600),
    sign("bp_rebound", "血压再度升高难以控制"),
    sign("bp_fluctuating", "血压波动大"),
    sign("adverse_drug_reaction", "不能解释或难以处理的药物不良反应"),
    count("exacerbations_year", "一年内急性加重次数", "次", 0, 50),
    sign("exacerbation", "急性加重"),
    sign("treatment_response_poor", "治疗后症状无缓解"),
    sign("diagnosis_clear", "诊断明确"),
    count("bp_controlled_visits", "血压连续达标次数", "次", 0, 50),
    count("glucose_controlled_visits", "血糖连续达标次数", "次", 0, 50),
    count("days_in_care", "在上级医院诊疗天数", "天", 0, 3650),
    count("days_without_red", "无危急情况的天数（自接诊或最近一次危急情况）", "天", 0, 3650),
    sign("acute_phase_over", "急性期已过"),
    sign("plan_settled", "治疗方案确定"),
    sign("condition_stable", "病情稳定"),
    sign("complications_stable", "并发症治疗后稳定"),
    sign("plan_unchanged", "有长期方案且近期不调整"),
    sign("long_term_treatment", "需长期治疗的慢性病"),
    sign("common_disease", "常见病、多发病"),
    sign("needs_rehabilitation", "需继续康复"),
    sign("needs_nursing", "需长期护理"),
    sign("postoperative_recovery", "术后恢复期"),
    sign("psychiatric_recovery", "精神疾病恢复期"),
    sign("terminal_care", "晚期患者临终关怀"),
]
GENERAL = [
    sign("critical_illness", "急危重症，本机构难以救治"),
    sign("complex_case", "受条件限制的疑难复杂病例"),
    sign("public_health_event", "突发公共卫生事件或重大伤亡，处置能力受限"),
    sign("equipment_lacking", "受技术、设备条件限制"),
    sign("beyond_scope", "超出核准诊疗科目"),
    sign("diagnosis_unclear", "需进一步检查明确诊断"),
    sign("other_need", "其他需要上转的情况"),
]

FINDING = register_shape(
    "referral_finding",
    [*PERSON, *SIGNS_OF_LIFE, *RESULTS, *CONDITIONS, *SYMPTOMS, *COURSE, *GENERAL],
    label="转诊评估",
    consequence=Consequence,
    implied=implied,  # type: ignore[arg-type]
    labels={
        "direction": DIRECTIONS,  # type: ignore[dict-item]
        "urgency": URGENCIES,  # type: ignore[dict-item]
        "level": LEVELS,  # type: ignore[dict-item]
        "reason_code": DOWN_REASONS,
    },
)
