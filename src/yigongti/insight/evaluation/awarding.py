"""The award: the pool shared out by the parts of the grades; members of an area answer for each other.

The experience paper of a city group asks that the assessment of the centres of an area has rewards and penalties that
bind them together (奖罚“连坐”), so that they help each other. Here ``share`` percent of everybody's parts are the mean
of the area: one centre that does badly costs its neighbours something, one that does well lifts them. Exact fractions,
and the pool is used to the fen.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from .apportioning import apportion
from .definitions import EvaluationPolicy


class Standing(NamedTuple):
    """What decides about the award of a participant."""

    unit: str
    grade: str
    area: str = ""


class Award(NamedTuple):
    """Of one participant: parts of the grade, mean of the area (None: nobody to answer for), parts that count; in fen
    the award, and what it would be without the area."""

    own: int
    mean: Fraction | None
    parts: Fraction
    award: int
    alone: int


def awards(policy: EvaluationPolicy, pool: int, standings: Iterable[Standing]) -> dict[str, Award]:
    """Unit → award. ``pool`` in fen."""
    listed = list(standings)
    of_grade = {grade.grade: grade.parts for grade in policy.grades}
    own = {one.unit: of_grade[one.grade] for one in listed}
    means = _means(listed, own) if policy.linked else {}
    parts = {one.unit: _parts(policy, one, own[one.unit], means.get(one.area)) for one in listed}
    alone, given = apportion(pool, own), apportion(pool, parts)
    return {
        one.unit: Award(
            own[one.unit], means.get(one.area), parts[one.unit], given.get(one.unit, 0), alone.get(one.unit, 0)
        )
        for one in listed
    }


def _means(standings: Iterable[Standing], own: dict[str, int]) -> dict[str, Fraction]:
    """The mean parts of every area that has at least two members."""
    members: dict[str, list[int]] = {}
    for one in standings:
        if one.area:
            members.setdefault(one.area, []).append(own[one.unit])
    return {area: Fraction(sum(parts), len(parts)) for area, parts in members.items() if len(parts) > 1}


def _parts(policy: EvaluationPolicy, one: Standing, own: int, mean: Fraction | None) -> Fraction:
    if policy.linked is None or mean is None:
        return Fraction(own)
    if one.grade in policy.linked.without:
        return Fraction(0)
    share = Fraction(policy.linked.share) / 100
    return own * (1 - share) + mean * share
