"""Finding the weights: ``u`` from random pairs, ``m`` from the policy or by expectation maximisation, frequencies from
the values, the share of true pairs from the scored pairs themselves.

``u`` from random pairs alone is wrong on small files with many duplicates, because true pairs are among them: pairs
that are too alike are left out. A level that no random pair reached keeps the policy's share, or less where the sample
says so.
"""

from collections.abc import Mapping, Sequence
from math import log2

import duckdb

from yigongti.records.linkage.comparing import gamma, level_sql, side
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.preparing import ROWS
from yigongti.records.linkage.trained import Trained

FEW = 5
"""Fewer observations than this do not make a share."""
ENOUGH = 100_000
"""Random pairs that are enough for a small file; a larger one takes ten for each row, up to the policy's number."""
RARE = 2
"""Values of no more rows than this have the floor's frequency."""
Pattern = tuple[tuple[int, ...], int]


def train(connection: duckdb.DuckDBPyConnection, model: LinkageModel, prior: float | None = None) -> Trained:
    """Weights for the prepared table; the share of true pairs is ``prior``, the policy's, or a first guess (1/rows)."""
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {ROWS}").fetchall()
    patterns = _random_patterns(connection, model, int(rows))
    levels: dict[str, dict[str, tuple[float, float]]] = {
        field: {level.name: (level.m, level.u) for level in found} for field, found in model.levels.items()
    }
    for _ in range(2):
        levels = _measured(model, levels, patterns, int(rows))
    guess = prior or model.training.prior or 1 / max(int(rows), 2)
    return Trained(
        policy=model.policy,
        version=model.version,
        rows=int(rows),
        prior=guess,
        floor=RARE / max(int(rows), RARE),
        levels=levels,
        frequencies=_frequencies(connection, model),
    )


def random_pairs(connection: duckdb.DuckDBPyConnection, model: LinkageModel, rows: int) -> str:
    """A query: row numbers ``a`` and ``b`` of random pairs, or of all pairs where there are not more than wanted."""
    wanted = min(model.training.sample_pairs, max(ENOUGH, 10 * rows))
    two = connection.execute(f"SELECT count(*) FROM {ROWS} WHERE source_dataset = 'b'").fetchall()[0][0]
    left = rows - two
    if not two and rows * (rows - 1) // 2 <= wanted:
        return f"SELECT l.unique_id AS a, r.unique_id AS b FROM {ROWS} l JOIN {ROWS} r ON l.unique_id < r.unique_id"
    first, second = (f"{left}", f"{left} + 1 + %s % {two}") if two else (f"{rows}", f"1 + %s % {rows}")
    seed = model.training.seed
    a, b = f"1 + hash(i || '{seed}a') % {first}", second.replace("%s", f"hash(i || '{seed}b')")
    return f"SELECT ({a})::BIGINT AS a, ({b})::BIGINT AS b FROM range({wanted}) t(i) WHERE ({a}) <> ({b})"


def _random_patterns(connection: duckdb.DuckDBPyConnection, model: LinkageModel, rows: int) -> list[Pattern]:
    """Each combination of levels among random pairs and how often it occurs."""
    if rows < 2:
        return []
    found = ", ".join(f"{level_sql(field, levels)} AS g_{field}" for field, levels in model.levels.items())
    query = (
        f"SELECT {found} FROM (SELECT {side(model, 'x', 'l')}, {side(model, 'y', 'r')} "
        f"FROM ({random_pairs(connection, model, rows)}) p JOIN {ROWS} x ON x.unique_id = p.a "
        f"JOIN {ROWS} y ON y.unique_id = p.b)"
    )
    counted = connection.execute(f"SELECT *, count(*) FROM ({query}) GROUP BY ALL").fetchall()
    return [(tuple(row[:-1]), row[-1]) for row in counted]


Levels = Mapping[str, Mapping[str, tuple[float, float]]]


def _measured(
    model: LinkageModel, levels: Levels, patterns: Sequence[Pattern], rows: int
) -> dict[str, dict[str, tuple[float, float]]]:
    """The levels with ``u`` counted among the patterns that do not look like one person."""
    bits = [
        {gamma(found, place): log2(m / u) for place, (m, u) in enumerate(levels[field].values())} | {-1: 0.0}
        for field, found in model.levels.items()
    ]
    limit = log2(max(rows, 2))
    counts: list[dict[int, int]] = [{} for _ in bits]
    for pattern, times in patterns:
        if sum(weights[g] for weights, g in zip(bits, pattern, strict=True)) > limit:
            continue
        for count, g in zip(counts, pattern, strict=True):
            count[g] = count.get(g, 0) + times
    return {
        field: _shares(model, field, levels[field], count) for field, count in zip(model.levels, counts, strict=True)
    }


def _shares(
    model: LinkageModel, field: str, levels: Mapping[str, tuple[float, float]], counts: Mapping[int, int]
) -> dict[str, tuple[float, float]]:
    found = model.levels[field]
    total = sum(times for g, times in counts.items() if g >= 0)
    shares = {}
    for place, level in enumerate(found):
        seen = counts.get(gamma(found, place), 0)
        expected = min(level.u, (seen + 0.5) / (total + 1)) if total else level.u
        shares[level.name] = seen / total if seen >= FEW else expected
    scale = sum(shares.values())
    return {name: (levels[name][0], share / scale) for name, share in shares.items()}


def _frequencies(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> dict[str, dict[str, float]]:
    """The share of each frequent value among the known ones, per field that asks for it."""
    found = {}
    for name, field in model.fields.items():
        if field.frequency:
            [(total,)] = connection.execute(f"SELECT count({name}) FROM {ROWS}").fetchall()
            counted = connection.execute(
                f"SELECT {name}, count(*) FROM {ROWS} WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > {RARE}"
            ).fetchall()
            found[name] = {value: times / total for value, times in counted}
    return found


def share_of_true(histogram: Sequence[tuple[float, int]], pairs: float) -> float:
    """The share of true pairs among all ``pairs``, by expectation maximisation on the weights (without prior) alone.

    ``histogram`` counts the looked-at pairs by weight; all other pairs are taken as not true.
    """
    share = 1 / max(pairs, 2) ** 0.5
    for _ in range(100):
        odds = log2(share / (1 - share))
        expected = sum(times / (1 + 2.0 ** min(-(weight + odds), 1000)) for weight, times in histogram)
        after = min(max(expected / max(pairs, 1), 1 / max(pairs, 2)), 0.5)
        if abs(after - share) < 1e-4 * share:
            return after
        share = after
    return share
