"""Any workflow can be drawn."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from yigongti.kernel.ui.diagram import Diagram, Edge, Node, layout

KEYS = st.integers(min_value=1, max_value=9)


@st.composite
def workflows(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """Up to nine states with any steps between them, loops and cycles included."""
    nodes = [Node(str(number), f"状态{number}") for number in range(draw(KEYS))]
    ends = st.sampled_from([node.key for node in nodes])
    edges = draw(st.lists(st.builds(Edge, ends, ends, st.text(max_size=8)), max_size=20))
    return nodes, edges


@given(workflows())
def test_no_two_states_share_a_place_and_steps_ahead_go_right(workflow: tuple[list[Node], list[Edge]]) -> None:
    nodes, edges = workflow
    cells = layout(nodes, edges)
    assert len(set(cells.values())) == len(nodes)
    for edge in edges:
        if int(edge.source) < int(edge.target):
            assert cells[edge.source][0] < cells[edge.target][0]


@given(workflows())
def test_the_drawing_is_well_formed_and_has_every_state(workflow: tuple[list[Node], list[Edge]]) -> None:
    nodes, edges = workflow
    printable = [Edge(e.source, e.target, "".join(c for c in e.label if c.isprintable())) for e in edges]
    drawing = ElementTree.fromstring(Diagram(nodes, printable).svg)
    assert len(drawing.findall(".//rect")) == len(nodes)
    assert len(drawing.findall(".//g[@class='y-edge']")) == len({(e.source, e.target) for e in edges})


def test_the_current_state_stands_out_and_labels_are_escaped() -> None:
    drawn = Diagram([Node("a", "<草稿>"), Node("b", "完成", final=True)], [Edge("a", "b", "提交")], current="a").svg
    assert '<g class="y-state y-state-now">' in drawn
    assert "&lt;草稿&gt;" in drawn
    assert "y-state-final" in drawn


def test_two_steps_between_the_same_states_are_one_line_with_both_names() -> None:
    drawn = Diagram([Node("a", "甲"), Node("b", "乙")], [Edge("a", "b", "接收"), Edge("a", "b", "约期")]).svg
    assert "接收、约期" in drawn
