"""``yigongti audit``: does the audit chain hold?"""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, progress, tell

app = typer.Typer(help="审计链", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """审计链。"""


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """核对审计链：记录被改、被删、被加、被重排都会指出；有问题时退出码为 1。"""
    with database():
        load_django()
        from yigongti.kernel.audit import verification

        with progress() as advance:
            report = verification.verify(lambda done, of: advance("核对审计链（批）", done, of))
    if as_json:
        tell({"ok": report.ok, **asdict(report)})
    else:
        for problem in report.problems:
            out.print(f"[bold red]✗[/] {escape(problem)}")
        out.print(f"已封存 {report.sealed:,} 条，待封存 {report.unsealed:,} 条，链头 {report.head or '（空）'}")
        if report.ok:
            out.print("[green]✓[/] 审计链完整")
    if not report.ok:
        raise typer.Exit(1)
