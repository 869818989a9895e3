"""Two result files compared: which numbers moved, from what to what."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from yigongti.kernel.duck import connect
from yigongti.kernel.errors import Invalid

KEYS = ("indicator", "level", "unit", "type", "period", "stratum", "part")
SIDES = ("numerator", "denominator", "value")


@dataclass(frozen=True)
class Number:
    """A result: the value, and what it comes from."""

    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None

    def __str__(self) -> str:
        """``1/2 = 50``, ``1/0 = —``; of a number without denominator the value alone where it is the numerator."""
        whole = _short(self.numerator) + (f"/{_short(self.denominator)}" if self.denominator is not None else "")
        return whole if self.value == self.numerator and self.denominator is None else f"{whole} = {_short(self.value)}"


@dataclass(frozen=True)
class Moved:
    """A result that is not the same in both files; None where a file does not have it."""

    indicator: str
    level: str
    unit: str
    period: str
    group: str
    before: Number | None
    after: Number | None


def _short(number: Decimal | None) -> str:
    return "—" if number is None else f"{number:f}".rstrip("0").rstrip(".")


def differences(one: Path, other: Path) -> list[Moved]:
    """Every result of which numerator, denominator or value is not the same in both files.

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
        before, after = (", ".join(f"{table}.{side}" for side in SIDES) for table in "ab")
        rows = connection.execute(
            f"""
            SELECT indicator, level, unit, period, concat_ws('=', nullif(stratum, ''), nullif(part, '')),
                   {before}, {after}
            FROM a FULL JOIN b USING ({keys})
            WHERE ({before}) IS DISTINCT FROM ({after})
            ORDER BY {keys}
            """
        ).fetchall()
    return [
        Moved(indicator, level, unit, period, group, _number(sides[:3]), _number(sides[3:]))
        for indicator, level, unit, period, group, *sides in rows
    ]


def _number(sides: list[Decimal | None]) -> Number | None:
    """Of a result that is there the numerator is known."""
    numerator, denominator, value = sides
    return None if numerator is None else Number(numerator, denominator, value)


def _results(path: Path) -> str:
    """The query that reads a file; in CSV an empty text cannot be told from an unknown one, and no key is unknown."""
    quoted = str(path).replace("'", "''")
    read = f"read_csv('{quoted}', header = true, all_varchar = true)"
    if path.suffix == ".parquet":
        read = f"read_parquet('{quoted}')"
    keys = [f"coalesce(r.{key}::VARCHAR, '') AS {key}" for key in KEYS]
    sides = [f"r.{side}::DECIMAL(38, 6) AS {side}" for side in SIDES]
    return f"SELECT {', '.join(keys + sides)} FROM {read} AS r"
