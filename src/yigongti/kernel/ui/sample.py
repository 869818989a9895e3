"""Invented people and cases for the gallery."""

from datetime import timedelta

from yigongti.kernel import clock
from yigongti.kernel.ui.banners import ResidentBanner
from yigongti.kernel.ui.casepage import Action, CasePage, CaseState, Document, ProgressStep, TimelineEntry
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.diagram import Diagram, Edge, Node

NAMES = ("盘志明", "李桂香", "赵德生", "黄小妹", "廖建国", "成秀英", "雷文辉", "唐冬梅", "欧阳玉兰", "冯少华")
DISEASES = ("高血压", "2 型糖尿病", "胸痛待查", "脑卒中", "慢阻肺", "高危妊娠")
CENTRES = ("塔峰镇卫生院", "毛俊镇卫生院", "楠市镇卫生院", "所城镇卫生院", "新圩镇卫生院", "祠堂圩镇卫生院")

SQL = """SELECT count_if(org_tier = 'primary') AS numerator, count(*) AS denominator
FROM encounter
WHERE kind IN ('outpatient', 'emergency', 'inpatient')
  AND month BETWEEN '2026-01' AND '2026-10'"""

STEPS = (
    ProgressStep(label="提交", state="done", note="11-21 09:02"),
    ProgressStep(label="受理", state="done", note="用时 11 分"),
    ProgressStep(label="到院前检查", state="current", note="心电图、血常规"),
    ProgressStep(label="到诊"),
    ProgressStep(label="诊疗"),
    ProgressStep(label="下转随访"),
)

NODES = (
    ("draft", "草稿"),
    ("review", "本院审核"),
    ("submitted", "待受理"),
    ("asked", "待补充"),
    ("accepted", "已接收"),
    ("arrived", "已到诊"),
    ("treated", "诊疗中"),
    ("concluded", "已结案"),
    ("declined", "已退回"),
    ("absent", "未到诊"),
)
EDGES = (
    ("draft", "review", "提交"),
    ("draft", "submitted", "免审提交"),
    ("review", "submitted", "同意"),
    ("submitted", "asked", "要求补充"),
    ("asked", "submitted", "补充"),
    ("submitted", "accepted", "接收"),
    ("submitted", "declined", "退回"),
    ("accepted", "arrived", "到诊"),
    ("accepted", "absent", "未到诊"),
    ("arrived", "treated", "收治"),
    ("treated", "concluded", "回复结案"),
)


def diagram() -> Diagram:
    """A referral on its way."""
    return Diagram(
        nodes=[Node(key, label, key in ("concluded", "declined", "absent")) for key, label in NODES],
        edges=[Edge(*edge) for edge in EDGES],
        current="accepted",
        passed=frozenset({"draft", "review", "submitted"}),
        title="上转流程",
    )


def banner() -> ResidentBanner:
    """A resident with everything in the banner."""
    return ResidentBanner(
        name="盘志明",
        sex="男",
        age="63 岁",
        masked_id="431127********3617",
        phone="138****2205",
        allergies=("青霉素",),
        registers=("高血压", "2 型糖尿病"),
        contract_doctor="黄医生",
        contract_centre="毛俊镇卫生院",
        warnings=("独居",),
        url="/ui/gallery/",
    )


def case_page() -> CasePage:
    """A referral waiting for the receiving office."""
    now = clock.now()
    return CasePage(
        title="上转 · 胸痛待查",
        banner=banner(),
        urgency=("红 · 急", "danger"),
        state=CaseState(
            label="待受理",
            who="县人民医院转诊办",
            clock=Clock(now + timedelta(minutes=9)),
            number="ZZ-2026-001204",
            mine=True,
        ),
        facts=(
            ("转出", "毛俊镇卫生院 黄医生"),
            ("转入", "县人民医院 心血管内科"),
            ("依据", "胸痛超过 15 分钟含服硝酸甘油无缓解"),
        ),
        actions=_actions(),
        timeline=(
            TimelineEntry(
                title="提交",
                at=now - timedelta(minutes=6),
                who="黄医生",
                organization="毛俊镇卫生院",
                note="含服硝酸甘油后无缓解，已心电图。",
            ),
            TimelineEntry(title="系统建议上转（红）", at=now - timedelta(minutes=10), who="平台", tone="danger"),
            TimelineEntry(
                title="门诊就诊",
                at=now - timedelta(minutes=41),
                who="黄医生",
                organization="毛俊镇卫生院",
                lasted="31 分",
            ),
        ),
        documents=(
            Document(title="转诊单（转出联）", url="/ui/gallery/", kind="打印"),
            Document(title="12 导联心电图", url="/ui/gallery/", kind="检查", at=now - timedelta(minutes=20)),
        ),
        diagram=diagram(),
        place="gallery.case",
    )


def _actions() -> tuple[Action, ...]:
    form = "/ui/gallery/form/"
    return (
        Action(key="accept", label="接收", url=form, main=True, icon="check"),
        Action(key="redirect", label="改派", url=form, icon="arrows-left-right"),
        Action(key="ask", label="要求补充", url=form, icon="message"),
        Action(key="decline", label="退回", url=form, tone="danger", icon="arrow-back-up"),
        Action(key="arrive", label="登记到诊", url=form, blocked="接收以后才能登记到诊"),
    )
