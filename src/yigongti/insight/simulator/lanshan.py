"""The tables of the demonstration community: the consortium of seed 004 (蓝山县县域紧密型医共体, 2020-07-23).

What the source names is taken from it: the lead, fifteen township branches, seven shared centres and the
tele-consultation centre. What it leaves open (departments, beds, staff, positions on the map) is drawn and
marked 演示推算 or 示意.
"""

from dataclasses import dataclass
from datetime import date

FOUNDED = date(2020, 7, 23)
SOURCE = "蓝山县卫健局：蓝山县县域紧密型医共体建设（红网，2020）"
DRAWN = "演示推算"
POPULATION = 330_000
"""Residents of the county, spread over villages: drawn, in the order of size of the county."""


@dataclass(frozen=True)
class Institution:
    """An organisation beside the branches. ``kind`` is a WS 218 class, ``level`` a national hospital level."""

    key: str
    name: str
    short: str
    kind: str
    tier: str
    level: str = ""
    beds: int = 0
    on_platform: bool = True
    under: str = ""
    area: str = "431127"


INSTITUTIONS = (
    Institution("commission", "蓝山县卫生健康局", "县卫健局", "N900", "authority"),
    Institution("insurance", "蓝山县医疗保障局", "县医保局", "N900", "authority"),
    Institution("lead", "蓝山县中心医院", "县中心医院", "A100", "county", "5", 600, under="commission"),
    Institution("maternal", "蓝山县妇幼保健院", "县妇幼保健院", "G100", "county", "12", 120, under="commission"),
    Institution("chinese", "蓝山县中医医院", "县中医医院", "A210", "county", "12", 200, under="commission"),
    Institution("cdc", "蓝山县疾病预防控制中心", "县疾控中心", "J100", "support", under="commission"),
    Institution("city", "永州市中心医院", "市中心医院", "A100", "city", "2", 2400, False, area="431103"),
    Institution("province", "湖南省人民医院", "省人民医院", "A100", "city", "2", 4000, False, area="430102"),
    Institution("abroad", "宁远县冷水镇中心卫生院", "宁远冷水卫生院", "C210", "township", "11", 60, area="431126"),
)


@dataclass(frozen=True)
class Branch:
    """A township branch (分院). ``town`` and, where a town has two branches, the ``share`` of its villages."""

    key: str
    short: str
    town: str
    kind: str = "C220"
    beds: int = 40
    more_departments: tuple[str, ...] = ()
    note: str = ""


BRANCHES = (
    Branch("tafeng", "塔峰分院", "431127100", beds=80, more_departments=("五官科", "口腔科", "中医科"), note="中医馆"),
    Branch("maojun", "毛俊分院", "431127102", beds=60, more_departments=("内科", "外科", "中医科")),
    Branch("nanshi", "楠市分院", "431127103", "C210", 90, ("内科", "外科", "妇产科", "儿科", "中医科")),
    Branch("suocheng", "所城分院", "431127104", "C210", 70, ("内科", "外科", "中医科"), "所城中心卫生院"),
    Branch("xinxu", "新圩分院", "431127105", beds=50, more_departments=("内科",)),
    Branch("zhuguansi", "竹管寺分院", "431127105", beds=50, more_departments=("五官科", "口腔科", "中医科")),
    Branch("citangxu", "祠堂圩分院", "431127106", beds=50, more_departments=("内科",)),
    Branch("tushi", "土市分院", "431127107", beds=60, more_departments=("内科", "中医科")),
    Branch("taiping", "太平分院", "431127108", beds=50, more_departments=("内科",)),
    Branch("huiyuan", "汇源分院", "431127200", beds=15),
    Branch("litou", "犁头分院", "431127201", beds=15),
    Branch("jiangdong", "浆洞分院", "431127202", beds=15),
    Branch("xiangjiangyuan", "湘江源分院", "431127203", beds=15),
    Branch("daqiao", "大桥分院", "431127204", beds=20),
    Branch("jingzhu", "荆竹分院", "431127205", beds=20, more_departments=("中医科",)),
)
FARMS = {
    "431127400": "jingzhu",
    "431127401": "jiangdong",
    "431127402": "daqiao",
    "431127403": "tafeng",
    "431127404": "nanshi",
}
"""State farms without a hospital of their own: the branch that serves them (演示推算)."""
DEMO_BRANCH = "nanshi"
"""The branch of the demonstration's family doctor, village doctor and resident."""

