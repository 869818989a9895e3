"""What the command line shows: steps with their time, progress bars, errors with the way out."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from typer.core import TyperGroup

from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.policy.problems import PolicyRefused

WIDE = 160
"""Characters of a line where nobody's screen says how many there are: a file, another program."""
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
notes = Console(stderr=True, highlight=False)

UsageError: Any = typer.BadParameter.__base__
"""What typer raises for a command line that it does not understand."""
SAID = {
    r"No such command '(.*)'\.": "没有命令 {}",
    r"No such option: (\S+?)\.?(?: .*)?": "没有选项 {}",
    r"Missing (?:argument|option|parameter) '?\{?(.*?)\}?'?\.": "缺少 {}",
    r"Option '(.*)' requires an argument\.": "选项 {} 后面要写值",
    r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)": "多出的参数：{}",
    r"Invalid value for '(.*?)'.*: .*'(.*)' does not exist\.": "{}：没有 {}",
    r"Invalid value for '(.*?)'.*: .*'(.*)' is a file\.": "{}：{} 是文件，应为文件夹",
    r"Invalid value for '(.*?)'.*: .*'(.*)' is a directory\.": "{}：{} 是文件夹，应为文件",
    r"Invalid value for '(.*?)'.*: .*greater than or equal to (\S+)": "{}：应不小于 {}",
    r"Invalid value for '(.*?)'.*: .*less than or equal to (\S+)": "{}：应不大于 {}",
    r"Invalid value for '(.*?)'.*: .*valid (?:integer|number).*": "{}：应是数字",
    r"Invalid value for '(.*?)'.*: .*?'(.*)' is not one of (.*)\.": "{}：没有 {}，可用 {}",
}
"""What typer says of a command line → how we say it."""
Advance = Callable[[str, int, int], None]
"""Called with what is being done (Chinese), how much of it is done and how much there is (0: nobody knows)."""


def whole(title: str) -> Column:
    """A column of a table whose values are never cut or broken: codes."""
    return Column(title, no_wrap=True)


def words(title: str) -> Column:
    """A column of texts, which go on in the next line rather than being cut."""
    return Column(title, overflow="fold")


def number(title: str) -> Column:
    """A column of numbers: to the right, never cut; texts beside it give way."""
    return Column(title, no_wrap=True, justify="right")


class Plain(TyperGroup):
    """Commands whose known errors are one line for a person, never a traceback: exit code 1, or 2 for a wrong call."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except PolicyRefused as refused:
            for problem in refused.problems:
                notes.print(f"[bold red]✗[/] {escape(str(problem))}", soft_wrap=True)
        except YigongtiError as error:
            notes.print(f"[bold red]✗[/] {escape(error.message)}", soft_wrap=True)
            if error.hint:
                notes.print(f"  {escape(error.hint)}", soft_wrap=True)
        except ValidationError as error:
            for wrong in error.errors():
                name = "_".join(str(part) for part in wrong["loc"]).upper()
                notes.print(f"[bold red]✗[/] YIGONGTI_{escape(name)}：{escape(wrong['msg'])}")
        except UsageError as error:
            if not error.format_message():  # help has been shown instead
                raise
            notes.print(f"[bold red]✗[/] {escape(_said(error.format_message()))}", soft_wrap=True)
            notes.print(f"  用法：{escape(error.ctx.command_path if error.ctx else 'yigongti')} --help", soft_wrap=True)
            raise typer.Exit(2) from None
        raise typer.Exit(1)


def _said(text: str) -> str:
    """An error of the command line in our words where we have them."""
    for pattern, told in SAID.items():
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return told.format(*found.groups())
    return text


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show a spinner while something is done, and a line with its seconds afterwards."""
    started = time.monotonic()
    with notes.status(what):
        yield
    notes.print(f"[green]✓[/] {escape(what)} [dim]{time.monotonic() - started:.1f} s[/]")


@contextmanager
def progress() -> Iterator[Advance]:
    """A bar for each thing that is being done, in the order in which they are first heard of."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes) as bars:
        known: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = bars.add_task(what, total=total or None)
            bars.update(known[what], completed=done, total=total or None)

        yield advance


def tell(answer: Any) -> None:
    """Print an answer for a program: one JSON document on standard output."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str))
