"""The picture of a workflow: states in layers from left to right, drawn as SVG by the server."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN, LANE = 96, 32, 88, 24, 12, 18
LABEL = 7

Cell = tuple[int, int]
"""Column and row of a state."""


@dataclass(frozen=True)
class Node:
    """A state: its key, its Chinese label, whether it ends the case."""

    key: str
    label: str
    final: bool = False


@dataclass(frozen=True)
class Edge:
    """A step from one state to another."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class Line:
    """A drawn step: the path, and where its label stands."""

    path: str
    x: float
    y: float
    anchor: str
    label: str


@dataclass(frozen=True)
class Diagram:
    """States and steps with the current state and those already passed. ``svg`` draws it.

    Steps to the next column run straight, steps that skip a column run above the picture, steps back run below it.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    current: str = ""
    passed: frozenset[str] = frozenset()
    title: str = "流程图"

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """Where each state stands."""
        return layout(self.nodes, self.edges)

    @cached_property
    def steps(self) -> list[Edge]:
        """The steps, those between the same two states as one."""
        labels: dict[Cell | tuple[str, str], list[str]] = {}
        for edge in self.edges:
            labels.setdefault((edge.source, edge.target), []).append(edge.label)
        return [Edge(str(ends[0]), str(ends[1]), "、".join(filter(None, said))) for ends, said in labels.items()]

    @property
    def svg(self) -> SafeString:
        """The drawing; colours come from the stylesheet."""
        over = [step for step in self.steps if self._ahead(step) > 1]
        under = [step for step in self.steps if self._ahead(step) <= 0]
        top = MARGIN + LANE * len(over)
        columns = 1 + max((column for column, _ in self.cells.values()), default=0)
        rows = 1 + max((row for _, row in self.cells.values()), default=0)
        width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP_X + (GAP_X // 3 if under else 0)
        floor = top + rows * (HEIGHT + GAP_Y) - GAP_Y
        height = floor + LANE * len(under) + MARGIN + 4
        return format_html(
            '<svg class="y-diagram" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
            '<defs><marker id="y-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>{}{}</svg>',
            width,
            height,
            width,
            height,
            self.title,
            self._drawn_steps(over, under, top, floor),
            self._drawn_nodes(top),
        )

    def _ahead(self, step: Edge) -> int:
        return self.cells[step.target][0] - self.cells[step.source][0]

    def _drawn_nodes(self, top: int) -> SafeString:
        drawn = []
        for node in self.nodes:
            left, upper = corner(self.cells[node.key], top)
            state = "now" if node.key == self.current else "passed" if node.key in self.passed else "ahead"
            kind = f"y-state y-state-{state}{' y-state-final' if node.final else ''}"
            drawn.append((kind, left, upper, WIDTH, HEIGHT, left + WIDTH // 2, upper + HEIGHT // 2, node.label))
        box = '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text></g>'
        return format_html_join("", box, drawn)

    def _drawn_steps(self, over: Sequence[Edge], under: Sequence[Edge], top: int, floor: int) -> SafeString:
        lines = []
        crowded = [step.target for step in self.steps if self._ahead(step) == 1]
        for step in self.steps:
            source, target = (corner(self.cells[key], top) for key in (step.source, step.target))
            if step in over:
                lane = over.index(step)
                lines.append(detour(source, target, MARGIN + LANE * lane + 6, step.label, lane))
            elif step in under:
                lane = under.index(step)
                lines.append(detour(source, target, floor + LANE * (lane + 1) + 2, step.label, lane))
            else:
                lines.append(straight(source, target, step.label, crowded.count(step.target) > 1))
        return format_html_join(
            "",
            '<g class="y-edge"><path d="{}"><title>{}</title></path><text x="{}" y="{}" text-anchor="{}">{}</text></g>',
            ((line.path, line.label, line.x, line.y, line.anchor, line.label[:LABEL]) for line in lines),
        )


def corner(cell: Cell, top: int) -> tuple[int, int]:
    """The upper left corner of a cell, in pixels."""
    return MARGIN + cell[0] * (WIDTH + GAP_X), top + cell[1] * (HEIGHT + GAP_Y)


def straight(source: tuple[int, int], target: tuple[int, int], label: str, crowded: bool) -> Line:
    """A step to the next column; its label stands at the end with more room."""
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT // 2
    x2, y2 = target[0], target[1] + HEIGHT // 2
    bend = x1 + GAP_X // 3
    path = f"M{x1} {y1}C{bend} {y1} {x1} {y2} {bend} {y2}L{x2 - 1} {y2}"
    if crowded:
        return Line(path, x1 + 6, y1 - 4, "start", label)
    return Line(path, x2 - 9, y2 - 4, "end", label)


def detour(source: tuple[int, int], target: tuple[int, int], level: int, label: str, lane: int) -> Line:
    """A step around the picture: out on the right, along the lane at ``level``, and into the target.

    Ahead it enters from the left, back from the right. Each lane keeps its own distance from the states.
    """
    ahead = target[0] > source[0]
    out = source[0] + WIDTH + 10 + 5 * (lane % 4)
    y1 = source[1] + HEIGHT // 2 + (-9 if ahead else 9)
    y2 = target[1] + HEIGHT // 2 + (-9 if ahead else 9)
    turn = target[0] - 14 - 5 * (lane % 4) if ahead else target[0] + WIDTH + 12 + 5 * (lane % 4)
    end = target[0] - 1 if ahead else target[0] + WIDTH + 1
    path = f"M{source[0] + WIDTH} {y1}H{out}V{level}H{turn}V{y2}H{end}"
    return Line(path, (out + turn) / 2, level - 3, "middle", label)


def layout(nodes: Sequence[Node], edges: Iterable[Edge]) -> dict[str, Cell]:
    """A cell for each state: its column by the longest way ahead, its row by its neighbours."""
    order = {node.key: number for number, node in enumerate(nodes)}
    ahead = [(edge.source, edge.target) for edge in edges if order[edge.source] < order[edge.target]]
    column = dict.fromkeys(order, 0)
    for node in nodes:
        for source, target in ahead:
            if source == node.key:
                column[target] = max(column[target], column[source] + 1)
    cells: dict[str, Cell] = {}
    for number in range(1 + max(column.values(), default=0)):
        members = [key for key in order if column[key] == number]
        wishes = {key: (_wish(key, ahead, cells), order[key]) for key in members}
        for row, key in enumerate(sorted(members, key=wishes.__getitem__)):
            cells[key] = (number, row)
    return cells


def _wish(key: str, ahead: Iterable[tuple[str, str]], cells: Mapping[str, Cell]) -> float:
    """The mean row of the states that lead here, so that lines cross less."""
    before = [cells[source][1] for source, target in ahead if target == key and source in cells]
    return sum(before) / len(before) if before else 0.0
