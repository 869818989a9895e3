"""``yigongti mllp`` (the HL7 v2 listener, as ``up`` starts it) and ``yigongti messages``: look and replay."""

import asyncio
import signal
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, tell
from yigongti.config import configuration
from yigongti.kernel.errors import Invalid

app = typer.Typer(help="HL7 消息：查看、重放", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
State = Annotated[str, typer.Option(help="只要这个状态：stored、done、failed、refused")]


def mllp() -> None:
    """只运行 HL7 v2 监听（设置 YIGONGTI_MLLP_PORT 后 up 会自动启动它）。"""
    if not configuration().mllp_port:
        raise Invalid("没有设置 YIGONGTI_MLLP_PORT", hint="例如 YIGONGTI_MLLP_PORT=2575")
    with database():
        load_django()
        from yigongti.records.exchange.mllp.listener import listen

        async def until_asked() -> None:
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await listen(configuration(), stop)

        asyncio.run(until_asked())


@app.command("list")
def list_(state: State = "", limit: int = 50, as_json: Json = False) -> None:
    """列出最近的消息。"""
    with database():
        load_django()
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.records.exchange.mllp.services import messages

        with acting(SYSTEM):
            rows = messages(SYSTEM).order_by("-received_at")
            found = list((rows.filter(state=state) if state else rows)[:limit])
    if as_json:
        columns = ("pk", "event", "control_id", "source_id", "state", "code", "error", "repeats", "received_at")
        tell([{name: getattr(row, name) for name in columns} for row in found])
        return
    table = Table("收到", "编号", "发送方", "事件", "控制号", "状态", "应答", "原因")
    for row in found:
        who = f"{row.application}|{row.facility}"
        cells = [str(row.pk), who, row.event, row.control_id, row.get_state_display(), row.code, row.error]
        table.add_row(f"{row.received_at:%m-%d %H:%M:%S}", *map(escape, cells))
    out.print(table)


@app.command()
def replay(
    key: Annotated[list[UUID] | None, typer.Argument(help="消息编号；可多个")] = None,
    state: State = "",
    since: Annotated[datetime | None, typer.Option(help="从这个时间起收到的（UTC）")] = None,
    as_json: Json = False,
) -> None:
    """重放消息：已经入库的内容会识别为重复，不会多出来。"""
    if not key and not state:
        raise Invalid("请给出消息编号，或用 --state 指明状态", hint="例如 yigongti messages replay --state failed")
    with database():
        load_django()
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.records.exchange.mllp import services

        with acting(SYSTEM):
            rows = services.messages(SYSTEM).order_by("received_at")
            rows = rows.filter(pk__in=key) if key else rows.filter(state=state)
            if since:
                rows = rows.filter(received_at__gte=since.astimezone())
            keys = list(rows.values_list("pk", flat=True))
        counts = services.replay(SYSTEM, keys=keys)
    if as_json:
        tell({"replayed": len(keys), **counts})
        return
    out.print(f"重放 {len(keys)} 条：处理成功 {counts.get('done', 0)}，失败 {counts.get('failed', 0)}，"
              f"拒收 {counts.get('refused', 0)}，原文已清除 {counts.get('removed', 0)}")  # fmt: skip
