"""``yigongti indicators``: list, check, run, explain and compare definitions.

With ``--definitions`` and ``--facts`` the engine is a tool of its own: any folder of Parquet or CSV with a small
dictionary file, no database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import number, out, progress, tell, whole, words
from yigongti.kernel.errors import Invalid

if TYPE_CHECKING:
    from yigongti.insight.indicators.dictionary import Dictionary
    from yigongti.insight.indicators.running import Engine
    from yigongti.insight.indicators.sets import Edition

app = typer.Typer(help="指标：列出、校验、计算、解释、比较", no_args_is_help=True)
Sets = Annotated[list[str] | None, typer.Option("--set", help="指标集，如 monitoring-2024；可多次")]
Definitions = Annotated[
    Path | None, typer.Option("--definitions", help="定义文件夹（*.yaml）", exists=True, file_okay=False)
]
FactsFolder = Annotated[
    Path | None, typer.Option("--facts", help="事实文件夹（dictionary.yaml 和文件）", exists=True, file_okay=False)
]
FORMATS = (".parquet", ".csv")
"""What results are written as."""
PERIODS = ("year", "quarter", "month")
"""From the longest."""
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def _known(definitions: Path | None, facts: Path | None) -> tuple["dict[str, Edition]", "Dictionary"]:
    """The sets and the dictionary: of the platform, or of folders."""
    from yigongti.insight.indicators import definitions as _kind  # noqa: F401
    from yigongti.insight.indicators.engines.foreign import dictionary as told
    from yigongti.insight.indicators.sets import in_force, of_folder

    if definitions is None and facts is None:
        load_django()
        from yigongti.insight.indicators.dictionary import declared
        from yigongti.kernel.policy.store import Store
        from yigongti.kernel.policy.store import folder as policies

        return in_force(Store(policies())), declared()
    if definitions is None or facts is None:
        raise Invalid("--definitions 和 --facts 要一起给", hint="定义文件夹和事实文件夹")
    dictionary = told(facts)
    return of_folder(definitions, dictionary), dictionary


@app.command("list")
def list_(sets: Sets = None, definitions: Definitions = None, facts: FactsFolder = None, as_json: Json = False) -> None:
    """列出指标集和其中的指标。"""
    from yigongti.insight.indicators.sets import chosen

    known, _ = _known(definitions, facts)
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
        known, _ = _known(definitions, facts)
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

    known, dictionary = _known(definitions, facts)
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
def run(
    sets: Sets = None,
    codes: Annotated[list[str] | None, typer.Argument(help="指标编号；不给则整套")] = None,
    definitions: Definitions = None,
    facts: FactsFolder = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb 或 spark")] = "duckdb",
    master: Annotated[str, typer.Option("--master", help="Spark 主节点，如 spark://127.0.0.1:7077")] = "local[2]",
    snapshot: Annotated[str, typer.Option("--snapshot", help="快照；不给则在用的")] = "",
    level: Annotated[str, typer.Option("--level", help="屏幕上显示的层次")] = "",
    period: Annotated[str, typer.Option("--period", help="屏幕上显示的时期，如 2026、2026Q3、2026-05")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="结果文件：.parquet 或 .csv")] = None,
    as_json: Json = False,
) -> None:
    """计算指标：分子、分母、数值；写出结果文件和摘要。"""
    from yigongti.insight.indicators.running import run as answer
    from yigongti.insight.indicators.sets import sought

    _possible(level, period, file)
    if snapshot and facts is not None:
        raise Invalid("--snapshot 是数据仓库的快照，不和 --facts 一起给")
    if facts is None and definitions is None:
        with database():
            load_django()
            from yigongti.insight.indicators.dictionary import declared
            from yigongti.insight.indicators.sets import in_force
            from yigongti.insight.results.units import titles

            known, dictionary, named = in_force(), declared(), titles()
    else:
        (known, dictionary), named = _known(definitions, facts), {}
    wanted = list(sought(known, sets or (), codes or ()))
    began = perf_counter()
    with _engine(engine, master) as running, _computable():
        if facts is not None:
            from yigongti.insight.indicators.engines.foreign import folder, hierarchy

            with folder(facts) as (_, sources):
                outcome = answer(wanted, dictionary, sources, running, hierarchy(facts))
        else:
            from yigongti.insight.warehouse import reading

            shelf = reading.shelf()
            with shelf.reading(snapshot or reading.standing(shelf).id) as chosen:
                sources = reading.sources(shelf, chosen, dictionary)
                outcome = answer(wanted, dictionary, sources, running, reading.hierarchy(shelf, chosen))
            out.print(f"快照 {chosen.id}", style="dim") if not as_json else None
    seconds = perf_counter() - began
    if file is not None:
        _write(outcome.table, file)
    rows = _shown(outcome.table, level or ("all" if facts else "consortium"), period)
    if as_json:
        tell({"digest": outcome.digest, "rows": rows})
        return
    _print(rows, known, named)
    out.print(f"{outcome.table.num_rows:,} 个结果，{seconds:.1f} 秒，引擎 {engine}，摘要 {outcome.digest[:16]}")


@contextmanager
def _computable() -> Iterator[None]:
    """Numbers and days beyond what can be computed are said, not shown as a fault of ours. Raises Invalid."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfRangeException, duckdb.ConversionException, OverflowError) as error:
        raise Invalid(
            f"算不出来：{str(error).splitlines()[0]}",
            hint="事实里有过大的数，或公元 1–9999 年以外的日期；改正文件，或用 where 排除",
        ) from error


