"""``m`` by splink's expectation maximisation, held to the policy's shares: a small or odd file cannot upset it."""

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.trained import Trained


def with_trained_m(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained: Trained, *, two: bool
) -> Trained:
    """``trained`` with its ``m`` after the sessions that the policy asks for; unchanged for ``m: prior``."""
    if model.training.m != "em":
        return trained
    from yigongti.records.linkage.batch import linker

    made = linker(connection, model, trained, two=two)
    found: dict[str, list[Mapping[str, float]]] = {field: [] for field in model.fields}
    for place, keys in enumerate(model.training.em_blocking, len(model.blocking)):
        session = made.training.estimate_parameters_using_expectation_maximisation(
            f"l.block_{place} = r.block_{place}", fix_u_probabilities=True
        )
        fixed = {key.split(".")[0] for key in keys}
        for comparison in session.core_model_settings.comparisons:
            field = comparison.output_column_name
            if field not in fixed:
                shares = [level.m_probability for level in comparison.comparison_levels if not level.is_null_level]
                names = [level.name for level in model.levels[field]]
                found[field].append(dict(zip(names, shares, strict=True)))
    return replace(trained, levels=_held(model, trained, found))


def _held(
    model: LinkageModel, trained: Trained, found: Mapping[str, list[Mapping[str, float]]]
) -> dict[str, dict[str, tuple[float, float]]]:
    """The mean of the sessions and the prior: as many true pairs as rows count against the imagined ones."""
    trust = trained.rows / (trained.rows + model.training.prior_pairs)
    levels = {}
    for field, prior in trained.levels.items():
        sessions = found[field]
        mixed = {}
        for name, (m, u) in prior.items():
            seen = [float(session[name] or 0) for session in sessions]
            mean = sum(seen) / len(seen) if seen else m
            mixed[name] = (max(trust * mean + (1 - trust) * m, 1e-6), u)
        scale = sum(m for m, _ in mixed.values())
        levels[field] = {name: (m / scale, u) for name, (m, u) in mixed.items()}
    return levels
