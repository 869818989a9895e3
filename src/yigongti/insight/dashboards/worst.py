"""The few figures of a unit that most need somebody: what a desk shows of its dashboard."""

from collections.abc import Iterator
from dataclasses import dataclass

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.sharing import shared

from . import addresses, periods
from .own import own_screen
from .reach import reach_of
from .screen import WHOLE, Overview

WORST = 3


@dataclass(frozen=True)
class Bad:
    """A figure that is not well: of whom, how much, and why it is here."""

    label: str
    who: str
    text: str
    why: str
    tone: str
    url: str


@dataclass(frozen=True)
class Worst:
    """The figures, and where the screen is."""

    figures: tuple[Bad, ...]
    url: str
    of: str


def worst(actor: Actor, role: str = "") -> Worst | None:
    """The worst figures on the actor's own screen, at most a minute old; None before anything was computed."""
    reach = reach_of(actor)
    if reach.computed is None:
        return None
    found = own_screen(actor, reach, role)
    if found is None:
        return None
    policy, place = found
    key = ("dashboards.worst", policy.policy, place.id, actor.everything, actor.organizations(), clock.today())

    def make() -> Worst:
        page = Overview(actor, reach, policy, place, periods.last_month(clock.today()))
        return Worst(tuple(_listed(page)), addresses.screen(place), place.title)

    return shared(key, make).value


def _listed(page: Overview) -> list[Bad]:
    listed: list[Bad] = []
    for one in _bad(page):
        if (one.label, one.who) not in {(other.label, other.who) for other in listed}:
            listed.append(one)
    return sorted(listed, key=lambda one: one.tone != "danger")[:WORST]


def _bad(page: Overview) -> Iterator[Bad]:
    """Members beyond limits, own figures below target, own figures that fell beyond chance: in this order."""
    for one in page.beyond:
        number = one.member.number
        average = f"{one.member.words}，合计 {one.average}"
        yield Bad(one.label, number.place.title, one.text, average, one.member.tone, one.href)
    for figure in page.figures:
        if figure.number is not None and figure.is_missed:
            text = f"{figure.text}{figure.unit}"
            yield Bad(figure.label, figure.place.title, text, figure.target_words, figure.tone, figure.href)
    for change in page.moves:
        if change.tone == "bad" and (change.now.place == page.place or page.place.level in WHOLE):
            text = f"{change.now.text(change.known.item.decimals)}{change.known.item.unit}"
            url = addresses.explained(change.known.code, change.now.place, change.now.period)
            words = f"较{periods.STEP[periods.type_of(change.now.period)]} {change.words}"
            yield Bad(change.known.item.name, change.now.place.title, text, words, "warn", url)
