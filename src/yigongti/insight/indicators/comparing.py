"""Two result files compared: which numbers moved, from what to what."""

from pathlib import Path
from typing import Any

import duckdb

from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid

KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")
SIDES = ("numerator", "denominator")


def differences(one: Path, other: Path) -> list[tuple[Any, ...]]:
    """Indicator, level, unit, period, part, value before and after of every result that is not the same in both.

    Raises Invalid for a file that holds no results.
    """
    keys = ", ".join(KEYS)
    with connect() as connection:
        for name, file in (("a", one), ("b", other)):
            try:
                connection.execute(f"CREATE TEMP TABLE {name} AS {_results(file)}")
            except duckdb.Error as error:
                raise Invalid(
                    f"{file} 不是指标的结果文件：{str(error).splitlines()[0]}",
                    hint="yigongti indicators run --out 写出的 .parquet 或 .csv",
                ) from error
        return connection.execute(
            f"""
            SELECT indicator, level, unit, period, concat_ws('=', nullif(stratum, ''), nullif(part, '')),
                   a.numerator::VARCHAR || coalesce('/' || a.denominator::VARCHAR, ''),
                   b.numerator::VARCHAR || coalesce('/' || b.denominator::VARCHAR, '')
            FROM a FULL JOIN b USING ({keys})
            WHERE (a.numerator, a.denominator) IS DISTINCT FROM (b.numerator, b.denominator)
            ORDER BY {keys}
            """
        ).fetchall()


def _results(path: Path) -> str:
    """The query that reads a file; in CSV an empty text cannot be told from an unknown one, and no key is unknown."""
    quoted = str(path).replace("'", "''")
    read = f"read_csv('{quoted}', header = true, all_varchar = true)"
    if path.suffix == ".parquet":
        read = f"read_parquet('{quoted}')"
    keys = [f"coalesce(r.{key}::VARCHAR, '') AS {key}" for key in KEYS]
    sides = [f"r.{side}::DECIMAL(38, 6) AS {side}" for side in SIDES]
    return f"SELECT {', '.join(keys + sides)} FROM {read} AS r"
