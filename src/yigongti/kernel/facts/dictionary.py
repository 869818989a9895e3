"""The data dictionary, generated from the declarations: for people (Markdown) and for programs (plain values)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from . import types
from .entries import Entry

HEAD = """# 数据字典

本文件由 `make docs` 从各模块的 `facts.py` 和派生步骤生成，请勿手工修改。

指标、绩效、结算和数据仓库只读“事实”。每个事实是一张平表：一行是什么、每个字段是什么意思，都写在下面。
事实中没有姓名、证件号码、电话和住址；“个人”一栏打勾的字段只能进入允许存放个人数据的地方。
“分区”是划分年月的时间字段，“水位”是增量装载的字段；没有水位的事实每次整表装载。
派生的事实由数据仓库从别的事实逐月算出，每个都附有推导的 SQL。
同样的内容在平台的“数据字典”页、`yigongti warehouse dictionary`，并作为注释写在每个 Parquet 文件里。
"""


def markdown(entries: Iterable[Entry]) -> str:
    """The whole dictionary: what rooms declare, then what is derived from it."""
    listed = list(entries)
    declared, derived = ([one for one in listed if one.derived is wanted] for wanted in (False, True))
    lines = [HEAD, "| 事实 | 名称 | 一行是什么 | 来源模块 | 分区 | 水位 |", "|---|---|---|---|---|---|"]
    lines += [
        f"| [`{one.name}`](#{one.name}) | {one.title} | {one.grain} | `{one.source}` | {_code(one.time_column)} "
        f"| {_code(one.watermark_column)} |"
        for one in declared
    ]
    if derived:
        lines += ["", "| 派生的事实 | 名称 | 一行是什么 | 取自 |", "|---|---|---|---|"]
        lines += [
            f"| [`{one.name}`](#{one.name}) | {one.title} | {one.grain} | {'、'.join(f'`{n}`' for n in one.reads)} |"
            for one in derived
        ]
    for one in listed:
        lines += ["", *_chapter(one)]
    return "\n".join(lines) + "\n"


def _chapter(fact: Entry) -> Iterator[str]:
    yield f"## {fact.name}"
    yield ""
    yield f"**{fact.title}**：{fact.grain}。{fact.meaning}".rstrip()
    yield ""
    if fact.derived:
        reads = "、".join(f"`{name}`（{back}）" for name, back in fact.reads.items())
        yield f"由 `{fact.source}` 从 {reads} 算出。"
        yield ""
    yield "| 字段 | 名称 | 类型 | 单位 | 含义 | 个人 |"
    yield "|---|---|---|---|---|---|"
    for column in fact.columns:
        yield (
            f"| `{column.name}` | {column.title} | {types.in_words(column.type)} | {column.unit} "
            f"| {column.meaning} | {'✓' if column.personal else ''} |"
        )
    if fact.derived:
        yield ""
        yield "```sql"
        yield fact.readable
        yield "```"


def _code(name: str) -> str:
    return f"`{name}`" if name else "—"


def as_values(fact: Entry) -> dict[str, Any]:
    """A fact for a program."""
    return {
        "name": fact.name,
        "title": fact.title,
        "grain": fact.grain,
        "meaning": fact.meaning,
        "derived": fact.derived,
        "source_room": fact.source,
        "time_column": fact.time_column,
        "watermark_column": fact.watermark_column,
        "reads": dict(fact.reads),
        "personal": fact.personal,
        "columns": [asdict(column) for column in fact.columns],
    }