def _possible(level: str, period: str, file: Path | None) -> None:
    """Raises Invalid for a level, a period or a place of the file that cannot be, before anything is computed."""
    from yigongti.insight.indicators.definitions import LEVELS
    from yigongti.insight.periods import type_of
    from yigongti.kernel.policy.problems import allowed_words

    if level and level not in LEVELS:
        raise Invalid(f"没有层次 {level}", hint=allowed_words(level, LEVELS))
    if period:
        type_of(period)
    if file is not None and file.suffix not in FORMATS:
        raise Invalid(f"不认识 {file.suffix or file.name}", hint="--out 结果.parquet 或 结果.csv")
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        raise Invalid(f"不能写 {file}", hint="应是已有文件夹里的文件")


@contextmanager
def _engine(name: str, master: str) -> "Iterator[Engine]":
    if name == "duckdb":
        from yigongti.insight.indicators.engines.duckdb import DuckEngine

        with DuckEngine() as duck:
            yield duck
    elif name == "spark":
        from yigongti.insight.indicators.engines.spark import SparkEngine

        with SparkEngine(master) as spark:
            yield spark
    else:
        raise Invalid(f"没有引擎 {name}", hint="duckdb 或 spark")


def _shown(results: Any, level: str, period: str) -> list[dict[str, Any]]:
    """The totals of one level; without a period the latest of the longest kind of period that there is."""
    import pyarrow.compute as pc

    totals = results.filter((pc.field("level") == level) & (pc.field("stratum") == ""))
    types = set(totals["type"].unique().to_pylist())
    longest = next((one for one in PERIODS if one in types), "")
    if not period:
        totals = totals.filter(pc.field("type") == longest)
        period = max(totals["period"].unique().to_pylist(), default="")
    return list(totals.filter(pc.field("period") == period).to_pylist())


def _print(rows: list[dict[str, Any]], known: "dict[str, Edition]", named: dict[tuple[str, str], str]) -> None:
    items = {e.body.code(item): item for e in known.values() for item in e.body.indicators}
    table = Table(
        whole("编号"),
        words("名称"),
        words("统计单位"),
        whole("时期"),
        number("分子"),
        number("分母"),
        number("数值"),
        words("单位"),
        number("完整"),
    )
    for row in rows:
        item = items[row["indicator"]]
        share = f"{row['reported']}/{row['expected']}" if row["expected"] else ""
        value = "—" if row["value"] is None else f"{row['value']:,.{item.decimals}f}"
        lower = "" if row["denominator"] is None else f"{row['denominator']:,f}".rstrip("0").rstrip(".")
        upper = f"{row['numerator']:,f}".rstrip("0").rstrip(".")
        unit = named.get((row["level"], row["unit"]), row["unit"])
        table.add_row(row["indicator"], item.name, unit, row["period"], upper, lower, value, item.unit, share)
    out.print(table)


def _write(table: Any, file: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    try:
        if file.suffix == ".csv":
            pyarrow.csv.write_csv(table, file)
        else:
            pyarrow.parquet.write_table(table, file, compression="zstd")
    except OSError as error:
        raise Invalid(f"不能写 {file}：{error}", hint="检查文件夹和权限") from error


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
        tell(found)
        raise typer.Exit(1 if found else 0)
    table = Table(whole("指标"), "层次", "统计单位", whole("时期"), "分组", number("原值"), number("现值"))
    for row in found[:200]:
        table.add_row(*(str(value if value is not None else "—") for value in row))
    if found:
        out.print(table)
    out.print(f"{len(found)} 个数不同" + ("，显示前 200 个" if len(found) > 200 else ""))
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
