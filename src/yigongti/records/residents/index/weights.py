"""The weights with which the index compares: trained on the residents of this house, else those shipped."""

from functools import lru_cache
from pathlib import Path

from yigongti.kernel import prepared
from yigongti.kernel.policy.store import resolve
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.online import Scorer
from yigongti.records.linkage.trained import Trained

from ..decisions import MatchWeights

POLICY = "index/residents"
SHIPPED = Path(__file__).parents[1] / "weights.json"
"""Trained on a generated population of a county (docs/linkage.md): 100,000 registrations with hard noise."""


def model() -> tuple[LinkageModel, str]:
    """The policy in force and its hash."""
    edition = resolve(POLICY)
    assert isinstance(edition.body, LinkageModel)
    return edition.body, edition.hash


NEWEST = """
SELECT (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'residents_resident'::regclass),
       (SELECT max(id) FROM residents_matchweights WHERE policy_hash = %s)
"""


def current() -> tuple[Scorer, str, int | None]:
    """Ready to judge: the scorer, the hash of the policy, the key of the weights (None: shipped).

    The odds that two records are one person follow from how many residents there are, about.
    """
    _body, digest = model()
    residents, newest = prepared.run(NEWEST, [digest])[0][0]
    return _scorer(digest, newest, int(residents).bit_length()), digest, newest


@lru_cache(maxsize=8)
def _scorer(digest: str, weights: int | None, doublings: int) -> Scorer:
    """Made anew when the house has doubled."""
    body, _ = model()
    text = MatchWeights.objects.get(pk=weights).trained if weights else SHIPPED.read_text("utf-8")
    return Scorer(body, Trained.from_json(text, body).among((1 << doublings) - 1))
