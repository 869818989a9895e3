"""``yigongti policy``: check, list, show and compare policies."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy import comparison, display, outline
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import canonical_header
from yigongti.kernel.policy.problems import PolicyRefused, Problem
from yigongti.kernel.policy.store import Store, folder, read_file, read_folder, store

app = typer.Typer(help="政策：检查、列出、查看、比较", no_args_is_help=True)
out, notes = Console(highlight=False), Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Place = Annotated[str | None, typer.Option("--place", help="行政区划代码或医共体代码")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="哪一天生效的版本，默认今天")]


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="要检查的文件；不给则检查全部")] = None,
    as_json: Json = False,
) -> None:
    """检查政策文件；有错时指出文件、行、键和允许的写法，退出码为 1。"""
    _django()
    editions, problems = _read(files) if files else read_folder(folder())
    if as_json:
        _tell({"ok": not problems, "files": len(editions), "problems": [problem.as_dict() for problem in problems]})
    else:
        for problem in problems:
            out.print(f"[bold red]✗[/] {escape(str(problem))}")
        out.print(f"{'[red]✗[/]' if problems else '[green]✓[/]'} {len(editions)} 份有效，{len(problems)} 处错误")
    if problems:
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """列出全部政策和版本。"""
    editions = _store().editions()
    if as_json:
        _tell([_brief(edition) for edition in editions])
    else:
        out.print(display.list_table(editions))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="如 referral/hypertension")],
    place: Place = None,
    on: On = None,
    as_json: Json = False,
) -> None:
    """查看一份政策：规则、条件、建议、来源与依据。"""
    edition = _store().resolve(name, place, on.date() if on else None)
    if as_json:
        _tell({**_brief(edition), "statements": [asdict(line) for line in outline.outline(edition.body)]})
    else:
        out.print(display.show_table(edition))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="文件，或 名称[@版本]，如 referral/clocks@2026.1")],
    after: Annotated[str, typer.Argument(help="文件，或 名称[@版本]")],
    as_json: Json = False,
) -> None:
    """比较两个版本，逐条列出差异；有差异时退出码为 1。"""
    changes = comparison.diff(_find(before), _find(after))
    if as_json:
        _tell([change.as_dict() for change in changes])
    elif changes:
        out.print(display.diff_table(changes))
    else:
        out.print("[green]✓[/] 内容相同")
    if changes:
        raise typer.Exit(1)


@app.command()
def handbook(
    to: Annotated[Path, typer.Argument(help="写到哪个文件夹")] = Path("docs/policies"), as_json: Json = False
) -> None:
    """把全部政策及其用例写成 Markdown 文档。"""
    from yigongti.kernel.policy.handbook import write

    _django()
    editions, problems = read_folder(folder())
    if problems:
        raise PolicyRefused(problems)
    changed = write(to, editions)
    if as_json:
        _tell([str(path) for path in changed])
    else:
        out.print(f"[green]✓[/] {to} 更新 {len(changed)} 份" if changed else f"[green]✓[/] {to} 无变化")


def _read(files: Iterable[Path]) -> tuple[list[Edition], list[Problem]]:
    editions: list[Edition] = []
    problems: list[Problem] = []
    for file in files:
        try:
            editions.append(read_file(file))
        except PolicyRefused as refused:
            problems.extend(refused.problems)
        except OSError as error:
            problems.append(Problem(str(file), 1, "", f"读不到文件：{error.strerror}"))
    return editions, problems


def _find(reference: str) -> Edition:
    """An edition by file, by ``name@version``, or by name (in force today)."""
    if reference.endswith((".yaml", ".yml")):
        _django()
        return read_file(Path(reference))
    name, _, version = reference.partition("@")
    if not version:
        return _store().resolve(name)
    known = [edition for edition in _store().editions() if edition.name == name]
    found = next((edition for edition in known if edition.version == version), None)
    if found is None:
        hint = "、".join(edition.version for edition in known)
        raise NotFound(
            f"{name} 没有版本 {version}", hint=f"现有版本：{hint}" if hint else "用 yigongti policy list 查看"
        )
    return found


def _brief(edition: Edition) -> dict[str, Any]:
    return {**canonical_header(edition.body), "hash": edition.hash, "origin": edition.origin}


def _store() -> Store:
    """The store with overrides, or with files only while no database runs."""
    from django.db import Error

    _django()
    try:
        store().editions()
    except Error:
        notes.print("[dim]数据库未运行，只列文件中的政策[/]")
        store().overrides = None
    return store()


def _tell(answer: Any) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yigongti.site.settings")
    django.setup()
