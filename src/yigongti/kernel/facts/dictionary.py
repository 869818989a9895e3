"""The data dictionary, generated from the declarations: for people (Markdown) and for programs (plain values)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from . import types
from .declaration import Fact

HEAD = """# 数据字典

本文件由 `make docs` 从各模块的 `facts.py` 生成，请勿手工修改。

指标、绩效、结算和数据仓库只读“事实”。每个事实是一张平表：一行是什么、每个字段是什么意思，都写在下面。
事实中没有姓名、证件号码、电话和住址；“个人”一栏打勾的字段只能进入允许存放个人数据的地方。
“分区”是划分年月的时间字段，“水位”是增量装载的字段；没有水位的事实每次整表装载。
"""


def markdown(facts: Iterable[Fact]) -> str:
    """The whole dictionary."""
    listed = list(facts)
    lines = [HEAD, "| 事实 | 名称 | 一行是什么 | 来源模块 | 分区 | 水位 |", "|---|---|---|---|---|---|"]
    lines += [
        f"| [`{f.name}`](#{f.name}) | {f.title} | {f.grain} | `{f.source_room}` | {_code(f.time_column)} "
        f"| {_code(f.watermark_column)} |"
        for f in listed
    ]
    for fact in listed:
        lines += ["", *_chapter(fact)]
    return "\n".join(lines) + "\n"


def _chapter(fact: Fact) -> Iterator[str]:
    yield f"## {fact.name}"
    yield ""
    yield f"**{fact.title}**：{fact.grain}。{fact.meaning}".rstrip()
    yield ""
    yield "| 字段 | 名称 | 类型 | 单位 | 含义 | 个人 |"
    yield "|---|---|---|---|---|---|"
    for column in fact.columns:
        yield (
            f"| `{column.name}` | {column.title} | {types.in_words(column.type)} | {column.unit} "
            f"| {column.meaning} | {'✓' if column.personal else ''} |"
        )


def _code(name: str) -> str:
    return f"`{name}`" if name else "—"


def as_values(fact: Fact) -> dict[str, Any]:
    """A fact for a program."""
    return {
        "name": fact.name,
        "title": fact.title,
        "grain": fact.grain,
        "meaning": fact.meaning,
        "source_room": fact.source_room,
        "time_column": fact.time_column,
        "watermark_column": fact.watermark_column,
        "personal": fact.personal,
        "columns": [asdict(column) for column in fact.columns],
    }
