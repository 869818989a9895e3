"""A whole divided by weights into whole parts that add up to it: the largest remainder."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction


def apportion(whole: int, weights: Mapping[str, Decimal | Fraction | int]) -> dict[str, int]:
    """Divide ``whole`` by ``weights``: everybody the whole part of the share, what is left to the largest remainders.

    The parts add up to ``whole`` exactly; equal remainders go by key, so that the order does not matter. Nobody gets
    anything where all weights are 0. Raises ValueError for a negative weight or whole.
    """
    exact = {key: Fraction(weight) for key, weight in weights.items()}
    if whole < 0 or any(weight < 0 for weight in exact.values()):
        raise ValueError("nothing negative can be apportioned")
    total = sum(exact.values(), Fraction(0))
    if not total:
        return {}
    shares = {key: whole * weight / total for key, weight in exact.items()}
    parts = {key: int(share) for key, share in shares.items()}
    left = whole - sum(parts.values())
    for key in sorted(shares, key=lambda k: (parts[k] - shares[k], k))[:left]:
        parts[key] += 1
    return parts
