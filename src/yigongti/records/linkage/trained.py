"""A trained model: the shares m and u of every level, the frequent values, and the share of true pairs.

Plain data: it can be stored as JSON, shown, and used by the batch form, by Spark and by the online form alike.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from math import log2
from typing import Any

from yigongti.kernel.errors import Invalid
from yigongti.records.linkage.configuration import LinkageModel


@dataclass(frozen=True)
class Trained:
    """``levels[field][level] = (m, u)``; ``frequencies[field][value]`` is the share of rows with the value, ``floor``
    of all others; ``prior`` the probability that two random rows are one person; ``rows`` how many it was trained on.
    """

    policy: str
    version: str
    rows: int
    prior: float
    floor: float
    levels: Mapping[str, Mapping[str, tuple[float, float]]]
    frequencies: Mapping[str, Mapping[str, float]]

    def weight(self, field: str, level: str, value: str | None = None) -> float:
        """The match weight in bits: log2(m/u), for a frequency field in agreement log2(m / frequency of the value)."""
        if level == "same" and field in self.frequencies and value is not None:
            return self.weights[field][level] + log2(self.levels[field][level][1] / self.frequency(field, value))
        return self.weights[field][level]

    def frequency(self, field: str, value: str) -> float:
        """The share of rows with the value."""
        return self.frequencies[field].get(value, self.floor)

    def among(self, people: int) -> "Trained":
        """The same weights for asking which of so many people a record is: one of them if any, each as likely.

        Weights of fields hold at any size; this does not. ``people`` counts by its next power of two, so that the model
        is the same until their number has doubled.
        """
        return replace(self, prior=1 / (1 << max(people, 1000).bit_length()))

    @cached_property
    def weights(self) -> dict[str, dict[str, float]]:
        """Field and level to log2(m/u)."""
        return {field: {name: log2(m / u) for name, (m, u) in pairs.items()} for field, pairs in self.levels.items()}

    @cached_property
    def prior_weight(self) -> float:
        """log2 of the odds that two random rows are one person."""
        return log2(self.prior / (1 - self.prior))

    def to_json(self) -> str:
        """The text to keep."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, model: LinkageModel) -> "Trained":
        """What :meth:`to_json` made. Raises :class:`Invalid` when it does not belong to ``model``."""
        try:
            data: dict[str, Any] = json.loads(text)
            data["levels"] = {f: {n: (m, u) for n, (m, u) in ls.items()} for f, ls in data["levels"].items()}
            found = cls(**data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Invalid("训练结果的文件读不出来", hint="重新训练并保存") from error
        wanted = {field: {level.name for level in levels} for field, levels in model.levels.items()}
        if {field: set(levels) for field, levels in found.levels.items()} != wanted:
            raise Invalid(
                f"训练结果是 {found.policy}（{found.version}）的，字段或级别与 {model.policy}（{model.version}）不同",
                hint="按现在的配置重新训练",
            )
        return found


def probability(weight: float) -> float:
    """The probability that belongs to a total weight in bits."""
    return 1 / (1 + 2.0 ** min(-weight, 1000))
