"""Policies on a terminal: tables that fit the window."""

from collections.abc import Iterable

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from yigongti.kernel.policy.comparison import Change, effect_words
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import MARK_MEANINGS, MARKS
from yigongti.kernel.policy.outline import KINDS, Line, outline

MARK_STYLES = {"S": "green", "GK": "yellow", "D": "cyan"}
WORD_STYLES = {"紧急（红）": "bold red", "优先（黄）": "yellow", "普通（绿）": "green"}
COLUMNS = {
    "rules": ("规则", "条件", "建议"),
    "clocks": ("环节", "起算", "时限"),
    "reasons": ("理由", "用于", "要求"),
    "checklist": ("事项", "清单", "由谁做"),
    "gate": ("部分", "方向", "要求"),
    "settings": ("参数", "范围", "值"),
}
CHANGE_STYLES = {"新增": "green", "删除": "red", "修改": "yellow"}


def mark_text(mark: str) -> Text:
    """A mark in its colour."""
    return Text(MARKS.get(mark, mark), MARK_STYLES.get(mark, ""))


def show_table(edition: Edition) -> RenderableType:
    """One policy: header, its statements, the meaning of the marks."""
    heads = COLUMNS.get(edition.body.kind, ("项目", "条件", "内容"))
    table = Table(expand=True, show_lines=True, pad_edge=False)
    for head, ratio in zip((*heads, "来源"), (5, 6, 4, 5), strict=True):
        table.add_column(head, ratio=ratio, overflow="fold")
    table.add_column("依据", no_wrap=True)
    for line in outline(edition.body):
        table.add_row(_named(line), _condition(line), _consequence(line), line.source, mark_text(line.mark))
    legend = "　".join(f"{MARKS[mark]}：{meaning}" for mark, meaning in MARK_MEANINGS.items())
    return Group(_header(edition), table, Text(legend, "dim"))


def _header(edition: Edition) -> Panel:
    body = edition.body
    place = f"适用 {body.place}" if body.place else "普遍适用"
    facts = f"{KINDS.get(body.kind, body.kind)} · 版本 {body.version} · {effect_words(edition)} · {place}"
    lines = [facts, body.summary, f"内容指纹 {edition.hash[:16]} · {edition.origin}"]
    return Panel(
        Text("\n".join(filter(None, lines))), title=f"[bold]{body.title}[/]  {body.policy}", title_align="left"
    )


def _named(line: Line) -> Text:
    return Text.assemble((line.name, "bold"), "\n", (line.key, "dim"))


def _condition(line: Line) -> Text:
    parts: list[str | tuple[str, str]] = [line.condition]
    if line.note:
        parts.append((f"\n注：{line.note}", "italic dim"))
    return Text.assemble(*parts)


def _consequence(line: Line) -> Text:
    text = Text(line.consequence)
    for word, style in WORD_STYLES.items():
        text.highlight_words([word], style)
    if line.codes:
        text.append(f"\n{line.codes}", "dim")
    return text


def list_table(editions: Iterable[Edition]) -> Table:
    """The register of policies."""
    table = Table("政策", "标题", "版本", "适用", "条目", "依据", box=SIMPLE)
    for column in (0, 2, 4, 5):
        table.columns[column].no_wrap = True
    for edition in sorted(editions, key=lambda one: (one.name, one.place or "", one.body.effective.from_)):
        body, lines = edition.body, outline(edition.body)
        table.add_row(
            edition.name,
            body.title,
            body.version,
            body.place or "普遍",
            str(len(lines)),
            Text(" ").join(Text(mark, MARK_STYLES[mark]) for mark in MARKS if mark in {line.mark for line in lines}),
        )
    return table


def diff_table(changes: Iterable[Change]) -> Table:
    """The differences between two editions."""
    table = Table("", "条目", "内容", "原来", "现在", show_lines=True)
    for change in changes:
        what = Text(change.what, CHANGE_STYLES[change.what])
        table.add_row(what, f"{change.name}\n[dim]{change.key}[/]", change.field, change.before, change.after)
    return table
