"""The picture of a consortium: lead, members, their village clinics and helpers from outside, drawn by the server.

With coordinates it is a map; without, the lead stands in the middle, the members around it. Distances are in pixels.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from yigongti.registry.asof import AsOf
from yigongti.registry.consortia.models import Consortium, Membership
from yigongti.registry.consortia.queries import assistance_for, members
from yigongti.registry.organizations.models import Organization

WIDTH, HEIGHT, MARGIN = 960, 600, 70
RADII = {"lead": 15, "member": 8, "outside": 8, "village": 2.8}
#: share of members with coordinates from which the picture is a map
MAPPED = 0.7
#: after so many seats a dot may cover a name
MOST_SEATS = 4000
#: two nodes never stand closer than this
APART = 30
GOLDEN = math.pi * (3 - math.sqrt(5))
LETTER, LINE = 12.5, 15
#: the keyboard does not walk through two hundred village clinics
UNREACHED = SafeString(' tabindex="-1"')

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Node:
    """An organisation on the picture."""

    organization: Organization
    kind: str
    at: Point
    label: str = ""
    label_at: Point = (0, 0)
    anchor: str = "middle"


@dataclass(frozen=True)
class Line:
    """A connection between two points."""

    kind: str
    start: Point
    end: Point


@dataclass
class Picture:
    """What is drawn; ``mapped`` says whether places are real."""

    nodes: list[Node] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    mapped: bool = False

    def count(self, kind: str) -> int:
        """How many nodes of a kind."""
        return sum(node.kind == kind for node in self.nodes)


def picture(consortium: Consortium, on: date) -> Picture:
    """The consortium on a day."""
    memberships = list(members(consortium, on))
    inside = [membership.organization for membership in memberships]
    lead = next((m.organization for m in memberships if m.role == Membership.Role.LEAD), None)
    clinics = Organization.objects.on(on).filter(part_of__in=inside, tier=Organization.Tier.VILLAGE)
    below = [clinic for clinic in clinics.order_by("code") if clinic not in inside]
    helpers = {row.helper_id: row for row in assistance_for(consortium, on) if row.helper not in inside}
    places, mapped = _places(lead, inside)
    drawing = Picture(mapped=mapped)
    for organization in inside:
        if lead and organization != lead:
            drawing.lines.append(Line("member", places[lead.pk], places[organization.pk]))
    for number, row in enumerate(helpers.values()):
        corner = (MARGIN + number * 150.0, 30.0)
        drawing.lines.append(Line("outside", corner, places[row.helped_id]))
        drawing.nodes.append(
            Node(row.helper, "outside", corner, row.helper.name, (corner[0] + 14, corner[1] + 4), "start")
        )
    taken = _labelled(drawing, [(one, "lead" if one == lead else "member") for one in inside], places)
    drawing.nodes[:0] = _villages(below, places, taken)
    return drawing


def _places(lead: Organization | None, inside: Sequence[Organization]) -> tuple[dict[int, Point], bool]:
    known = {one.pk: (float(one.longitude), float(one.latitude)) for one in inside if one.longitude and one.latitude}
    if inside and len(known) >= MAPPED * len(inside):
        return _projected(inside, known), True
    centre = (WIDTH / 2, HEIGHT / 2)
    around = [one for one in inside if one != lead]
    places = {lead.pk: centre} if lead else {}
    for number, one in enumerate(around):
        turn = 2 * math.pi * number / max(len(around), 1) - math.pi / 2
        reach = 1.0 if len(around) <= 16 or number % 2 else 0.68
        x, y = math.cos(turn) * (WIDTH / 2 - MARGIN * 1.6) * reach, math.sin(turn) * (HEIGHT / 2 - MARGIN) * reach
        places[one.pk] = (centre[0] + x, centre[1] + y)
    return places, False


def _projected(inside: Sequence[Organization], known: Mapping[int, Point]) -> dict[int, Point]:
    """Longitude and latitude on the paper, north up, both in the same scale; who has none stands in a row below."""
    xs, ys = [x for x, _ in known.values()], [y for _, y in known.values()]
    squeeze = math.cos(math.radians(sum(ys) / len(ys)))
    width, height = max((max(xs) - min(xs)) * squeeze, 1e-6), max(max(ys) - min(ys), 1e-6)
    scale = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)
    left, top = (WIDTH - width * scale) / 2, (HEIGHT - height * scale) / 2
    places = {pk: (left + (x - min(xs)) * squeeze * scale, top + (max(ys) - y) * scale) for pk, (x, y) in known.items()}
    _spread(places)
    unknown = [one.pk for one in inside if one.pk not in places]
    places |= {pk: (MARGIN + 40.0 * number, HEIGHT - 24.0) for number, pk in enumerate(unknown)}
    return places


def _spread(places: dict[int, Point]) -> None:
    """Push apart what stands in the same town: the later one moves away from the earlier one."""
    for number, pk in enumerate(list(places)):
        for other in list(places)[:number]:
            (x, y), (left, top) = places[pk], places[other]
            gap = math.hypot(x - left, y - top)
            if gap < APART:
                turn = math.atan2(y - top, x - left) if gap else number
                places[pk] = (left + math.cos(turn) * APART, top + math.sin(turn) * APART)


def _villages(clinics: Iterable[Organization], places: Mapping[int, Point], taken: Sequence[Box]) -> Iterator[Node]:
    """Village clinics as dots in a sunflower around their centre, where no name and no other node stands."""
    seats: dict[int, Iterator[Point]] = {}
    for clinic in clinics:
        above = clinic.part_of_id
        assert above is not None
        free = seats.setdefault(above, _sunflower(places[above], taken))
        yield Node(clinic, "village", next(free))


def _sunflower(centre: Point, taken: Sequence[Box]) -> Iterator[Point]:
    for seat in count(1):
        turn, reach = seat * GOLDEN, 13 + 5.2 * math.sqrt(seat)
        at = (centre[0] + math.cos(turn) * reach, centre[1] + math.sin(turn) * reach)
        dot = _box(at, RADII["village"] + 1, RADII["village"] + 1)
        if seat > MOST_SEATS or not any(_meet(dot, other) for other in taken):
            yield at


def _labelled(
    drawing: Picture, nodes: Iterable[tuple[Organization, str]], places: Mapping[int, Point]
) -> Sequence[Box]:
    """Names beside their nodes, each at the first side where it covers no other name and no other node."""
    taken = [_box(at, RADII["member"], RADII["member"]) for at in places.values()]
    for organization, kind in nodes:
        x, y = places[organization.pk]
        label, radius = str(organization), RADII[kind]
        wide = LETTER * len(label) * (1.2 if kind == "lead" else 1)
        sides = [
            ((x, y + radius + 14), "middle", (x, y + radius + 10)),
            ((x, y - radius - 6), "middle", (x, y - radius - 10)),
            ((x + radius + 5, y + 4), "start", (x + radius + 5 + wide / 2, y)),
            ((x - radius - 5, y + 4), "end", (x - radius - 5 - wide / 2, y)),
        ]
        boxes = [_box(centre, wide / 2, LINE / 2) for _, _, centre in sides]
        free = [
            place for place, box in enumerate(boxes) if _inside(box) and not any(_meet(box, other) for other in taken)
        ]
        chosen = free[0] if free else 0
        at, anchor, _ = sides[chosen]
        taken.append(boxes[chosen])
        drawing.nodes.append(Node(organization, kind, (x, y), label, at, anchor))
    return taken


def _box(centre: Point, half_width: float, half_height: float) -> Box:
    x, y = centre
    return (x - half_width, y - half_height, x + half_width, y + half_height)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= HEIGHT


def drawn(drawing: Picture, title: str, asof: AsOf) -> SafeString:
    """The picture as SVG; every organisation is a link to its page."""
    lines = format_html_join(
        "",
        '<line class="y-link y-link-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
        ((line.kind, *_pixels(*line.start, *line.end)) for line in drawing.lines),
    )
    nodes = format_html_join("", "{}", ((_drawn(node, asof),) for node in drawing.nodes))
    frame = '<svg class="y-picture" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}</svg>'
    return format_html(frame, WIDTH, HEIGHT, title, lines, nodes)


def _drawn(node: Node, asof: AsOf) -> SafeString:
    label = '<text x="{}" y="{}" text-anchor="{}">{}</text>'
    return format_html(
        '<a class="y-{}-node" href="{}{}"{}><title>{}</title><circle cx="{}" cy="{}" r="{}"/>{}</a>',
        node.kind,
        node.organization.get_absolute_url(),
        asof.query,
        "" if node.label else UNREACHED,
        node.organization.name,
        *_pixels(*node.at),
        RADII[node.kind],
        format_html(label, *_pixels(*node.label_at), node.anchor, node.label) if node.label else "",
    )


def _pixels(*numbers: float) -> list[float]:
    return [round(number, 1) for number in numbers]
