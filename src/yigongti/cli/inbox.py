"""``yigongti inbox``: what lies in the watched folder, what is being taken, what cannot be taken and why."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import notes, out, tell
from yigongti.config import configuration
from yigongti.kernel.errors import Invalid


def inbox(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """收件文件夹的状态：等待的、处理中的、不能接收的文件和原因。"""
    root = configuration().inbox
    if root is None:
        raise Invalid("没有设置收件文件夹", hint="设置 YIGONGTI_INBOX=/文件夹 后 up 会自动接收，见 docs/operations.md")
    with database():
        load_django()
        from yigongti.records.exchange.inbox.standing import standing

        found = standing(root)
    tell(found) if as_json else _show(root, found)
    if found["complaints"]:
        raise typer.Exit(1)


def _show(root: Path, found: dict[str, Any]) -> None:
    counts = found["counts"]
    out.print(
        f"{escape(str(root))}：等待 {len(found['waiting'])} 个文件，处理中 {counts['processing']} 次，"
        f"已完成 {counts['done']} 次，失败 {counts['failed']} 次",
        soft_wrap=True,
    )
    for one in found["waiting"]:
        out.print(f"  … {escape(one)}", soft_wrap=True)
    for one in found["complaints"]:
        notes.print(
            f"  [red]✗[/] {escape(one['path'])}：{escape(one['reason'])}。{escape(one['hint'])}", soft_wrap=True
        )
