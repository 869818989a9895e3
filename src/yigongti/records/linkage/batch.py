"""Whole tables at once: splink scores the pairs that share a block, rules and thresholds say what follows."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from yigongti.kernel.policy.expressions import parse
from yigongti.kernel.policy.scan import condition_sql
from yigongti.records.linkage import resolving
from yigongti.records.linkage import spark as on_spark
from yigongti.records.linkage.comparing import scored_sql
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.expectation import with_trained_m
from yigongti.records.linkage.model import settings
from yigongti.records.linkage.preparing import ROWS, prepare
from yigongti.records.linkage.trained import Trained
from yigongti.records.linkage.training import share_of_true, train

PAIRS = "linkage_pairs"
"""``a``, ``b`` (``unique_id``), ``weight``, ``probability``, each field's level, ``rule``, ``outcome``."""
Told = Callable[[str, int, int], None]
STAGES = ("整理", "训练", "比较", "判定")


@dataclass(frozen=True)
class Linked:
    """What a run gave: the trained model and how many pairs of each outcome are in :data:`PAIRS`."""

    trained: Trained
    rows: int
    outcomes: dict[str, int]


def link(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[str],
    model: LinkageModel,
    trained: Trained | None = None,
    tell: Told = lambda what, done, total: None,
    *,
    spark: str = "",
    known_prior: bool = False,
) -> Linked:
    """Find the pairs within one table or between two; they are in :data:`PAIRS` afterwards, rejected ones left out.

    Without ``trained`` the weights are found on the tables themselves. The share of true pairs depends on the size of
    the tables and is always found on them, unless the model says it or ``known_prior``: that of ``trained`` holds
    (:meth:`Trained.among`). ``spark`` names a Spark master (``local[2]``)
    that compares the pairs instead of DuckDB. Raises :class:`Invalid` for missing columns and when Spark cannot run.
    """
    with _stages(tell) as stage:
        rows = prepare(connection, tables, model)
        stage()
        found = trained or with_trained_m(connection, model, train(connection, model), two=len(tables) > 1)
        stage()
        _scored(connection, model, found, two=len(tables) > 1, spark=spark)
        if not known_prior and model.training.prior is None:
            found = _with_prior(connection, model, found, rows, two=len(tables) > 1)
        stage()
        _decided(connection, model, found)
        resolving.resolve(connection, model, PAIRS, two=len(tables) > 1)
        stage()
    counted = connection.execute(f"SELECT outcome, count(*) FROM {PAIRS} GROUP BY 1 ORDER BY 1").fetchall()
    return Linked(found, rows, dict(counted))


@contextmanager
def _stages(tell: Told) -> Iterator[Callable[[], None]]:
    done = 0

    def stage() -> None:
        nonlocal done
        done += 1
        tell(STAGES[min(done, len(STAGES) - 1)], done, len(STAGES))

    tell(STAGES[0], 0, len(STAGES))
    yield stage


def linker(connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained: Trained, *, two: bool) -> Any:
    """A splink Linker over the prepared table, with our weights and frequencies."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    tables = [ROWS]
    if two:
        tables = [f"linkage_side_{place}" for place in "ab"]
        for place, table in zip("ab", tables, strict=True):
            connection.execute(
                f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM {ROWS} WHERE source_dataset = '{place}'"
            )
    taken = [api.register(table) for table in tables]
    made = Linker(
        taken if two else taken[0], settings(model, trained, two=two), log_level=None, validate_settings=False
    )
    for field, values in trained.frequencies.items():
        name = f"linkage_frequency_{field}"
        frequency_table(connection, name, field, values, trained.floor)
        made.table_management.register_term_frequency_lookup(api.register(name), field)
    return made


def frequency_table(connection: duckdb.DuckDBPyConnection, name: str, field: str, values: Any, floor: float) -> None:
    """Every value of the field that occurs, with its share or the floor."""
    import pyarrow

    table = pyarrow.table(
        {
            "value": pyarrow.array(list(values), pyarrow.string()),
            "share": pyarrow.array(list(values.values()), pyarrow.float64()),
        }
    )
    connection.register("linkage_known", table)
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT v.{field}, coalesce(k.share, {floor}) AS tf_{field} "
        f"FROM (SELECT DISTINCT {field} FROM {ROWS} WHERE {field} IS NOT NULL) v "
        f"LEFT JOIN linkage_known k ON k.value = v.{field}"
    )
    connection.unregister("linkage_known")


def _scored(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained: Trained, *, two: bool, spark: str = ""
) -> None:
    """``linkage_scored``: pairs with their weight without prior (only where it speaks for one person) and levels."""
    if spark:
        on_spark.scored(connection, model, trained, two=two, master=spark)
        return
    predicted = linker(connection, model, trained, two=two).inference.predict(
        threshold_match_weight=trained.prior_weight, warning_mode="never"
    )
    query = scored_sql(model, trained.prior_weight, predicted.physical_name)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE linkage_scored AS {query}")
    connection.execute(f"DROP TABLE IF EXISTS {predicted.physical_name}")


def _with_prior(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained: Trained, rows: int, *, two: bool
) -> Trained:
    histogram = connection.execute(
        "SELECT round(evidence * 2) / 2, count(*) FROM linkage_scored GROUP BY 1 ORDER BY 1"
    ).fetchall()
    [(right,)] = connection.execute(f"SELECT count(*) FROM {ROWS} WHERE source_dataset = 'b'").fetchall()
    pairs = right * (rows - right) if two else rows * (rows - 1) / 2
    return replace(trained, prior=share_of_true(histogram, pairs))


def decided_sql(model: LinkageModel) -> tuple[str, str]:
    """Which rule holds (NULL for none) and what follows, as SQL over levels, ``weight`` and ``probability``."""
    rules = " ".join(
        f"WHEN {condition_sql(parse(rule.when, model.shape).tree)} THEN '{rule.id}'" for rule in model.rules
    )
    rule = f"CASE {rules} END" if rules else "NULL::VARCHAR"
    thens = " ".join(f"WHEN '{rule.id}' THEN '{rule.then}'" for rule in model.rules if rule.then != "review")
    capped = ", ".join(f"'{rule.id}'" for rule in model.rules if rule.then == "review") or "'-'"
    limits = model.thresholds
    judged = (
        f"CASE WHEN probability >= {limits.link} AND coalesce(rule, '') NOT IN ({capped}) THEN 'link' "
        f"WHEN probability >= {limits.review} THEN 'review' ELSE 'reject' END"
    )
    return rule, f"CASE rule {thens} ELSE {judged} END" if thens else judged


def _decided(connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained: Trained) -> None:
    rule, outcome = decided_sql(model)
    weighed = f"SELECT * EXCLUDE (evidence), evidence + ({trained.prior_weight}) AS weight FROM linkage_scored"
    likely = f"SELECT *, 1 / (1 + pow(2.0, least(-weight, 1000))) AS probability FROM ({weighed})"
    connection.execute(
        f"CREATE OR REPLACE TABLE {PAIRS} AS SELECT * FROM (SELECT *, {outcome} AS outcome "
        f"FROM (SELECT *, {rule} AS rule FROM ({likely}))) WHERE outcome <> 'reject'"
    )
    connection.execute("DROP TABLE linkage_scored")
