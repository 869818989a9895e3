"""``yigongti facts``: list and show the declared facts, print the data dictionary."""

import json
import os
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from . import dictionary, types
from .entries import entries, entry

app = typer.Typer(help="事实：列出、查看、数据字典", no_args_is_help=True)
out = Console(highlight=False)

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """列出全部事实。"""
    _django()
    if as_json:
        _tell([{k: v for k, v in dictionary.as_values(f).items() if k != "columns"} for f in entries().values()])
        return
    table = Table("事实", "名称", "一行是什么", "来源模块", "字段")
    for one in entries().values():
        table.add_row(one.name, one.title, one.grain, one.source, str(len(one.columns)))
    out.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="如 referral")],
    sql: Annotated[bool, typer.Option("--sql", help="也显示查询语句")] = False,
    as_json: Json = False,
) -> None:
    """查看一个事实的字段。"""
    _django()
    one = entry(name)
    if as_json:
        _tell(dictionary.as_values(one) | ({"sql": one.readable} if sql else {}))
        return
    table = Table("字段", "名称", "类型", "单位", "含义", "个人", title=f"{one.title}：{one.grain}")
    for column in one.columns:
        mark = "✓" if column.personal else ""
        table.add_row(column.name, column.title, types.in_words(column.type), column.unit, column.meaning, mark)
    out.print(table)
    if sql:
        typer.echo(one.readable)


@app.command("dictionary")
def dictionary_(as_json: Json = False) -> None:
    """输出数据字典（Markdown 或 JSON）。"""
    _django()
    if as_json:
        _tell([dictionary.as_values(one) for one in entries().values()])
    else:
        typer.echo(dictionary.markdown(entries().values()), nl=False)


def _tell(answer: Any) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    django.setup()
