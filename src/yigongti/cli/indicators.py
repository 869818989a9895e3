"""``yigongti indicators``: list, check, run, explain and compare definitions.

With ``--definitions`` and ``--facts`` the engine is a tool of its own: any folder of Parquet or CSV with a small
dictionary file, no database.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yigongti.cli.computing import Definitions, FactsFolder, Json, Sets, defined, run
from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import number, out, progress, tell, whole

app = typer.Typer(help="指标：列出、校验、计算、解释、比较", no_args_is_help=True)
app.command()(run)
MOST = 200
"""Differences that are shown on the screen."""


@app.command("list")
def list_(sets: Sets = None, definitions: Definitions = None, facts: FactsFolder = None, as_json: Json = False) -> None:
    """列出指标集和其中的指标。"""
    from yigongti.insight.indicators.sets import chosen

    known, _ = defined(definitions, facts)
    rows = [
        {
            "code": known[name].body.code(item),
            "name": item.name,
            "dimension": known[name].body.dimensions.get(item.dimension, item.dimension),
            "kind": item.kind,
            "unit": item.unit,
            "source": str(known[name].body.source_of(item)),
        }
        for name in chosen(known, sets or ())
        for item in known[name].body.indicators
    ]
    if as_json:
        tell(rows)
        return
    table = Table(whole("编号"), "名称", "维度", "取数", "单位", "来源")
    kinds = {"computed": "由事实计算", "reported": "填报", "judged": "评判"}
    for row in rows:
        table.add_row(row["code"], row["name"], row["dimension"], kinds[row["kind"]], row["unit"], row["source"])
    out.print(table)
    out.print(f"{len(rows)} 项，其中由事实计算 {sum(row['kind'] == 'computed' for row in rows)} 项")


@app.command()
def check(definitions: Definitions = None, facts: FactsFolder = None, as_json: Json = False) -> None:
    """校验定义：字段、表达式、分组、来源；有错则指出文件、行和相近的名称。"""
    from yigongti.kernel.policy.problems import PolicyRefused

    try:
        known, _ = defined(definitions, facts)
    except PolicyRefused as refused:
        if as_json:
            tell({"ok": False, "problems": [problem.as_dict() for problem in refused.problems]})
            raise typer.Exit(1) from None
        raise
    numbers = {"sets": len(known), "indicators": sum(len(edition.body.indicators) for edition in known.values())}
    if as_json:
        tell({"ok": True, **numbers, "problems": []})
    else:
        out.print(f"[green]✓[/] {numbers['sets']} 个指标集、{numbers['indicators']} 项指标，定义有效")


@app.command()
def explain(
    code: Annotated[str, typer.Argument(help="如 monitoring-2024/3.1")],
    definitions: Definitions = None,
    facts: FactsFolder = None,
    as_json: Json = False,
) -> None:
    """一个指标怎样算：文字、SQL、来源、版本。"""
    from yigongti.insight.indicators.explaining import lines
    from yigongti.insight.indicators.sets import find

    known, dictionary = defined(definitions, facts)
    edition, item = find(known, code)
    told = [*lines(item, edition.body.source_of(item), dictionary)]
    told.append(("定义版本", f"{edition.body.policy} {edition.body.version} #{edition.hash[:8]}"))
    if as_json:
        tell(dict(told))
        return
    table = Table(show_header=False, title=code, title_justify="left")
    for title, text in told:
        table.add_row(title, text)
    out.print(table)


@app.command()
def diff(
    one: Annotated[Path, typer.Argument(help="结果文件", exists=True)],
    other: Annotated[Path, typer.Argument(help="另一个结果文件", exists=True)],
    as_json: Json = False,
) -> None:
    """比较两次计算的结果：哪些数从多少变为多少；有不同则以 1 退出。"""
    from yigongti.insight.indicators.comparing import differences

    found = differences(one, other)
    if as_json:
        tell([asdict(one) for one in found])
        raise typer.Exit(1 if found else 0)
    table = Table(whole("指标"), "层次", "统计单位", whole("时期"), "分组", number("原值"), number("现值"))
    for moved in found[:MOST]:
        table.add_row(*("—" if value is None else str(value) for value in vars(moved).values()))
    if found:
        out.print(table)
    out.print(f"{len(found)} 个数不同" + (f"，显示前 {MOST} 个" if len(found) > MOST else ""))
    raise typer.Exit(1 if found else 0)


@app.command()
def refresh(
    everything: Annotated[bool, typer.Option("--all", help="全部年份、全部指标重新计算")] = False,
    as_json: Json = False,
) -> None:
    """同步数据仓库，计算变动所及的指标并存入数据库；已公布的数有变动则记入重述日志。"""
    with database(), progress() as advance:
        load_django()
        from yigongti.insight.results.refreshing import refresh as bring
        from yigongti.insight.warehouse.reading import shelf

        run = bring(shelf(), everything=everything, tell=advance)
    told = (
        {"run": None}
        if run is None
        else {
            "run": run.pk,
            "snapshot": run.snapshot,
            "years": run.years,
            "results": run.results,
            "moved": run.moved,
            "restated": run.restated,
            "seconds": float(run.seconds),
            "digest": run.digest,
        }
    )
    if as_json:
        tell(told)
    elif run is None:
        out.print("事实和定义都没有变动，指标不变")
    else:
        out.print(
            f"快照 {run.snapshot}：{run.results:,} 个结果，{run.moved:,} 个变动，重述已公布的数 {run.restated:,} 个，"
            f"{run.seconds} 秒"
        )


@app.command()
def restated(
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多显示多少条")] = 50, as_json: Json = False
) -> None:
    """重述日志：哪些已公布的数从多少变为多少，为什么。"""
    with database():
        load_django()
        from django.utils import timezone

        from yigongti.insight.results.queries import restatements
        from yigongti.insight.results.telling import why
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM

        with acting(SYSTEM):
            rows = [
                {
                    "at": timezone.localtime(one.run.at).isoformat(timespec="minutes"),
                    "indicator": one.measure.code,
                    "unit": one.unit.title,
                    "period": one.period,
                    "from": one.value_before,
                    "to": one.value,
                    "why": why(one),
                }
                for one in restatements()[:limit]
            ]
    if as_json:
        tell(rows)
        return
    table = Table("时间", whole("指标"), "单位", whole("时期"), number("原值"), number("现值"), "原因")
    for row in rows:
        row["at"] = str(row["at"])[:16].replace("T", " ")
        table.add_row(*(str("—" if value is None else value) for value in row.values()))
    out.print(table)
