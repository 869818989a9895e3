"""Two result files compared: which numbers moved, from what to what."""

from pathlib import Path
from typing import Any

from yigongti.kernel.duck import connect

KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")


def differences(one: Path, other: Path) -> list[tuple[Any, ...]]:
    """Indicator, level, unit, period, part, value before and after of every result that is not the same in both."""
    keys = ", ".join(KEYS)
    with connect() as connection:
        return connection.execute(
            f"""
            SELECT indicator, level, unit, period, concat_ws('=', nullif(stratum, ''), nullif(part, '')),
                   a.numerator::VARCHAR || coalesce('/' || a.denominator::VARCHAR, ''),
                   b.numerator::VARCHAR || coalesce('/' || b.denominator::VARCHAR, '')
            FROM {_file(one)} a FULL JOIN {_file(other)} b USING ({keys})
            WHERE (a.numerator, a.denominator) IS DISTINCT FROM (b.numerator, b.denominator)
            ORDER BY {keys}
            """
        ).fetchall()


def _file(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"read_parquet('{quoted}')"
    numbers = "{'numerator': 'DECIMAL(38, 6)', 'denominator': 'DECIMAL(38, 6)'}"
    return f"read_csv('{quoted}', header = true, all_varchar = false, types = {numbers})"
