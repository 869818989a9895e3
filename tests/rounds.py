"""Long runs of made-up files and messages, in rounds: each round has its own seed and a database of its own.

``YIGONGTI_MUTATED=10000`` says how many examples all rounds together try. A round is one test, so that time grows with
the number of examples and no faster, and an interrupted run has told how far it came (``pytest -v``).
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """One part of a long run: which one, and how many examples are its own."""

    number: int
    examples: int


def rounds(usual: int, size: int) -> list[Round]:
    """The rounds of a run: ``usual`` examples where nobody asked for more, at most ``size`` in a round."""
    every = int(os.environ.get("YIGONGTI_MUTATED", usual))
    return [Round(number, min(size, every - start)) for number, start in enumerate(range(0, every, size))]


def named(one: Round) -> str:
    """As pytest tells it."""
    return f"round-{one.number}-of-{one.examples}"
