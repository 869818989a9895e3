"""``yigongti worker`` (one job worker, as ``up`` starts it) and ``yigongti manage`` (Django's own commands)."""

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import typer

from yigongti.cli import installation


def worker() -> None:
    """只运行后台任务进程（up 会自动启动它）。"""
    stand_back()
    installation.load_django()
    from yigongti.kernel.jobs.worker import work

    work()


def stand_back() -> None:
    """People at pages come first; news and jobs take what is left. Where Linux groups sessions, the group too."""
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("10")


def manage(context: typer.Context) -> None:
    """运行 Django 的管理命令，如 yigongti manage shell。"""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    with ExitStack() as stack:
        try:
            stack.enter_context(installation.database())
        except installation.DatabaseUnavailable as missing:
            typer.echo(f"（{missing.message}，在没有数据库的情况下继续）", file=sys.stderr)
        execute_from_command_line(["yigongti manage", *context.args])
