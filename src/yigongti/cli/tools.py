"""``yigongti worker`` (one job worker, as ``up`` starts it) and ``yigongti manage`` (Django's own commands)."""

import os
import sys
from contextlib import ExitStack

import typer

from yigongti.cli import installation


def worker() -> None:
    """只运行后台任务进程（up 会自动启动它）。"""
    os.nice(10)  # people at pages come first; news and jobs take what is left
    installation.load_django()
    from yigongti.kernel.jobs.worker import work

    work()


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
