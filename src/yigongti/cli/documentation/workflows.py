"""Every declared workflow as a picture and as tables of its states and steps."""

from collections.abc import Iterator, Mapping

from yigongti.kernel.cases.declaration import PLATFORM, State, Workflow
from yigongti.kernel.cases.presentation import diagram

STYLE = """
.y-diagram{font-family:"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;background:#fff}
marker path{fill:#8593a0}
.y-state rect{fill:#fff;stroke:#c3ccd4;stroke-width:1.25}
.y-state text{font-size:12.5px;text-anchor:middle;dominant-baseline:central;fill:#1b2733}
.y-state-final rect{stroke-width:2.5}
.y-edge path{fill:none;stroke:#8593a0;stroke-width:1.25;marker-end:url("#y-arrow")}
.y-edge text{font-size:11px;fill:#586674;paint-order:stroke;stroke:#fff;stroke-width:3px}
"""
HEAD = """# 流程

本文件夹由 `make docs` 从各模块的 `workflow.py` 生成，请勿手工修改。图中粗框为办结状态；平台自动终止的步骤只列在表中。
"""


def files() -> Mapping[str, str]:
    """File name → text: a picture for each workflow, and one page with all of them."""
    flows = sorted((flow for flow in Workflow.registry.values() if _ours(flow)), key=lambda flow: flow.name)
    found = {f"{flow.name}.svg": picture(flow) for flow in flows}
    pages = ["\n".join(page(flow)) for flow in flows]
    return found | {"index.md": "\n\n".join([HEAD.strip(), *pages]) + "\n"}


def _ours(flow: type[Workflow]) -> bool:
    return flow.__module__.startswith("yigongti.")


def picture(flow: type[Workflow]) -> str:
    """The state diagram as a file of its own: the product's drawing with its colours inside."""
    drawing = str(diagram(flow).svg)
    opened, rest = drawing.split(">", 1)
    return f'{opened} xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style>{rest}\n'


def page(flow: type[Workflow]) -> Iterator[str]:
    """Title, picture, states and steps of one workflow."""
    yield f"## {flow.title}（`{flow.name}`）"
    yield ""
    yield f"![{flow.title}流程图]({flow.name}.svg)"
    yield ""
    yield "| 状态 | 代码 | 下一步由谁办 | 时限 | 居民看到 |"
    yield "|---|---|---|---|---|"
    for state in flow.states.values():
        yield f"| {state.title} | `{state.name}` | {_owner(state)} | {_limit(state)} | {state.resident} |"
    yield ""
    yield "| 步骤 | 代码 | 从 | 到 | 由谁 |"
    yield "|---|---|---|---|---|"
    for step in flow.steps.values():
        sources = "、".join(state.title for state in step.move.sources)
        goals = [step.move.target.title if step.move.target else "（不变）", *(state.title for state in step.also)]
        who = "、".join("平台" if desk is PLATFORM else desk.title for desk in step.by)
        yield f"| {step.title} | `{step.name}` | {sources} | {'、'.join(goals)} | {who} |"


def _owner(state: State) -> str:
    return f"{state.desk.title}（`{state.desk.permission.value}`）" if state.desk else "办结"


def _limit(state: State) -> str:
    return (f"`{state.limit}`" if state.limit else "") + ("，暂停计时" if state.pauses else "")
