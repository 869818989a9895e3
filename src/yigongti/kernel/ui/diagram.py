"""The picture of a workflow: states in layers from left to right, drawn as SVG by the server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 96, 32, 76, 22, 14
LABEL = 6


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
class Diagram:
    """States and steps with the current state and those already passed. ``svg`` draws it."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    current: str = ""
    passed: frozenset[str] = frozenset()
    title: str = "流程图"

    @property
    def svg(self) -> SafeString:
        """The drawing; colours come from the stylesheet."""
        places = layout(self.nodes, self.edges)
        columns = 1 + max((x for x, _ in places.values()), default=0)
        rows = 1 + max((y for _, y in places.values()), default=0)
        back = sum(1 for edge in self.edges if places[edge.source][0] >= places[edge.target][0])
        width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP_X
        height = 2 * MARGIN + rows * (HEIGHT + GAP_Y) + (12 + 5 * back if back else 0)
        return format_html(
            '<svg class="y-diagram" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
            '<defs><marker id="y-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>{}{}</svg>',
            width,
            height,
            width,
            height,
            self.title,
            self._edges(places, rows),
            self._nodes(places),
        )

    def _nodes(self, places: dict[str, tuple[int, int]]) -> SafeString:
        drawn = []
        for node in self.nodes:
            left, top = corner(places[node.key])
            state = "now" if node.key == self.current else "passed" if node.key in self.passed else "ahead"
            kind = f"y-state y-state-{state}{' y-state-final' if node.final else ''}"
            drawn.append((kind, left, top, WIDTH, HEIGHT, left + WIDTH // 2, top + HEIGHT // 2, node.label))
        return format_html_join(
            "",
            '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text></g>',
            drawn,
        )

    def _edges(self, places: dict[str, tuple[int, int]], rows: int) -> SafeString:
        drawn, back = [], 0
        floor = MARGIN + rows * (HEIGHT + GAP_Y)
        for edge in self.edges:
            if places[edge.source][0] >= places[edge.target][0]:
                back += 1
            path, x, y = route(places[edge.source], places[edge.target], floor + 5 * back)
            drawn.append(("y-edge", path, edge.label, x, y, edge.label[:LABEL]))
        return format_html_join(
            "", '<g class="{}"><path d="{}"><title>{}</title></path><text x="{}" y="{}">{}</text></g>', drawn
        )


def corner(place: tuple[int, int]) -> tuple[int, int]:
    """The upper left corner of a cell, in pixels."""
    return MARGIN + place[0] * (WIDTH + GAP_X), MARGIN + place[1] * (HEIGHT + GAP_Y)


def route(source: tuple[int, int], target: tuple[int, int], floor: int) -> tuple[str, int, int]:
    """The path of a step and where its label stands. Steps back run below the picture."""
    (left, top), (to_left, to_top) = corner(source), corner(target)
    x1, y1, x2, y2 = left + WIDTH, top + HEIGHT // 2, to_left, to_top + HEIGHT // 2
    if source == target:
        return f"M{left + 20} {top}c-4 -14 24 -14 20 0", left + 30, top - 8
    if source[0] >= target[0]:
        a, b = left + WIDTH // 2, to_left + WIDTH // 2
        return f"M{a} {top + HEIGHT}C{a} {floor} {b} {floor} {b} {to_top + HEIGHT}", (a + b) // 2, floor - 4
    bend = (x2 - x1) // 2 if target[0] == source[0] + 1 else GAP_X
    far = x2 - min(bend, GAP_X)
    return f"M{x1} {y1}C{x1 + bend} {y1} {far} {y2} {x2 - 1} {y2}", x2 - GAP_X // 2, (y1 + y2) // 2 - 5


def layout(nodes: Sequence[Node], edges: Iterable[Edge]) -> dict[str, tuple[int, int]]:
    """A cell (column, row) for each state: columns by the longest way without turning back, rows by their neighbours."""
    order = {node.key: number for number, node in enumerate(nodes)}
    ahead = [(e.source, e.target) for e in edges if order[e.source] < order[e.target]]
    column = dict.fromkeys(order, 0)
    for node in nodes:
        for source, target in ahead:
            if source == node.key:
                column[target] = max(column[target], column[source] + 1)
    places: dict[str, tuple[int, int]] = {}
    for number in range(1 + max(column.values(), default=0)):
        members = [key for key in order if column[key] == number]
        wish = {key: _wish(key, ahead, places, order[key]) for key in members}
        for row, key in enumerate(sorted(members, key=lambda k: (wish[k], order[k]))):
            places[key] = (number, row)
    return places


def _wish(
    key: str, ahead: Iterable[tuple[str, str]], places: dict[str, tuple[int, int]], order: int
) -> tuple[float, int]:
    """The mean row of the states that lead here, so that lines cross less."""
    before = [places[source][1] for source, target in ahead if target == key and source in places]
    return (sum(before) / len(before) if before else 0.0, order)
