"""Desks of those who keep the house running: data office, auditor, administrator, and roles without work here yet."""

from datetime import timedelta
from typing import Any

import django_tables2 as tables
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access import services as accounts
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import Session
from yigongti.kernel.audit import verification
from yigongti.kernel.audit.models import Entry, Verification
from yigongti.kernel.audit.pages import EntryTable, named
from yigongti.kernel.notices.models import Notice
from yigongti.kernel.notices.pages import NoticeTable
from yigongti.kernel.ui.columns import WhenColumn, when
from yigongti.kernel.ui.figures import Figure
from yigongti.kernel.ui.navigation import entries
from yigongti.kernel.ui.register import Register, RegisterTable
from yigongti.records.exchange import queries as deliveries
from yigongti.records.exchange.mllp.services import failed_lately
from yigongti.records.exchange.pages import LoadTable
from yigongti.records.exchange.silence import heard
from yigongti.registry.sheets.layout import layouts
from yigongti.registry.sheets.pages import Loads

from .cards import Card, Cell

LOOKS = (Entry.Action.READ, Entry.Action.EMERGENCY, Entry.Action.EXPORT)
READINGS = 25
#: what someone looked at, by the room of the page that the audit names
ROOMS = {
    "record": "健康档案",
    "referral": "转诊",
    "residents": "居民信息",
    "my": "本人的页面",
    "workbench": "工作名单",
    "audit": "审计记录",
}
SECTIONS = ("登记", "系统")


def delivered(request: HttpRequest, actor: Actor) -> Register:
    """What other systems delivered last."""
    return Register(
        request,
        key="deliveries",
        prefix="d",
        title="最近收到的数据：读取、接收、重复、拒收",
        rows=deliveries.loads(actor).order_by("-opened_at"),
        table_class=LoadTable,
        empty="还没有收到过外部数据",
        empty_hint="上传文件，或由对方用接口、收件文件夹、HL7 送来。",
        per_page=10,
        export=False,
    )


def incoming(actor: Actor) -> list[Figure]:
    """What of the deliveries somebody must see to; each number opens its list."""
    standing, lately = deliveries.standing(actor), deliveries.LATELY
    silent = sum(one.silent for one in heard(actor).values())
    failed = failed_lately(actor, lately)
    loads, within = reverse("exchange:loads"), f"最近 {lately} 天"
    figures = [
        ("等待入库", standing.open, "次", f"{loads}?state=open", "含中断的，打开后可继续", "warn"),
        ("整批退回", standing.refused, "次", f"{loads}?state=refused&days={lately}", within, "danger"),
        (
            "有行待更正",
            standing.correct,
            "次",
            f"{loads}?correct=true&days={lately}",
            f"{within}；可下载改好再传",
            "danger",
        ),
        ("久未送数", silent, "个系统", f"{reverse('exchange:systems')}?silent=true", "超过约定或习惯的间隔", "danger"),
        ("HL7 处理失败", failed, "条", f"{reverse('mllp:list')}?state=failed&days={lately}", within, "danger"),
    ]
    return [
        Figure(label=label, value=value, unit=unit, href=href, note=note, tone=tone if value else "calm")
        for label, value, unit, href, note, tone in figures
    ]


def data_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What other systems delivered, the sheets that the actor may load, and what became of the last files."""
    mine = [layout for layout in layouts().values() if actor.may(layout.permission)]
    rows = [
        (
            Cell(layout.title, url=reverse("sheets:sheet", args=[layout.key])),
            Cell(layout.note),
            Cell("下载模板", url=reverse("sheets:template", args=[layout.key])),
            Cell("导出现有数据", url=reverse("sheets:export", args=[layout.key])),
        )
        for layout in mine
    ]
    loads = Register(
        request,
        key="loads",
        prefix="l",
        title="最近的导入：读入、接收、退回",
        rows=Loads().queryset(actor),
        table_class=Loads.Table,
        empty="还没有导入过文件",
        empty_hint="下载模板填好后上传；先预检，退回的行可以改好再传。",
        per_page=10,
    )
    sheets = Card(title="登记表", heads=("表", "说明", "", ""), rows=rows, url=reverse("sheets:loads"), wide=True)
    return {"figures": incoming(actor), "registers": [delivered(request, actor), loads], "cards": [sheets]}


class ReadingTable(EntryTable):
    """Who looked at what, in words; the entry itself has the keys."""

    class Meta:
        exclude = ("subject_id",)

    def render_subject(self, value: str) -> str:
        """The page by its room."""
        return ROOMS.get(value.split(":", maxsplit=1)[0]) or super().render_subject(value)


def auditor_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Whether the chain holds, and who read records last."""
    head = verification.latest()
    walk = Verification.objects.exclude(finished_at=None).order_by("-requested_at").first()
    unsealed = Entry.objects.filter(seal_id=None).count()
    chain = reverse("audit:chain")
    outcome = "还没有核对" if walk is None else f"{len(walk.problems)} 处问题" if walk.problems else "完好"
    figures = [
        Figure(
            label="审计链上次核对",
            value=outcome,
            href=chain,
            note=when(walk.finished_at) if walk else "",
            tone="danger" if walk and walk.problems else "calm",
        ),
        Figure(label="已封存到", value=head.last_position if head else 0, unit="条", href=chain),
        Figure(label="等待封存", value=unsealed, unit="条", href=chain, note="几秒内封存"),
    ]
    latest = Entry.objects.filter(action__in=LOOKS).order_by("-id")
    readings = Register(
        request,
        key="readings",
        prefix="r",
        title="最近的调阅和导出",
        rows=list(named(latest)[:READINGS]),
        table_class=ReadingTable,
        empty="还没有人调阅档案",
        empty_hint="每次打开居民档案都会留下一条，写明人员、机构和目的。",
        export=False,
    )
    return {"figures": figures, "registers": [readings]}


