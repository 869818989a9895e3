"""The gallery of components, with sample people: the test bed of the kit, never in production."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from pydantic import AwareDatetime, BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui import sample
from yigongti.kernel.ui.charts import Chart, Series
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, NumberColumn, TagColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import ChoicesFrom, Last, LongText, Sensitive, Unit
from yigongti.kernel.ui.figures import Explanation, Figure, Source
from yigongti.kernel.ui.register import Register, RegisterTable, RegisterView
from yigongti.kernel.ui.view import PageView


def may_look(actor: Any) -> bool:
    """The gallery is for the people who run or audit the platform."""
    return actor.may(Permission.SYSTEM_OPERATE) or actor.may(Permission.AUDIT_READ)


CRUMBS = (("系统", ""), ("界面组件", "/ui/gallery/"))


@dataclass
class Row:
    """A sample row of a work list."""

    pk: int
    name: str
    age: int
    urgency: str
    disease: str
    sender: str
    who: str
    due: datetime
    sbp: int


class People(RegisterView):
    """A work list."""

    class Table(RegisterTable):
        """Who waits."""

        name = tables.Column("居民")
        age = NumberColumn(verbose_name="年龄", unit="岁")
        urgency = TagColumn(verbose_name="紧急", tones={"红": "danger", "黄": "warn"})
        disease = tables.Column("病种")
        sender = tables.Column("转出机构")
        who = tables.Column("等待")
        sbp = NumberColumn(verbose_name="收缩压", unit="mmHg")
        due = ClockColumn()

        def row_url(self, record: Any) -> str:
            """The sample case."""
            return reverse("ui:gallery-case")

        def row_tone(self, record: Any) -> str:
            """Red edge when overdue."""
            return "danger" if record.due < clock.now() else ""

    title = "待接诊"
    permission = may_look
    key = "gallery-list"
    table_class = Table
    empty = "没有等待接诊的转诊"
    empty_hint = "乡镇卫生院、村卫生室发起上转后会出现在这里。"
    crumbs = CRUMBS

    def queryset(self, actor: Any) -> list[Row]:
        """Sixty sample rows."""
        return rows()


def rows() -> list[Row]:
    """Sixty sample rows, some of them overdue."""
    start = clock.now()
    return [
        Row(
            pk=number,
            name=sample.NAMES[number % len(sample.NAMES)],
            age=41 + number * 7 % 48,
            urgency="红黄绿"[number % 3],
            disease=sample.DISEASES[number % len(sample.DISEASES)],
            sender=sample.CENTRES[number % len(sample.CENTRES)],
            who="县人民医院转诊办" if number % 2 else "县人民医院心内科",
            due=start + timedelta(minutes=(number - 4) * 37),
            sbp=138 + number * 11 % 70,
        )
        for number in range(60)
    ]


class Pieces(RegisterView):
    """All small pieces on one page."""

    title = "界面组件"
    permission = may_look
    key = "gallery"
    table_class = People.Table
    template_name = "ui/gallery.html"

    def queryset(self, actor: Any) -> list[Row]:
        """A few rows."""
        return rows()[:6]

    def register(self, request: HttpRequest, actor: Any) -> Register:
        """A short list inside a page."""
        return Register(request, key=self.key, title="今日到诊", rows=rows()[:6], table_class=People.Table)

    def context(self, actor: Any) -> dict[str, Any]:
        """One of everything."""
        moment = clock.now()
        return {
            "lead": "每种组件一个样例，数据是虚构的。",
            "banner": sample.banner(),
            "figures": figures(),
            "steps": sample.STEPS,
            "diagram": sample.diagram(),
            "clocks": [
                ("进行中", Clock(moment + timedelta(hours=1, minutes=20))),
                ("快到时限", Clock(moment + timedelta(minutes=12))),
                ("已超时", Clock(moment - timedelta(minutes=35))),
                ("暂停", Clock(moment + timedelta(hours=3), paused_since=moment - timedelta(minutes=5))),
                ("按时完成", Clock(moment, stopped=moment - timedelta(hours=1))),
            ],
            "nothing": Register(
                self.request,
                key="gallery-empty",
                title="待下转",
                rows=[],
                table_class=People.Table,
                empty="没有可以下转的病人",
                empty_hint="专科医生在病程中标记“可下转”后会出现在这里。",
            ),
        }


def figures() -> list[Figure]:
    """Five numbers of yesterday."""
    href = reverse("ui:gallery-explanation")
    return [
        Figure(label="昨日上转", value=37, unit="人次", href=href, change="比上周同日 +4"),
        Figure(label="昨日下转", value=21, unit="人次", href=href, change="比上周同日 −2"),
        Figure(label="按时受理率", value=Decimal("96.4"), unit="%", href=href, numerator=351, denominator=364),
        Figure(label="首次随访及时率", value=Decimal("78.6"), unit="%", href=href, numerator=11, denominator=14),
        Figure(label="超时未办", value=3, unit="件", href=href, tone="danger", note="最长 2 小时 5 分"),
    ]


class Case(PageView):
    """A case page."""

    title, crumbs, permission, template_name = "上转", CRUMBS, may_look, "ui/gallery_case.html"

    def context(self, actor: Any) -> dict[str, Any]:
        """One sample case."""
        return {"page": sample.case_page()}


def explained() -> Explanation:
    """One sample number, explained."""
    return Explanation(
        figure=Figure(
            label="县域内基层诊疗人次占比", value=Decimal("61.37"), unit="%", numerator=48213, denominator=78561
        ),
        words="县域内基层医疗卫生机构的诊疗人次 ÷ 县域内全部医疗卫生机构的诊疗人次 × 100%",
        sql=sample.SQL,
        sources=(
            Source(document="国卫办基层发〔2024〕22 号", item="3.1", mark="S"),
            Source(document="医共体监测口径（行业通行算法）", mark="GK"),
            Source(document="住院人次是否计入，由县确定", mark="D"),
        ),
        policy="监测指标 2024 / 3.1",
        version="2f9c41ab",
        in_force="2026-01-01 起",
        numerator_words="机构层级为基层的就诊",
        denominator_words="全部就诊（门诊、急诊、住院）",
        numerator_url=reverse("ui:gallery-list"),
        denominator_url=reverse("ui:gallery-list"),
        scope="蓝山县医共体，2026 年 1–10 月",
        computed_at="11-21 06:00",
        remarks=("互联网复诊不计入；同一次住院转科不重复计。",),
    )


class Explained(PageView):
    """An explanation page."""

    title, crumbs, permission, template_name = "指标说明", CRUMBS, may_look, "ui/explanation.html"

    def context(self, actor: Any) -> dict[str, Any]:
        """One sample number."""
        told = explained()
        return {"title": told.figure.label, "explanation": told}


def charts() -> list[Chart]:
    """Two sample charts."""
    months = [f"{number} 月" for number in range(1, 11)]
    url = reverse("ui:gallery-list")
    return [
        Chart(
            key="updown",
            title="每月上转与下转",
            categories=months,
            unit="人次",
            href=reverse("ui:gallery-explanation"),
            series=[
                Series(name="上转", values=[212, 198, 240, 251, 233, 260, 271, 255, 249, 268], urls=[url] * 10),
                Series(name="下转", values=[96, 101, 118, 130, 127, 149, 158, 162, 160, 171], urls=[url] * 10),
            ],
        ),
        Chart(
            key="members",
            title="各成员单位按时受理率",
            categories=list(sample.CENTRES),
            unit="%",
            lying=True,
            series=[Series(name="按时受理率", values=[98, 97, 95, 93, 91, 84], urls=[url] * 6)],
        ),
    ]


class Dashboard(PageView):
    """A dashboard page."""

    title, crumbs, permission, template_name = "昨日运行", CRUMBS, may_look, "ui/dashboard.html"

    def context(self, actor: Any) -> dict[str, Any]:
        """Numbers and charts."""
        return {"figures": figures(), "charts": charts()}


class Acceptance(BaseModel):
    """A sample schema with one field of each kind."""

    decision: Literal["现在接收", "约期接收", "请补充材料"] = Field(title="受理意见")
    department: Annotated[int, ChoicesFrom("departments")] = Field(title="接诊科室")
    at: AwareDatetime = Field(title="到诊时间")
    beds: Annotated[int, Unit("张")] = Field(1, title="预留床位", ge=0, le=5)
    sbp: Annotated[int | None, Unit("mmHg"), Last("148（10-21）")] = Field(None, title="收缩压", ge=60, le=300)
    potassium: Annotated[Decimal | None, Unit("mmol/L")] = Field(None, title="血钾", ge=1, le=10, decimal_places=1)
    steps: Annotated[list[str], ChoicesFrom("steps")] = Field(default_factory=list, title="到院前完成")
    phone: Annotated[str, Sensitive] = Field("", title="联系电话", max_length=20)
    green: bool = Field(False, title="走绿色通道")
    advice: Annotated[str, LongText] = Field(
        title="给转出医生的意见", min_length=4, max_length=500, description="对方和家庭医生都能看到"
    )


class Accept(CommandView):
    """A form page and a form in the dialog."""

    title = "接收转诊"
    permission = may_look
    submit = "接收"
    schema = Acceptance
    done = "已接收，转出医生和居民会收到通知。"
    crumbs = CRUMBS

    def choices(self, actor: Any) -> dict[str, list[tuple[Any, str]]]:
        """Sample departments and steps."""
        departments = enumerate(("心血管内科", "神经内科", "内分泌科", "呼吸与危重症医学科", "产科"), 1)
        steps = [("ecg", "心电图"), ("blood", "血常规"), ("liver", "肝肾功能"), ("ct", "胸部 CT")]
        return {"departments": list(departments), "steps": steps}

    def context(self, actor: Any) -> dict[str, Any]:
        """Whom the form is about, and what it will do."""
        effect = "接收后预留号源和床位，转出方须在约定时间前完成到院前检查。"
        return {"banner": sample.banner(), "cancel": reverse("ui:gallery"), "effect": effect}

    def run(self, actor: Any, data: Acceptance, *, key: str, version: int | None) -> str:
        """Accept, unless all beds are taken."""
        if data.beds == 5:
            raise Invalid("心血管内科今天只剩 2 张床", hint="请减少预留，或改约明天", field="beds")
        messages.warning(self.request, "演示：没有真的保存。")
        return reverse("ui:gallery-case")
