"""``yigongti mllp`` (the HL7 v2 listener, as ``up`` starts it) and ``yigongti messages``: look and replay."""

import asyncio
import signal
from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, tell
from yigongti.config import configuration
from yigongti.kernel.errors import Invalid, NotFound

if TYPE_CHECKING:
    from yigongti.records.exchange.mllp.models import InboundMessage
    from yigongti.records.exchange.mllp.services import Replayed

app = typer.Typer(help="HL7 消息：查看、重放", no_args_is_help=True)


class Wanted(StrEnum):
    """States by which messages are chosen."""

    STORED = "stored"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


WORDS = {"stored": "待处理", "done": "处理成功", "failed": "处理失败", "refused": "拒收", "removed": "原文已清除"}
SHOWN = ("pk", "application", "facility", "event", "control_id", "source_id", "state", "code", "error", "hint", "load",
         "repeats", "attempts", "received_at")  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
State = Annotated[
    Wanted | None, typer.Option(help="只要这个状态：stored 待处理、done 已处理、failed 失败、refused 拒收")
]


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
def list_(state: State = None, limit: int = 50, as_json: Json = False) -> None:
    """列出最近的消息（北京时间）；编号可以直接用来重放。"""
    with database():
        load_django()
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.records.exchange.mllp.services import messages

        with acting(SYSTEM):
            rows = messages(SYSTEM).order_by("-received_at")
            found = list((rows.filter(state=state) if state else rows)[:limit])
    if as_json:
        tell([_told(row) for row in found])
        return
    if not found:
        out.print(f"没有{WORDS[state]}的消息" if state else "还没有收到过消息")
        return
    out.print("[dim]收到（北京时间）  编号  状态 应答  发送方  事件  控制号[/]", soft_wrap=True)
    for row in found:
        tone = {"done": "green", "stored": "dim"}.get(row.state, "yellow")
        sent = escape(f"{row.application}|{row.facility}  {row.event}  {row.control_id}")
        at = f"{_here(row.received_at):%m-%d %H:%M:%S}"
        out.print(f"{at}  {row.pk}  [{tone}]{row.get_state_display()} {row.code}[/]  {sent}", soft_wrap=True)
        if row.error:
            out.print(f"  {escape(row.error)}。{escape(row.hint)}", soft_wrap=True)


@app.command()
def replay(
    key: Annotated[list[UUID] | None, typer.Argument(help="消息编号；可多个")] = None,
    state: State = None,
    since: Annotated[datetime | None, typer.Option(help="从这个时间起收到的（北京时间）")] = None,
    as_json: Json = False,
) -> None:
    """重放消息，逐条说明结果：已经入库的内容会识别为重复，不会多出来。"""
    if not key and not state:
        raise Invalid("请给出消息编号，或用 --state 指明状态", hint="例如 yigongti messages replay --state failed")
    with database():
        load_django()
        from django.utils import timezone

        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.records.exchange.mllp import services

        with acting(SYSTEM):
            rows = services.messages(SYSTEM).order_by("received_at")
            rows = rows.filter(pk__in=key) if key else rows
            rows = rows.filter(state=state) if state else rows
            if since:
                rows = rows.filter(received_at__gte=since if since.tzinfo else timezone.make_aware(since))
            keys = list(rows.values_list("pk", flat=True))
        if missing := set(key or ()) - set(keys):
            raise NotFound(f"没有符合条件的消息 {'、'.join(map(str, sorted(missing)))}", hint="编号见 messages list")
        done = services.replay(SYSTEM, keys=keys)
    if as_json:
        counts = Counter(one.outcome for one in done)
        tell({"replayed": len(done), **counts, "messages": [_told(one.message) | _change(one) for one in done]})
        return
    _show(done, WORDS[state] if state else "")


def _show(done: "list[Replayed]", wanted: str) -> None:
    """What became of each, and how many of each kind."""
    if not done:
        out.print(f"没有{wanted}的消息，什么也没有重放")
        return
    for one in done:
        row, change = one.message, _change(one)
        tone = "green" if one.outcome == "done" else "yellow"
        head = f"{row.pk} {escape(row.event)} {escape(row.control_id)}"
        out.print(f"[{tone}]{WORDS[change['before']]} → {WORDS[change['after']]}[/] {head}", soft_wrap=True)
        if row.error and one.outcome != "done":
            out.print(f"  {escape(row.error)}。{escape(row.hint)}", soft_wrap=True)
    counts = Counter(one.outcome for one in done)
    out.print(f"重放 {len(done)} 条：" + "，".join(f"{WORDS[name]} {count}" for name, count in counts.items()))


def _told(row: "InboundMessage") -> dict[str, object]:
    """A message for a program; times in Beijing."""
    return {name: getattr(row, name) for name in SHOWN} | {"received_at": _here(row.received_at).isoformat()}


def _change(one: "Replayed") -> dict[str, str]:
    return {"before": one.before, "after": one.outcome}


def _here(moment: datetime) -> datetime:
    """The same moment as clocks in China show it."""
    from django.utils import timezone

    return timezone.localtime(moment)
