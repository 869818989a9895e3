"""What follows from the scores: a link, a question for a person, or a resident of their own.

Nobody is linked while another resident is as likely (``linkage.online.Scorer.settled``); two identities of a load
with different valid numbers are never joined, whatever links them; one number that two people use is a question.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from yigongti.records.linkage.configuration import MORE_THAN_ONE
from yigongti.records.linkage.online import Scorer

from .scoring import Scored
from .tables import rows

NUMBER_OF_ANOTHER = "number-of-another"


@dataclass
class Asked:
    """A question: is this identity also this resident, or the resident of this other identity?"""

    pair: Scored
    rule: str


@dataclass
class Decided:
    """What follows: identity → the pair that links it, leader of each identity of one
    person, the resident of a leader that is known, questions."""

    linked: dict[UUID, Scored] = field(default_factory=dict)
    leaders: dict[UUID, UUID] = field(default_factory=dict)
    joined: dict[UUID, Scored] = field(default_factory=dict)
    known: dict[UUID, UUID] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


def decide(scorer: Scorer, scored: Iterable[Scored], held: Collection[UUID]) -> Decided:
    """Judge all pairs together: the order in which they come does not matter. ``held``: who has a resident already."""
    made = Decided()
    by_identity: dict[UUID, list[Scored]] = {}
    within: list[Scored] = []
    for pair in scored:
        if pair.match.outcome == "reject" and not pair.same_number:
            continue
        if pair.resident is None:
            within.append(pair)
        else:
            by_identity.setdefault(pair.identity, []).append(pair)
    for identity, pairs in by_identity.items():
        _against_residents(made, identity, _settled(scorer, pairs), identity in held)
    if within:
        _within(made, within)
    return made


def _settled(scorer: Scorer, pairs: list[Scored]) -> list[Scored]:
    if len(pairs) == 1:
        return pairs
    pairs.sort(key=lambda pair: (-pair.match.weight, str(pair.resident)))
    settled = scorer.settled([pair.match for pair in pairs])
    return [replace(pair, match=match) for pair, match in zip(pairs, settled, strict=True)]


def _against_residents(made: Decided, identity: UUID, pairs: list[Scored], held: bool) -> None:
    chosen = next((pair for pair in pairs if pair.match.outcome == "link"), None)
    if chosen and not held:
        made.linked[identity] = chosen
    for pair in pairs:
        if pair is chosen and not held:
            continue
        if pair is chosen or pair.match.rule == MORE_THAN_ONE:
            made.asked.append(Asked(pair, pair.match.rule))
        elif pair.same_number:
            made.asked.append(Asked(pair, NUMBER_OF_ANOTHER))
        elif pair.match.outcome == "review" and chosen is None and not held:
            made.asked.append(Asked(pair, pair.match.rule))


def _within(made: Decided, pairs: list[Scored]) -> None:
    """Identities of the load that are one person, the most certain pairs first."""
    pairs.sort(key=lambda pair: (-pair.match.weight, pair.identity, str(pair.other)))
    numbers: dict[UUID, set[bytes]] = {}
    settled: dict[UUID, UUID] = {}
    for identity, found, number in rows(
        "SELECT identity, found, CASE WHEN valid THEN number_index END FROM index_tied"
    ):
        numbers[identity] = {bytes(number)} if number else set()
        if found:
            settled[identity] = found
    settled |= {identity: pair.resident for identity, pair in made.linked.items() if pair.resident}
    leader: dict[UUID, UUID] = {}

    def top(one: UUID) -> UUID:
        while leader.get(one, one) != one:
            one = leader[one]
        return one

    for pair in pairs:
        assert pair.other is not None
        one, two = top(pair.identity), top(pair.other)
        if one == two:
            continue
        together = numbers[one] | numbers[two]
        apart = settled.get(one) and settled.get(two) and settled[one] != settled[two]
        if pair.match.outcome == "link" and len(together) <= 1 and not apart:
            first, second = sorted((one, two))
            leader[second] = first
            numbers[first] = together
            if known := settled.get(one) or settled.get(two):
                settled[first] = known
            made.joined[pair.identity] = pair
        elif settled.get(one) is None or settled[one] != settled.get(two):
            rule = NUMBER_OF_ANOTHER if pair.same_number and pair.match.outcome != "link" else pair.match.rule
            made.asked.append(Asked(pair, rule))
    made.leaders = {identity: top(identity) for identity in numbers if top(identity) != identity}
    made.known = {head: settled[head] for head in set(made.leaders.values()) if head in settled}
