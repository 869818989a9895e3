"""Policy kind ``extract``: one de-identified extract, column by column.

::

    reads:                                  # facts and the columns that are read; nothing else reaches the work bench
      resident: {columns: [resident_id, sex, birth_date, area_code]}
      encounter: {columns: [resident_id, kind, day], during: true}
    steps:                                  # SQL (DuckDB) over them; the last one may name resident_id, never more
      - {name: yearly, sql: "SELECT resident_id, … FROM resident JOIN …"}
    from: yearly
    columns:
      - {name: age, title: 年龄, role: quasi, generalise: {kind: band, steps: [5, 10, 20], top: 85}}
    coarsen: [age, area]                    # the ladder: which column becomes coarser next

``asked`` (``first``, ``last``: days of the period; ``area``, ``condition``) is a table of one row.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.facts.declaration import Fact, facts
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words
from yigongti.records.health_record.registers import REGISTERS

from .. import statements
from ..statements import StatementRefused
from .ladders import Ladder

PURPOSES: Mapping[str, str] = {
    "planning": "卫生规划与资源配置",
    "evaluation": "工作考核与评价",
    "surveillance": "疾病监测与防控",
    "research": "医学科学研究",
}
ROLES: Mapping[str, str] = {
    "pseudonym": "假名",
    "quasi": "准标识符",
    "shifted": "日期偏移",
    "sensitive": "敏感信息",
    "plain": "一般信息",
}
ASKED: Mapping[str, str] = {"first": "DATE", "last": "DATE", "area": "VARCHAR", "condition": "VARCHAR"}
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Purpose = Literal["planning", "evaluation", "surveillance", "research"]


class Reading(Strict):
    """The columns of a fact that are read; ``during``: rows of the period only, ``until``: rows before its end."""

    columns: Annotated[list[Name], Field(min_length=1)]
    during: bool = False
    until: bool = False


class Step(Strict):
    """A named step of SQL."""

    name: Name
    sql: str


class Column(Sourced):
    """A column of the result.

    ``pseudonym``: the person under the key of this extract. ``quasi``: could point to a person together with others,
    is generalised. ``shifted``: a day moved by a secret number of days, the same for all days of a person.
    ``sensitive`` and ``plain`` stay as they are: numbers, or texts out of ``values`` (anything else becomes ``other``).
    ``needs``: only when the approval opens that protected category. ``aggregate``: what a table says of its records.
    """

    name: Name
    title: str
    role: Literal["pseudonym", "quasi", "shifted", "sensitive", "plain"]
    from_: Annotated[Name | None, Field(alias="from")] = None
    meaning: str = ""
    unit: str = ""
    generalise: Ladder | None = None
    days: Annotated[int, Field(ge=7, le=365)] = 180
    values: dict[str, str] = Field(default_factory=dict)
    places: Annotated[int | None, Field(ge=0, le=6)] = None
    needs: Identifier | None = None
    aggregate: Literal["sum", "mean"] | None = None

    @property
    def raw(self) -> str:
        """The column of the last step that it is made of."""
        return self.from_ or self.name


class Diversity(Sourced):
    """Distinct l-diversity: every class has at least so many values of each of the columns."""

    columns: Annotated[list[Name], Field(min_length=1)]
    at_least: Annotated[int, Field(ge=2)]


class Suppression(Sourced):
    """Rows of classes that stay too small are left out; ``most`` is the largest share of rows."""

    most: Annotated[Decimal, Field(ge=0, le=Decimal("0.5"))]


@policy_kind("extract")
class ExtractPolicy(Policy):
    """What is read, what it becomes, when it may be released, for which purposes and how long."""

    grain: str
    form: Literal["rows", "table"] = "rows"
    purposes: Annotated[list[Purpose], Field(min_length=1)]
    retention_days: Annotated[int, Field(ge=1, le=365)]
    longest_days: Annotated[int, Field(ge=1, le=3700, description="longest period of a request")] = 1100
    k: Annotated[int, Field(ge=2, le=1000)] = 5
    diversity: Diversity | None = None
    suppression: Suppression
    small_cells: Annotated[int, Field(ge=0, le=100, description="cells of so few people are blank")] = 7
    conditions: list[str] = Field(default_factory=list)
    withdrawn: Annotated[
        list[Literal["sharing", "outside"]], Field(description="who withdrew one of these consents is out")
    ] = ["sharing"]
    protected: Annotated[list[Identifier], Field(description="protected categories that an approval may open")] = []
    removed: Annotated[list[str], Field(min_length=1, description="identifiers that are never read, in words")]
    reads: Annotated[dict[Name, Reading], Field(min_length=1)]
    steps: list[Step] = Field(default_factory=list)
    from_: Annotated[Name, Field(alias="from")]
    columns: Annotated[list[Column], Field(min_length=1)]
    coarsen: list[Name] = Field(default_factory=list)

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("columns", index), column) for index, column in enumerate(self.columns))
        yield ("suppression",), self.suppression
        if self.diversity:
            yield ("diversity",), self.diversity

    @property
    def least(self) -> int:
        """People behind every class that may be shown; a table must also be above its small cells."""
        return max(self.k, self.small_cells + 1) if self.form == "table" else self.k

    def opened(self, categories: list[str]) -> list[Column]:
        """The columns, with those of protected categories only where the approval opened them."""
        return [column for column in self.columns if column.needs is None or column.needs in categories]

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        found = [*self._reads(), *self._steps(), *self._columns(), *self._words()]
        yield from found
        if not found:
            from .binding import bind

            yield from bind(self)

    def _reads(self) -> Iterator[tuple[Path, str, str]]:
        from .population import OTHERS, RECORD

        known = facts()
        for name, reading in self.reads.items():
            fact = known.get(name)
            if fact is None:
                yield ("reads", name), f"没有名为 {name} 的事实", allowed_words(name, known)
                continue
            for column in reading.columns:
                if column not in fact.names:
                    yield ("reads", name, "columns"), f"{fact.title}没有列 {column}", allowed_words(column, fact.names)
                elif fact.column(column).type.startswith("list"):
                    yield ("reads", name, "columns"), f"{column} 是列表，不能读取", ""
            if fact.personal and name not in {**RECORD, **OTHERS}:
                yield ("reads", name), f"{fact.title}的保护类别不能识别，不能读取", "、".join({**RECORD, **OTHERS})
            if "resident_id" in fact.names and "resident_id" not in reading.columns:
                yield ("reads", name, "columns"), "须读取 resident_id，才能按人检查", ""
            if (reading.during or reading.until) and not day_of(fact):
                yield ("reads", name), f"{fact.title}没有时间，不能按期间读取", ""

    def _steps(self) -> Iterator[tuple[Path, str, str]]:
        known = [*self.reads, "asked"]
        for index, step in enumerate(self.steps):
            try:
                statements.query(step.sql, known)
            except StatementRefused as refused:
                yield ("steps", index, "sql"), refused.message, refused.allowed
            if step.name in known:
                yield ("steps", index, "name"), f"名称 {step.name} 已经用过", ""
            known.append(step.name)
        if self.from_ not in known or self.from_ == "asked":
            yield ("from",), f"没有表 {self.from_}", allowed_words(self.from_, known)

    def _columns(self) -> Iterator[tuple[Path, str, str]]:
        names = [column.name for column in self.columns]
        for index, column in enumerate(self.columns):
            place = ("columns", index)
            if names.count(column.name) > 1 or column.name == "person":
                yield (*place, "name"), f"列名 {column.name} 重复或已占用", ""
            if (column.role == "quasi") != (column.generalise is not None):
                yield place, "准标识符（且只有它）须写明怎样概括（generalise）", ""
            if column.generalise and (wrong := column.generalise.mistakes()):
                yield (*place, "generalise", "steps"), wrong, ""
            if column.needs and column.needs not in self.protected:
                yield (*place, "needs"), f"没有在 protected 中写明 {column.needs}", ""
            if self.form == "table" and column.role in ("pseudonym", "shifted", "sensitive"):
                yield (*place, "role"), "汇总表只有分组（quasi）和汇总值（plain）", ""
            if (self.form == "table" and column.role == "plain") != (column.aggregate is not None):
                yield (*place, "aggregate"), "汇总表的值（且只有它）须写明怎样汇总（aggregate）", ""
        if not any(column.role == "quasi" for column in self.columns):
            yield ("columns",), "没有准标识符，无从检查", ""

    def _words(self) -> Iterator[tuple[Path, str, str]]:
        ladders = {column.name: column.generalise for column in self.columns if column.generalise}
        for index, name in enumerate(self.coarsen):
            ladder = ladders.get(name)
            if ladder is None:
                yield ("coarsen", index), f"没有可概括的列 {name}", allowed_words(name, ladders)
            elif self.coarsen[: index + 1].count(name) >= len(ladder.steps):
                yield ("coarsen", index), f"{name} 没有更粗的一级", ""
        for code in self.conditions:
            if code not in REGISTERS:
                yield ("conditions",), f"没有专病 {code}", allowed_words(code, REGISTERS)
        if self.diversity:
            sensitive = [column.name for column in self.columns if column.role == "sensitive"]
            for name in self.diversity.columns:
                if name not in sensitive:
                    yield ("diversity", "columns"), f"{name} 不是敏感信息列", allowed_words(name, sensitive)


def day_of(fact: Fact) -> str:
    """The column by which rows of a fact fall into a period: the day if it has one, else the day of its moment."""
    if "day" in fact.names:
        return "day"
    return fact.time_column


def extract_policies() -> list[ExtractPolicy]:
    """Every extract that may be asked for now, by title."""
    from yigongti.kernel.policy.store import resolve, store

    names = {one.name for one in store().editions() if isinstance(one.body, ExtractPolicy)}
    found = [resolve(name).body for name in sorted(names)]
    return [body for body in found if isinstance(body, ExtractPolicy)]