CENTRES = (
    "chest-pain",
    "stroke",
    "ecg",
    "imaging",
    "laboratory",
    "newborn",
    "maternal",
    "consultation",
)
"""Shared centres that seed 004 names, all at the lead hospital."""

LEAD_DEPARTMENTS = (
    ("20", "急诊科"),
    ("03.04", "心血管内科"),
    ("03.03", "神经内科"),
    ("03.07", "内分泌科"),
    ("03.01", "呼吸与危重症医学科"),
    ("03.06", "肾内科"),
    ("03.02", "消化内科"),
    ("04.01", "普通外科"),
    ("04.03", "骨科"),
    ("04.02", "神经外科"),
    ("04.04", "泌尿外科"),
    ("05.02", "产科"),
    ("05.01", "妇科"),
    ("07", "儿科"),
    ("10", "眼科"),
    ("11", "耳鼻咽喉科"),
    ("12", "口腔科"),
    ("15", "精神卫生科"),
    ("16", "感染性疾病科"),
    ("19", "肿瘤科"),
    ("21", "康复医学科"),
    ("28", "重症医学科"),
    ("50", "中医科"),
    ("03.04", "胸痛中心"),
    ("03.03", "卒中中心"),
    ("04.03", "创伤中心"),
    ("05.02", "危重孕产妇救治中心"),
    ("07.01", "危重新生儿救治中心"),
    ("30", "检验科"),
    ("32", "影像科"),
)
"""Code and name of 诊疗科目 (the national list of 1994, from memory); the last two take no referrals."""
BRANCH_DEPARTMENTS = (("02", "全科医学科"), ("01", "公共卫生科"), ("21", "康复医学科"))
DEPARTMENT_CODES = {
    "内科": "03",
    "外科": "04",
    "妇产科": "05",
    "儿科": "07",
    "五官科": "11",
    "口腔科": "12",
    "中医科": "50",
}
OTHER_DEPARTMENTS = {
    "maternal": (("05.01", "妇科"), ("05.02", "产科"), ("07", "儿科")),
    "chinese": (("50", "中医科"), ("50.01", "针灸推拿科"), ("21", "康复医学科")),
    "city": (("03.04", "心血管内科"), ("03.03", "神经内科"), ("04.07", "心脏大血管外科"), ("19", "肿瘤科")),
    "province": (("03.04", "心血管内科"), ("04.07", "心脏大血管外科"), ("19", "肿瘤科")),
    "abroad": (("02", "全科医学科"),),
}
NO_REFERRALS = {"检验科", "影像科", "公共卫生科"}

FUNCTIONS = (
    ("village", "disease", "I10", "高血压", "continue"),
    ("village", "disease", "E11", "2 型糖尿病", "continue"),
    ("village", "service", "", "基本公共卫生服务随访", "treat"),
    ("township", "disease", "I10", "高血压", "treat"),
    ("township", "disease", "E11", "2 型糖尿病", "treat"),
    ("township", "disease", "J44", "慢性阻塞性肺疾病稳定期", "continue"),
    ("township", "disease", "I69", "脑卒中恢复期", "continue"),
    ("township", "disease", "I2", "胸痛（急性冠脉综合征）", "first-aid"),
    ("township", "service", "", "康复和护理", "treat"),
    ("county", "disease", "I2", "胸痛（急性冠脉综合征）", "treat"),
    ("county", "disease", "I6", "急性脑卒中", "treat"),
    ("county", "disease", "J44", "慢性阻塞性肺疾病急性加重", "treat"),
    ("county", "disease", "I10", "难治性、继发性高血压", "treat"),
    ("county", "disease", "E11", "糖尿病急性并发症", "treat"),
    ("county", "disease", "O", "高危妊娠", "treat"),
    ("city", "disease", "", "复杂心脏大血管手术", "treat"),
)
"""Tier, kind, code, name and extent: what each level is there for."""
FUNCTION_SOURCE = "国家高血压、糖尿病等县域分级诊疗技术方案要点；演示配置，可在“功能定位”中修改"
ASSISTANCE = (("city", "lead", "心血管内科", "派驻专家、远程会诊"), ("city", "lead", "神经内科", "远程会诊、带教"))
