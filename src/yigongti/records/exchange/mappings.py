"""A mapping (映射): how the files of one system become rows of the record, as a policy that people can read.

::

    reads:                                   # the files of a delivery
      subjects: {file: "nafld1.csv*", title: 人员, columns: [id, age, male]}
    codes:                                   # their codes to ours; used as a function: sex(male)
      sex: {title: 性别, entries: {"1": "1", "0": "2"}}
    steps:                                   # where rows must be shaped first; each step sees those before it
      - name: dated
        sql: SELECT line, id, as_date(day) AS day FROM measurements
    writes:                                  # one target row for each row of a table
      - target: patient
        from: subjects
        columns: {source_key: id, sex: sex(male), name: "'居民' || id"}

Expressions are SQL (DuckDB) over the columns as text; a column of a target is converted to its type by the engine, so a
mapping names what is where and no more. ``line`` is the row in the file, counted as a spreadsheet counts.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yigongti.kernel.policy.kinds import Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words

from . import statements
from .statements import StatementRefused

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Format = Literal["csv", "xlsx", "parquet", "jsonl", "fhir", "hl7"]
#: columns that the formats without a header have by nature
NATURAL: Mapping[str, tuple[str, ...]] = {
    "fhir": ("resource", "type", "id", "kept", "practitioner", "organization"),
    "hl7": ("message", "event", "control_id", "kept"),
    "jsonl": ("document",),
}


class Read(Strict):
    """One file of the delivery (several files may match): its pattern, format and the columns that are read."""

    file: Annotated[str, Field(min_length=1, description="file name or pattern, for example person*.csv")]
    title: str
    format: Format = "csv"
    columns: list[str] = Field(default_factory=list)
    optional: list[str] = Field(default_factory=list)
    sheet: str = ""
    delimiter: Annotated[str, Field(max_length=1)] = ""
    required: bool = False
    type: Annotated[str, Field(description="FHIR resource type or HL7 segment; empty: all")] = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that statements may use besides ``line``."""
        return (*self.columns, *self.optional, *NATURAL.get(self.format, ()))

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        if not self.names:
            raise ValueError("请在 columns 写明要读取的列")
        if twice := {name for name in self.names if self.names.count(name) > 1}:
            raise ValueError(f"列写了两次：{'、'.join(sorted(twice))}")
        return self


class CodeMap(Sourced):
    """Their codes to ours. An entry is one value, or several under names: ``event(code, 'name')``."""

    title: str
    entries: Annotated[dict[str, str | dict[str, str]], Field(min_length=1)]
    otherwise: str | None = None
    ignore_case: bool = False

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names of the values; a single one is called ``value``."""
        named = {key: None for entry in self.entries.values() if isinstance(entry, dict) for key in entry}
        return tuple(named) or ("value",)

    def value(self, key: str, field: str) -> str | None:
        """One value of an entry."""
        entry = self.entries[key]
        return entry.get(field) if isinstance(entry, dict) else entry


class Shape(Strict):
    """A named step of SQL. It keeps ``line`` of the file it says it is about."""

    name: Name
    sql: str


class Write(Strict):
    """Rows of one target: from a file or a step, with an expression for each column.

    ``lines`` names the file whose line numbers ``from`` carries, where ``from`` is a step. ``loose`` are references
    that may name what was never received: the row is taken and the reference is left empty. ``keeps``: persons who
    are known stay as they were told before, for messages that say less of them than others do. ``parts``: each row is
    a part of one of the same target, with its key, a point and a number; what a correction leaves out is void.
    """

    target: Name
    from_: Annotated[Name, Field(alias="from")]
    where: str = ""
    lines: str = ""
    loose: list[Name] = Field(default_factory=list)
    keeps: bool = False
    parts: bool = False
    columns: Annotated[dict[Name, str], Field(min_length=1)]


class Leave(Strict):
    """Rows of a file that the record does not take: said, counted and shown, never dropped in silence."""

    from_: Annotated[Name, Field(alias="from")]
    where: str
    reason: str


@policy_kind("mapping")
class DeliveryMapping(Policy):
    """How the files of one system become rows of the record."""

    system: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,31}$", description="source system")]
    system_title: str
    organization: Annotated[str, Field(description="national code of the sender where rows do not say it")] = ""
    reads: Annotated[dict[Name, Read], Field(min_length=1)]
    codes: dict[Name, CodeMap] = Field(default_factory=dict)
    steps: list[Shape] = Field(default_factory=list)
    writes: Annotated[list[Write], Field(min_length=1)]
    leaves: list[Leave] = Field(default_factory=list)

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        for name, codes in self.codes.items():
            yield ("codes", name), codes

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        found = [*self._names(), *self._statements(), *self._targets()]
        yield from found
        if not found:
            from .bench import bind

            yield from bind(self)

    def lines_of(self, write: Write) -> str:
        """The file whose lines a write carries."""
        return write.lines or write.from_

    def _names(self) -> Iterator[tuple[Path, str, str]]:
        seen = set(self.reads)
        for index, step in enumerate(self.steps):
            if step.name in seen:
                yield ("steps", index, "name"), f"名称 {step.name} 已经用过", ""
            seen.add(step.name)
        taken = [("writes", index, write.from_) for index, write in enumerate(self.writes)]
        for part, index, table in taken + [("leaves", index, leave.from_) for index, leave in enumerate(self.leaves)]:
            if table not in seen:
                yield (part, index, "from"), f"没有表 {table}", allowed_words(table, seen)
        for index, write in enumerate(self.writes):
            if self.lines_of(write) not in self.reads:
                hint = allowed_words(self.lines_of(write), self.reads)
                yield (
                    ("writes", index, "lines"),
                    f"请写明行号属于哪个文件（lines），没有文件 {self.lines_of(write)}",
                    hint,
                )

    def _statements(self) -> Iterator[tuple[Path, str, str]]:
        known = list(self.reads)
        for index, step in enumerate(self.steps):
            yield from _refusals(("steps", index, "sql"), step.sql, self.codes, known)
            known.append(step.name)
        for index, write in enumerate(self.writes):
            if write.where:
                yield from _refusals(("writes", index, "where"), write.where, self.codes)
            for name, text in write.columns.items():
                yield from _refusals(("writes", index, "columns", name), text, self.codes)
        for index, leave in enumerate(self.leaves):
            yield from _refusals(("leaves", index, "where"), leave.where, self.codes)

    def _targets(self) -> Iterator[tuple[Path, str, str]]:
        from yigongti.records.health_record.targets import TARGETS

        for index, write in enumerate(self.writes):
            target = TARGETS.get(write.target)
            if target is None:
                yield ("writes", index, "target"), f"没有目标 {write.target}", allowed_words(write.target, TARGETS)
                continue
            names = target.by_name
            for name in write.columns.keys() - names.keys():
                yield ("writes", index, "columns", name), f"{target.title}没有列 {name}", allowed_words(name, names)
            wanted = set(target.required) - write.columns.keys()
            if wanted:
                yield ("writes", index, "columns"), f"{target.title}缺少必填列 {'、'.join(sorted(wanted))}", ""


def _refusals(
    path: Path, text: str, codes: Mapping[str, CodeMap], tables: list[str] | None = None
) -> Iterator[tuple[Path, str, str]]:
    try:
        if tables is None:
            statements.expression(text, codes)
        else:
            statements.query(text, tables, codes)
    except StatementRefused as refused:
        yield path, refused.message, refused.allowed
