"""``yigongti indicators run``: numbers from definitions and facts, of the platform or of folders."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.markup import escape
from rich.table import Table

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import number, out, tell, whole, words
from yigongti.kernel.errors import Invalid

if TYPE_CHECKING:
    from yigongti.insight.indicators.dictionary import Dictionary
    from yigongti.insight.indicators.engines.sources import FactSource
    from yigongti.insight.indicators.planning import Sought
    from yigongti.insight.indicators.running import Engine
    from yigongti.insight.indicators.sets import Edition
    from yigongti.insight.indicators.shown import View

Sets = Annotated[list[str] | None, typer.Option("--set", help="指标集，如 monitoring-2024；可多次")]
Definitions = Annotated[
    Path | None, typer.Option("--definitions", help="定义文件夹（*.yaml）", exists=True, file_okay=False)
]
FactsFolder = Annotated[
    Path | None, typer.Option("--facts", help="事实文件夹（dictionary.yaml 和文件）", exists=True, file_okay=False)
]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
FORMATS = (".parquet", ".csv")
"""What results are written as."""


def defined(definitions: Path | None, facts: Path | None) -> tuple["dict[str, Edition]", "Dictionary"]:
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


def run(
    sets: Sets = None,
    codes: Annotated[list[str] | None, typer.Argument(help="指标编号；不给则整套")] = None,
    definitions: Definitions = None,
    facts: FactsFolder = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb 或 spark")] = "duckdb",
    master: Annotated[str, typer.Option("--master", help="Spark 主节点，如 spark://127.0.0.1:7077")] = "local[2]",
    snapshot: Annotated[str, typer.Option("--snapshot", help="快照；不给则在用的")] = "",
    level: Annotated[str, typer.Option("--level", help="屏幕上显示的层次；不给则医共体，事实文件夹则最上一层")] = "",
    period: Annotated[str, typer.Option("--period", help="屏幕上显示的时期，如 2026、2026Q3、2026-05")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="结果文件：.parquet 或 .csv")] = None,
    as_json: Json = False,
) -> None:
    """计算指标：分子、分母、数值；没有数的指标和原因；写出结果文件和摘要。"""
    from yigongti.insight.indicators import shown
    from yigongti.insight.indicators.running import run as answer
    from yigongti.insight.indicators.sets import readable, sought

    _possible(level, period, file)
    if snapshot and facts is not None:
        raise Invalid("--snapshot 是数据仓库的快照，不和 --facts 一起给")
    known, dictionary, named = (
        _in_force() if facts is None and definitions is None else (*defined(definitions, facts), {})
    )
    wanted = list(sought(known, sets or (), codes or ()))
    began = perf_counter()
    with _computable(), _read(facts, snapshot, dictionary) as read, _engine(engine, master) as running:
        asked = [one for one in wanted if readable(one, read.sources)]
        outcome = answer(asked, dictionary, read.sources, running, read.hierarchy)
        view = shown.View(outcome.table, level or ("" if facts else "consortium"), period)
        lacking = list(view.without(wanted, read.sources))
    seconds = perf_counter() - began
    if file is not None:
        _write(outcome.table, file)
    if as_json:
        without = [{"indicator": one.code, "why": why} for one, why in lacking]
        tell({"snapshot": read.snapshot, "digest": outcome.digest, "rows": view.rows, "without": without})
        return
    _print(view, wanted, lacking, named)
    told = f"快照 {read.snapshot}，" if read.snapshot else ""
    out.print(f"{told}{outcome.table.num_rows:,} 个结果，{seconds:.1f} 秒，引擎 {engine}，摘要 {outcome.digest[:16]}")


def _in_force() -> "tuple[dict[str, Edition], Dictionary, dict[tuple[str, str], str]]":
    """The sets in force with what places have approved, the dictionary, and the names of the units."""
    with database():
        load_django()
        from yigongti.insight.indicators.dictionary import declared
        from yigongti.insight.indicators.sets import in_force
        from yigongti.insight.results.units import titles

        return in_force(), declared(), titles()


class Read(NamedTuple):
    """What a run reads: the files of the facts, to which units organisations belong, and the name of the snapshot."""

    sources: "dict[str, FactSource]"
    hierarchy: Any
    snapshot: str


@contextmanager
def _read(facts: Path | None, snapshot: str, dictionary: "Dictionary") -> Iterator[Read]:
    if facts is not None:
        from yigongti.insight.indicators.engines.foreign import folder, hierarchy

        with folder(facts) as (_, sources):
            yield Read(sources, hierarchy(facts, dictionary), "")
        return
    from yigongti.insight.warehouse import reading

    shelf = reading.shelf()
    with shelf.reading(snapshot or reading.standing(shelf).id) as chosen:
        yield Read(reading.sources(shelf, chosen, dictionary), reading.hierarchy(shelf, chosen), chosen.id)


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


def _print(
    view: "View",
    wanted: "Iterable[Sought]",
    lacking: "list[tuple[Sought, str]]",
    named: dict[tuple[str, str], str],
) -> None:
    items = {one.code: one.item for one in wanted}
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
    for row in view.rows:
        item = items[row["indicator"]]
        share = f"{row['reported']}/{row['expected']}" if row["expected"] else ""
        value = "—" if row["value"] is None else f"{row['value']:,.{item.decimals}f}"
        lower = "" if row["denominator"] is None else f"{row['denominator']:,f}".rstrip("0").rstrip(".")
        upper = f"{row['numerator']:,f}".rstrip("0").rstrip(".")
        unit = named.get((row["level"], row["unit"]), row["unit"])
        table.add_row(row["indicator"], item.name, unit, row["period"], upper, lower, value, item.unit, share)
    out.print(table if view.rows else view.elsewhere())
    for one, why in lacking if view.rows or not view.results.num_rows else ():
        out.print(f"没有数：{one.code} {escape(one.item.name)}——{escape(why)}", style="dim", soft_wrap=True)


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