class SessionTable(RegisterTable):
    """Who is logged in."""

    name = tables.Column("人员", orderable=False, empty_values=())
    started_at = WhenColumn(verbose_name="登录", orderable=False)
    seen_at = WhenColumn(verbose_name="最近使用", orderable=False)
    address = tables.Column("网络地址", orderable=False)
    browser = tables.Column("浏览器", orderable=False)

    def render_name(self, record: Any) -> str:
        """The account's name."""
        return str(record.name)

    value_name = render_name

    def row_url(self, record: Any) -> str:
        """The account."""
        return reverse("access:account", args=[record.user_id])


def administrator_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Accounts, who is locked out, who is logged in."""
    reach = accounts.accounts(actor).order_by()
    counted = reach.aggregate(
        every=Count("pk", distinct=True),
        off=Count("pk", distinct=True, filter=Q(is_active=False)),
        fresh=Count("pk", distinct=True, filter=Q(must_change_password=True, is_active=True)),
    )
    people = dict(reach.values_list("username", "name"))
    rest = get_cool_off() or timedelta()
    locked = AccessAttempt.objects.filter(
        failures_since_start__gte=get_failure_limit(request, {}),
        attempt_time__gt=clock.now() - rest,
        username__in=people,
    )
    rows = [
        (
            Cell(people[attempt.username or ""]),
            Cell(attempt.username),
            Cell(attempt.ip_address),
            Cell(when(attempt.attempt_time + rest), note="自动解锁"),
        )
        for attempt in locked.order_by("-attempt_time")[:20]
    ]
    url = reverse("access:accounts")
    figures = [
        Figure(label="账号", value=counted["every"], unit="个", href=url),
        Figure(label="已停用", value=counted["off"], unit="个", href=f"{url}?is_active=False"),
        Figure(label="还未改临时密码", value=counted["fresh"], unit="个", href=url),
        Figure(label="被锁定", value=len(rows), unit="个", href="#locked", tone="danger" if rows else "calm"),
    ]
    names = reach.filter(pk__in=Session.objects.values("user_id")).values_list("pk", "name")
    return {
        "figures": figures,
        "registers": [sessions_list(request, dict(names))],
        "cards": [
            Card(
                title="被锁定的账号",
                heads=("姓名", "账号", "网络地址", "到"),
                rows=rows,
                empty="没有被锁定的账号。连续输错密码的账号会出现在这里，时间到了自动解锁。",
            )
        ],
    }


def sessions_list(request: HttpRequest, names: dict[int, str]) -> Register:
    """Logins in force of the accounts within reach, the last used first."""
    found = Session.objects.filter(user_id__in=names, expire_date__gt=clock.now()).order_by("-seen_at")[:100]
    rows = list(found)
    for row in rows:
        row.name = names[row.user_id]  # type: ignore[attr-defined,index]
    return Register(
        request,
        key="logins",
        prefix="s",
        title="正在登录",
        rows=rows,
        table_class=SessionTable,
        empty="现在没有人登录",
        empty_hint="登录的人和最近使用的时间会出现在这里。",
        per_page=15,
        export=False,
    )


def places_card(actor: Actor) -> Card:
    """Where the actor can go besides."""
    found = [entry for entry in entries(actor) if entry.section in SECTIONS]
    return Card(title="可以去的地方", rows=[(Cell(entry.title, url=entry.url),) for entry in found])


def plain_desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """A role without work in the product yet: what it can look up, and what it was told."""
    notices = Register(
        request,
        key="news",
        prefix="n",
        title="最近三十天的消息",
        rows=Notice.objects.filter(
            user_id=actor.user_id or 0, created_at__gt=clock.now() - timedelta(days=30)
        ).order_by("-id"),
        table_class=NoticeTable,
        empty="没有消息",
        empty_hint="需要您知道的事会出现在这里。",
        per_page=10,
        export=False,
    )
    return {"registers": [notices], "cards": [places_card(actor)]}
