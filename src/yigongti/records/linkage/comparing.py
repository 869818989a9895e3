"""The level of each field for a pair as SQL: numbers as splink counts them (-1 unknown, 0 different, then up)."""

from yigongti.records.linkage.conditions import Dialect
from yigongti.records.linkage.configuration import LinkageModel
from yigongti.records.linkage.levels import Level
from yigongti.records.linkage.preparing import ROWS


def gamma(levels: tuple[Level, ...], place: int) -> int:
    """The number of the level at ``place``."""
    return len(levels) - 1 - place


def level_sql(field: str, levels: tuple[Level, ...], dialect: Dialect = "duckdb") -> str:
    """The number of the level that a pair is on, over ``<column>_l`` and ``<column>_r``."""
    cases = " ".join(
        f"WHEN {level.condition.sql(dialect)} THEN {gamma(levels, place)}"
        for place, level in enumerate(levels)
        if level.condition
    )
    return f"CASE WHEN {field}_l IS NULL OR {field}_r IS NULL THEN -1 {cases} ELSE 0 END"


def name_sql(column: str, levels: tuple[Level, ...]) -> str:
    """The name of the level whose number is in ``column``; NULL when unknown."""
    cases = " ".join(f"WHEN {gamma(levels, place)} THEN '{level.name}'" for place, level in enumerate(levels))
    return f"CASE {column} {cases} END"


def side(model: LinkageModel, alias: str, suffix: str) -> str:
    """Select items: every prepared column of one side with its suffix."""
    columns = dict.fromkeys(model.keys.values())
    return ", ".join(f"{alias}.{column} AS {column}_{suffix}" for column in columns)


def scored_sql(model: LinkageModel, prior_weight: float, predicted: str, dialect: Dialect = "duckdb") -> str:
    """A query over splink's pairs: ``a``, ``b``, ``evidence`` (the weight without prior) and each field's level."""
    levels = ", ".join(
        name_sql(level_sql(field, found, dialect), found) + f" AS {field}" for field, found in model.levels.items()
    )
    sides = f"{side(model, 'x', 'l')}, {side(model, 'y', 'r')}, x.apart AS apart_l, y.apart AS apart_r"
    pairs = (
        f"SELECT p.unique_id_l AS a, p.unique_id_r AS b, p.match_weight - ({prior_weight}) AS evidence, "
        f"{sides} FROM {predicted} p JOIN {ROWS} x ON x.unique_id = p.unique_id_l "
        f"JOIN {ROWS} y ON y.unique_id = p.unique_id_r"
    )
    return (
        f"SELECT a, b, evidence, {levels} FROM ({pairs}) q "
        "WHERE apart_l IS NULL OR apart_r IS NULL OR apart_l <> apart_r"
    )
