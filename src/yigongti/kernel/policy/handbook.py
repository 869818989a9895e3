"""Policies as Markdown: what ``docs/policies/`` holds, one page per policy and an index."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from yigongti.kernel.policy.cases import Case, cases, row_words
from yigongti.kernel.policy.comparison import effect_words
from yigongti.kernel.policy.display import COLUMNS
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import MARK_MEANINGS, MARKS
from yigongti.kernel.policy.outline import KINDS, Line, outline
from yigongti.kernel.policy.rules import Rules
from yigongti.kernel.policy.shapes import Shape, shape

COMMAND = "yigongti policy handbook"


def pages(editions: Iterable[Edition]) -> Mapping[str, str]:
    """File name to Markdown, for every edition that holds for everyone, and the index."""
    general = sorted((edition for edition in editions if edition.place is None), key=lambda edition: edition.name)
    found = {_file(edition): page(edition) for edition in general}
    rows = [
        f"| [{edition.body.title}]({_file(edition)}) | `{edition.name}` | {KINDS.get(edition.body.kind, '')} "
        f"| {edition.version} | {len(outline(edition.body))} | {len(cases(edition.name)) or ''} |"
        for edition in general
    ]
    legend = [f"- **{MARKS[mark]}**（{mark}）：{meaning}" for mark, meaning in MARK_MEANINGS.items()]
    head = [
        "# 政策一览",
        "",
        _generated(),
        "",
        "| 政策 | 名称 | 种类 | 版本 | 条目 | 用例 |",
        "|---|---|---|---|---|---|",
    ]
    found["index.md"] = "\n".join([*head, *rows, "", "依据的三种标记：", "", *legend, ""])
    return found


def page(edition: Edition) -> str:
    """One policy: header, statements, cases."""
    body = edition.body
    facts = f"`{body.policy}` · {KINDS.get(body.kind, body.kind)} · 版本 {body.version} · {effect_words(edition)}"
    heads = COLUMNS.get(body.kind, ("项目", "条件", "内容"))
    lines = [f"# {body.title}", "", _generated(), "", facts, ""]
    lines += [body.summary, ""] if body.summary else []
    lines += [_row([*heads, "来源", "依据"]), _row(["---"] * 5)]
    lines += [
        _row([_named(line), _condition(line), _consequence(line), line.source, line.mark_title])
        for line in outline(body)
    ]
    if isinstance(body, Rules) and (written := cases(edition.name)):
        lines += ["", "## 用例", "", "没写的值是未知；未知的值不触发任何规则。", "", *_cases(written, body)]
    return "\n".join([*lines, ""])


def write(folder: Path, editions: Iterable[Edition]) -> list[Path]:
    """Write every page; pages of policies that are gone are removed. Returns what changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(editions)
    changed = [path for path in folder.glob("*.md") if path.name not in wanted]
    for path in changed:
        path.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _cases(written: Iterable[Case], body: Rules) -> Iterable[str]:
    row: Shape = shape(body.shape)
    names = {rule.id: rule.name for rule in body.rules}
    yield _row(["用例", "已知", "触发"])
    yield _row(["---"] * 3)
    for case in written:
        yield _row([case.name, row_words(case.row, row), "<br>".join(names[rule] for rule in case.fires) or "无"])


def _named(line: Line) -> str:
    return f"**{line.name}**<br>`{line.key}`"


def _condition(line: Line) -> str:
    sql = f"<br>`{line.sql}`" if line.sql else ""
    return f"{line.condition}{sql}" + (f"<br>注：{line.note}" if line.note else "")


def _consequence(line: Line) -> str:
    return line.consequence + (f"<br>`{line.codes}`" if line.codes else "")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _file(edition: Edition) -> str:
    return edition.name.replace("/", "-") + ".md"


def _generated() -> str:
    return f"<!-- 由 {COMMAND} 生成，请勿手改 -->"
