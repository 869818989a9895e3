"""Measurements as the catalogue has them: LOINC to our codes, units converted, values outside the limits refused.

What was sent stays: the original value and unit stand in ``text`` where they were converted, the original code in
``local_code``. The spellings of units and the factors are a policy (``exchange/units``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated

import duckdb
import pyarrow
from pydantic import Field

from yigongti.kernel.policy.kinds import Path, Policy, Sourced, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.health_record.observations import CATALOGUE


class Conversion(Sourced):
    """``value in unit`` × ``factor`` + ``shift`` is the value in the unit of the catalogue, for some measurements."""

    codes: Annotated[list[str], Field(min_length=1)]
    unit: str
    factor: Decimal = Decimal(1)
    shift: Decimal = Decimal(0)


@policy_kind("units")
class Units(Policy):
    """How units are written, and how values are converted to the unit of the catalogue."""

    spellings: dict[str, list[str]]
    conversions: list[Conversion] = Field(default_factory=list)

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        for index, conversion in enumerate(self.conversions):
            yield ("conversions", index), conversion

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        for index, conversion in enumerate(self.conversions):
            for code in conversion.codes:
                if code not in CATALOGUE:
                    yield ("conversions", index, "codes"), f"没有测量项目 {code}", allowed_words(code, CATALOGUE)

    def factors(self) -> Iterator[tuple[str, str, Decimal, Decimal]]:
        """Code, spelling of a unit (lower case, no blanks), factor, shift; the catalogue's own unit included."""
        for item in CATALOGUE.values():
            for spelling in self.spelt(item.unit):
                yield item.code, spelling, Decimal(1), Decimal(0)
        for conversion in self.conversions:
            for code in conversion.codes:
                for spelling in self.spelt(conversion.unit):
                    yield code, spelling, conversion.factor, conversion.shift

    def spelt(self, unit: str) -> list[str]:
        """Every spelling of a unit as it is compared."""
        return sorted({plain(word) for word in [unit, *self.spellings.get(unit, [])]})


def plain(unit: str) -> str:
    """A unit as it is compared."""
    return unit.lower().replace(" ", "").replace("µ", "μ")


def prepare(connection: duckdb.DuckDBPyConnection, units: Units) -> None:
    """The catalogue and its units as tables of the bench."""
    connection.execute(
        "CREATE TABLE catalogue (code VARCHAR PRIMARY KEY, name VARCHAR, unit VARCHAR, low DECIMAL(18, 6), "
        "high DECIMAL(18, 6), loinc VARCHAR, accepts VARCHAR);"
        "CREATE TABLE unit_factors (code VARCHAR, spelling VARCHAR, factor DECIMAL(13, 9), shift DECIMAL(13, 9), "
        "PRIMARY KEY (code, spelling))"
    )
    accepted: dict[str, list[str]] = {}
    factors = list({(code, spelling): (factor, shift) for code, spelling, factor, shift in units.factors()}.items())
    for (code, spelling), _ in factors:
        accepted.setdefault(code, []).append(spelling or "（无单位）")
    rows = [
        [i.code, i.name, i.unit, str(i.low), str(i.high), i.loinc or None, "、".join(accepted[i.code])]
        for i in CATALOGUE.values()
    ]
    fill(connection, "catalogue", rows)
    fill(connection, "unit_factors", [[*key, *map(str, values)] for key, values in factors])


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[str | None]]) -> None:
    """Rows of text into a table of the bench, in one statement: row by row takes as long as a small delivery."""
    columns = zip(*rows, strict=True)
    given = pyarrow.table(
        {f"c{place}": pyarrow.array(values, pyarrow.string()) for place, values in enumerate(columns)}
    )
    connection.register("given", given)
    connection.execute(f'INSERT OR IGNORE INTO "{table}" SELECT * FROM given')
    connection.unregister("given")


@dataclass(frozen=True)
class Finish:
    """What a target adds to the typed columns: joins, columns worked out from them, and rules (as in ``checking``)."""

    needs: frozenset[str] = frozenset()
    joins: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[tuple[str, str, str, str, str], ...] = ()


IS_LOINC = "lower(r_code_system) IN ('loinc', 'http://loinc.org', 'urn:oid:2.16.840.1.113883.6.1')"
LIMITS = "trim_zero(c.low) || '–' || trim_zero(c.high)"
CONVERTED = "(t_value::DECIMAL(24, 6) * u.factor + u.shift)"
FINISH: Mapping[str, Finish] = {
    "observation": Finish(
        needs=frozenset({"code", "code_system", "value", "unit", "text", "value_code", "local_system", "local_code"}),
        joins=f"""LEFT JOIN (SELECT loinc, min(code) AS own FROM catalogue WHERE loinc IS NOT NULL GROUP BY loinc) l
                ON l.loinc = CASE WHEN {IS_LOINC} THEN r_code END
            LEFT JOIN catalogue c ON c.code = coalesce(l.own, CASE WHEN r_code_system IS NULL THEN r_code END)
            LEFT JOIN unit_factors u
                ON u.code = c.code AND u.spelling = lower(replace(replace(coalesce(r_unit, ''), ' ', ''), 'µ', 'μ'))""",
        columns={
            "code": "CASE WHEN u.code IS NULL THEN r_code ELSE c.code END",
            "code_system": "CASE WHEN u.code IS NULL THEN r_code_system END",
            "value": f"CASE WHEN u.code IS NULL THEN t_value ELSE {CONVERTED}::DECIMAL(18, 6) END",
            "unit": "CASE WHEN u.code IS NULL THEN r_unit ELSE c.unit END",
            "text": "coalesce(r_text, CASE WHEN u.factor <> 1 OR u.shift <> 0 THEN r_value || ' ' || r_unit END)",
            "local_system": "coalesce(r_local_system, CASE WHEN l.own IS NOT NULL THEN 'loinc' END)",
            "local_code": "coalesce(r_local_code, CASE WHEN l.own IS NOT NULL THEN r_code END)",
        },
        rules=(
            (
                "code",
                "code",
                "r_code_system IS NULL AND c.code IS NULL AND r_code IS NOT NULL",
                "'测量项目目录里没有“' || left(r_code, 40) || '”'",
                "用目录中的代码，或在 code_system 写明它属于哪个代码系统（例如 loinc）",
            ),
            (
                "value",
                "value",
                "r_value IS NULL AND r_text IS NULL AND r_value_code IS NULL",
                "'没有结果'",
                "填写数值、文字结果或结果编码",
            ),
            (
                "unit",
                "unit",
                "r_code_system IS NULL AND c.code IS NOT NULL AND t_value IS NOT NULL AND u.code IS NULL",
                "c.name || '不能用单位“' || coalesce(left(r_unit, 20), '（空）') || '”，可用：' || c.accepts",
                "改用所列单位，或在政策 exchange/units 中补上换算",
            ),
            (
                "range",
                "value",
                f"u.code IS NOT NULL AND NOT {CONVERTED} BETWEEN c.low AND c.high",
                f"c.name || ' ' || r_value || ' 超出可能范围 ' || {LIMITS} || ' ' || c.unit",
                "核对数值和单位",
            ),
        ),
    ),
}
