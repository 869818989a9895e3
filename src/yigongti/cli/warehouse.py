"""``yigongti warehouse``: bring facts into columns, show, verify, describe and tidy them."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.table import Table

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, progress, tell

app = typer.Typer(help="数据仓库：同步、状态、核对、整理、字典", no_args_is_help=True)
Facts = Annotated[list[str] | None, typer.Argument(help="事实，如 encounter；不给则全部")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@contextmanager
def opened() -> Iterator[None]:
    """The database and Django for the length of a command."""
    with database():
        load_django()
        yield


@app.command()
def sync(
    facts: Facts = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="全部重读")] = False,
    as_json: Json = False,
) -> None:
    """把新的和变动的月份读入数据仓库，形成一个快照。"""
    with opened(), progress() as advance:
        from yigongti.insight.warehouse.reading import shelf
        from yigongti.insight.warehouse.syncing import sync as bring

        began = perf_counter()
        done = bring(shelf(), facts or (), rebuild=rebuild, tell=lambda _, at, of: advance("读入事实", at, of))
        seconds = round(perf_counter() - began, 1)
    if as_json:
        tell({"snapshot": done.snapshot.id, "read": done.read, "changed": done.changed, "seconds": seconds})
        return
    out.print(f"快照 {done.snapshot.id}：读入 {sum(done.read.values()):,} 行，{seconds} 秒")
    table = Table("事实", "读入行数", "变动的月份")
    for name in done.snapshot.facts:
        months = done.changed.get(name, [])
        if done.read.get(name) or months:
            table.add_row(name, f"{done.read.get(name, 0):,}", _span(months))
    out.print(table)


def _span(months: list[str]) -> str:
    return "、".join(months) if len(months) <= 3 else f"{months[0]} 至 {months[-1]} 共 {len(months)} 个月"


@app.command()
def status(as_json: Json = False) -> None:
    """在用的快照，各事实的行数、月份和读到的时间。"""
    load_django()
    from yigongti.insight.warehouse.reading import shelf, standing

    found = shelf()
    snapshot = standing(found)
    rows: list[dict[str, Any]] = [
        {
            "fact": name,
            "rows": fact.rows,
            "months": list(fact.pieces),
            "watermark": fact.watermark,
            "bytes": sum(found.path(piece).stat().st_size for piece in fact.pieces.values()),
        }
        for name, fact in sorted(snapshot.facts.items())
    ]
    if as_json:
        tell({"snapshot": snapshot.id, "at": snapshot.at, "snapshots": len(found.listed()), "facts": rows})
        return
    out.print(f"在用快照 {snapshot.id}，{snapshot.taken_at:%Y-%m-%d %H:%M}；共 {len(found.listed())} 个快照")
    table = Table("事实", "行数", "月份", "读到", "MB")
    for row in rows:
        size = f"{row['bytes'] / 2**20:.1f}"
        table.add_row(row["fact"], f"{row['rows']:,}", _span(row["months"]), row["watermark"][:16], size)
    out.print(table)


@app.command()
def verify(facts: Facts = None, as_json: Json = False) -> None:
    """核对快照与数据库：行数、合计、标识逐月相等；不等则列出并以 1 退出。"""
    with opened():
        from yigongti.insight.warehouse.reading import shelf, standing
        from yigongti.insight.warehouse.verifying import verify as compare

        found = shelf()
        with found.reading(standing(found).id) as snapshot:
            differences = list(compare(found, snapshot, facts or ()))
    if as_json:
        tell([vars(one) for one in differences])
    elif not differences:
        out.print("[green]✓[/] 快照与数据库一致")
    else:
        table = Table("事实", "月份", "项目", "数据库", "快照")
        for one in differences:
            table.add_row(one.fact, one.month, one.what, one.database, one.shelf)
        out.print(table)
        out.print("同步之后又有变动属正常：先 yigongti warehouse sync，仍不一致用 --rebuild 重读")
    raise typer.Exit(1 if differences else 0)


@app.command()
def compact(
    keep: Annotated[int, typer.Option("--keep", min=1, help="保留最近多少个快照")] = 30, as_json: Json = False
) -> None:
    """删去旧快照和不再用到的文件（每晚更新指标之后也会整理）；被引用的和每年末的快照总是保留。"""
    with opened():
        from yigongti.insight.warehouse.pins import tidy
        from yigongti.insight.warehouse.reading import shelf

        removed, stays = tidy(shelf(), keep)
    if as_json:
        tell({**removed._asdict(), "pinned": stays})
        return
    out.print(f"删去 {removed.snapshots} 个快照、{removed.files} 个文件；{len(stays)} 个快照因被引用而保留")
    if removed.read:
        out.print(f"{removed.read} 个旧快照正在被读取，这次留下；读完以后再整理")
    table = Table("保留的快照", "为什么")
    for name, why in sorted(stays.items()):
        table.add_row(name, "、".join(why))
    if stays:
        out.print(table)


@app.command()
def dictionary(facts: Facts = None, as_json: Json = False) -> None:
    """输出数据字典：声明的和派生的事实、字段、推导的 SQL，以及用到它们的指标。"""
    load_django()
    from yigongti.insight.indicators.sets import in_force
    from yigongti.insight.indicators.using import uses
    from yigongti.kernel.facts.dictionary import as_values, markdown
    from yigongti.kernel.facts.entries import entries, entry
    from yigongti.kernel.policy.store import Store, folder

    chosen = [entry(name) for name in facts] if facts else list(entries().values())
    if not as_json:
        typer.echo(markdown(chosen), nl=False)
        return
    users = list(uses(in_force(Store(folder()))))
    told = []
    for one in chosen:
        used = {use.code: sorted(use.columns) for use in users if use.fact == one.name}
        told.append({**as_values(one), "sql": one.readable, "indicators": used})
    tell(told)
