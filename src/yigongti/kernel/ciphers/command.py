"""``yigongti keys``: make the key ring, see which keys are in use, change them while people work."""

import json
import os
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from yigongti.kernel.ciphers import keyfile, keys
from yigongti.kernel.errors import Conflict

app = typer.Typer(help="数据密钥：加密字段（SM4）、盲索引（HMAC-SM3）、健康码、审计链", no_args_is_help=True)
out, notes = Console(), Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Reference = Annotated[
    str | None, typer.Option(help="密钥所在：env:变量名 或 file:路径（base64）；不给则随机生成并写入密钥文件")
]


@app.command()
def create(
    data: Reference = None,
    index: Reference = None,
    code: Reference = None,
    chain: Reference = None,
    as_json: Json = False,
) -> None:
    """创建密钥文件（权限 600）。已有密钥文件时拒绝。"""
    file = keys.path()
    given = {"data": data, "index": index, "code": code, "chain": chain}
    if not keyfile.create(file, {purpose: keyfile.reference(text) for purpose, text in given.items() if text}):
        raise Conflict(f"已有密钥文件 {file}", hint="更换密钥请用 yigongti keys rotate")
    ring = keys.refresh()
    if as_json:
        made = {purpose.value: getattr(ring, purpose).active.name for purpose in keys.Purpose}
        typer.echo(json.dumps({"file": str(file), "active": made}, ensure_ascii=False))
        return
    out.print(f"已创建 {file}。请立即另行备份：丢失密钥，加密的数据无法恢复。")


@app.command()
def status(as_json: Json = False) -> None:
    """各加密字段现用哪些密钥、各多少行。"""
    _django()
    from yigongti.kernel.ciphers import rotation

    ring = keys.refresh()
    active = {purpose.value: getattr(ring, purpose).active.name for purpose in keys.Purpose}
    usage = rotation.usage()
    if as_json:
        typer.echo(json.dumps({"active": active, "columns": usage}, ensure_ascii=False))
        return
    out.print("现用密钥：" + "，".join(f"{purpose} {name}" for purpose, name in active.items()))
    table = Table("字段", "密钥：行数")
    for column, counts in usage.items():
        table.add_row(column, "  ".join(f"{name}：{count:,}" for name, count in counts.items()) or "无数据")
    out.print(table)


@app.command()
def rotate(
    *,
    data: Annotated[bool, typer.Option(help="更换字段加密密钥")] = True,
    index: Annotated[bool, typer.Option(help="同时更换盲索引密钥")] = False,
    key: Reference = None,
    index_key: Reference = None,
    resume: Annotated[bool, typer.Option("--continue", help="不换新密钥，只把未完成的更换做完")] = False,
    settle: Annotated[float, typer.Option(help="最后一遍前等待的秒数，让各进程都读到新密钥文件")] = 3.0,
    as_json: Json = False,
) -> None:
    """更换密钥，并把已有数据换到新密钥下。可随时中断，用 --continue 接着做；期间照常办公。"""
    sources = {"data": keyfile.reference(key) if key else None} if data else {}
    if index or index_key:
        sources["index"] = keyfile.reference(index_key) if index_key else None
    _django()
    from yigongti.kernel.ciphers import rotation

    keys.ring()
    if not resume:
        _refuse_unfinished(rotation.usage())
        for purpose, source in sources.items():
            keyfile.add(keys.path(), purpose, source)
    keys.refresh()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=notes) as bar:
        tasks = {table: bar.add_task(f"{table}（行）", total=rows) for table, rows in rotation.waiting().items()}
        outcomes = rotation.rotate(lambda table, rows: bar.update(tasks[table], completed=rows), settle=settle)
    _report({table: asdict(outcome) for table, outcome in outcomes.items()}, as_json)


def _refuse_unfinished(usage: dict[str, dict[str, int]]) -> None:
    unfinished = [column for column, counts in usage.items() if len(counts) > 1]
    if unfinished:
        raise Conflict(f"上次更换尚未完成：{'、'.join(unfinished)}", hint="请先运行 yigongti keys rotate --continue")


def _report(outcomes: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(outcomes, ensure_ascii=False))
    else:
        table = Table("表", "已更换", "未完成", "索引冲突的行")
        for name, outcome in outcomes.items():
            table.add_row(name, f"{outcome['resealed']:,}", f"{outcome['left']:,}", " ".join(outcome["conflicts"]))
        out.print(table)
    if any(outcome["left"] or outcome["conflicts"] for outcome in outcomes.values()):
        raise typer.Exit(1)


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    django.setup()
