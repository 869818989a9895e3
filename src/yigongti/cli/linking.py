"""``yigongti link``: which rows of one file, or of two, are the same person."""

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
import typer
from rich.markup import escape

from yigongti.cli.screen import notes, out, progress, tell
from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid
from yigongti.kernel.policy.problems import PolicyRefused

Engine = Literal["duckdb", "spark"]
SOURCES = ("linkage_first", "linkage_second")


def link(
    source: Annotated[Path, typer.Argument(help="文件：.csv、.parquet 或 .xlsx")],
    other: Annotated[Path | None, typer.Argument(help="另一个文件；不给则在一个文件里查重")] = None,
    config: Annotated[str | None, typer.Option("--config", help="比对模型：文件，或政策名称如 index/febrl")] = None,
    pairs: Annotated[Path | None, typer.Option("--out", help="写出成对结果（.csv 或 .parquet）")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="按列名和内容写出一份配置建议")] = False,
    weights: Annotated[Path | None, typer.Option("--weights", help="已有则用其中的权重，没有则训练后写到这里")] = None,
    memory: Annotated[str, typer.Option(help="DuckDB 的内存上限")] = "2GB",
    threads: Annotated[int | None, typer.Option(help="线程数，默认全部", min=1)] = None,
    engine: Annotated[Engine, typer.Option(help="比较成对记录的引擎")] = "duckdb",
    master: Annotated[str, typer.Option(help="Spark 的主节点，如 local[4]、spark://主机:7077")] = "local[2]",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """比对一个或两个文件：哪些行是同一个人，概率多少；配置里有真值时给出精确率和召回率。"""
    from yigongti.records.linkage import reading, suggesting

    settings: dict[str, Any] = {"memory_limit": memory} | ({"threads": threads} if threads else {})
    try:
        connection = connect(**settings)
    except duckdb.Error as error:
        raise Invalid(f"--memory {memory} 不是内存的大小", hint="写成 2GB 或 800MB") from error
    files = [path for path in (source, other) if path]
    if suggest:
        reading.read(connection, source, SOURCES[0])
        text = suggesting.suggest(connection, SOURCES[0], source.stem)
        _write_text(pairs, text) if pairs else typer.echo(text, nl=False)
        return
    if config is None:
        raise Invalid(
            "没有给出比对模型", hint=f"--config 文件；可先用 yigongti link --suggest {source} --out 配置.yaml"
        )
    answer = _run(connection, files, config, pairs, weights, master if engine == "spark" else "")
    if as_json:
        tell(answer)
    else:
        _show(answer)


def _run(
    connection: duckdb.DuckDBPyConnection,
    files: list[Path],
    config: str,
    pairs: Path | None,
    weights: Path | None,
    spark: str = "",
) -> dict[str, Any]:
    from yigongti.records.linkage import batch, reading, truth, writing
    from yigongti.records.linkage.trained import Trained

    model = model_named(config)
    started = (time.monotonic(), time.process_time())
    trained = Trained.from_json(weights.read_text("utf-8"), model) if weights and weights.exists() else None
    with progress() as advance:
        for place, (path, table) in enumerate(zip(files, SOURCES, strict=False)):
            advance("读取", place, len(files))
            reading.read(connection, path, table)
        advance("读取", len(files), len(files))
        done = batch.link(
            connection,
            SOURCES[: len(files)],
            model,
            trained,
            lambda what, n, total: advance("比对", n, total),
            spark=spark,
        )
    if weights and trained is None:
        _write_text(weights, done.trained.to_json())
    if pairs:
        writing.write_pairs(connection, model, pairs)
    found: dict[str, Any] = {
        "model": f"{model.policy}@{model.version}",
        "files": [str(path) for path in files],
        "rows": done.rows,
        "linked": done.outcomes.get("link", 0),
        "review": done.outcomes.get("review", 0),
        "true_share": done.trained.prior,
        "seconds": round(time.monotonic() - started[0], 2),
        "cpu_seconds": round(time.process_time() - started[1], 2),
        "out": str(pairs) if pairs else None,
    }
    if model.truth:
        found["score"] = truth.score(connection, batch.PAIRS, two=len(files) > 1).as_dict()
    return found


def model_named(config: str) -> Any:
    """The model in a file, or the policy of that name. Raises :class:`PolicyRefused` or :class:`Invalid`."""
    from yigongti.kernel.policy.loading import load
    from yigongti.kernel.policy.store import folder
    from yigongti.records.linkage.configuration import LinkageModel

    shipped = folder() / f"{config}.yaml"
    path = Path(config) if Path(config).is_file() or not shipped.is_file() else shipped
    if not path.is_file():
        raise Invalid(f"没有比对模型 {config}", hint="应是文件，或 index/febrl 这样的政策名称")
    try:
        model = load(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} 不是 UTF-8 编码的文本") from error
    except PolicyRefused as refused:
        for problem in refused.problems[:-1]:
            notes.print(f"[bold red]✗[/] {escape(str(problem))}")
        raise Invalid(str(refused.problems[-1])) from refused
    if not isinstance(model, LinkageModel):
        raise Invalid(f"{path.name} 是 {model.kind}，不是比对模型", hint="kind 应为 linkage-model")
    return model


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"不能写 {path}：{error.strerror}", hint="检查文件夹和权限") from error
    notes.print(f"[green]✓[/] {escape(str(path))}")


def _show(answer: dict[str, Any]) -> None:
    out.print(f"[green]✓[/] {answer['rows']:,} 行：关联 {answer['linked']:,} 对，待人工审核 {answer['review']:,} 对")
    if found := answer.get("score"):
        out.print(
            f"  精确率 {found['precision']:.4f}  召回率 {found['recall']:.4f}  F1 {found['f1']:.4f}"
            f"  （应有 {found['true']:,} 对，找对 {found['right']:,} 对）"
        )
    out.print(f"  用时 {answer['seconds']} 秒，处理器 {answer['cpu_seconds']} 秒；模型 {escape(answer['model'])}")
    if answer["out"]:
        out.print(f"  结果：{escape(answer['out'])}")
