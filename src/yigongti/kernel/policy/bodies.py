"""Kinds that are lists and parameters: clocks, reasons, checklists, gates and settings."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.problems import allowed_words

SPAN = r"^(\d+d)?(\d+h)?(\d+m)?$"
Span = Annotated[str, Field(pattern=SPAN, min_length=2, description="for example 15m, 2h, 1h30m, 3d")]


def duration(span: str) -> timedelta:
    """The length of a span such as ``1h30m`` or ``14d``."""
    total, number = timedelta(), ""
    units = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
    for letter in span:
        if letter.isdigit():
            number += letter
        else:
            total, number = total + int(number) * units[letter], ""
    return total


def in_chinese(span: str) -> str:
    """The span in Chinese: ``1h30m`` is 1 小时 30 分钟."""
    words = {"d": " 天 ", "h": " 小时 ", "m": " 分钟 "}
    return "".join(words.get(letter, letter) for letter in span).strip()


class Clock(Sourced):
    """The time limit of a step: when it is due and when the owner is warned."""

    limit: Span
    warn: Span | None = None
    note: str = ""

    @property
    def due(self) -> timedelta:
        """From the start of the step to its limit."""
        return duration(self.limit)

    @property
    def warning(self) -> timedelta | None:
        """From the start of the step to the reminder."""
        return duration(self.warn) if self.warn else None


class Step(Sourced):
    """A step with one clock per urgency, or ``any`` for all."""

    name: str
    from_event: str = ""
    clocks: Annotated[dict[str, Clock], Field(min_length=1)]

    def clock(self, urgency: str | None = None) -> Clock:
        """The clock of an urgency; ``any`` where none is written for it."""
        found = self.clocks.get(urgency or "any") or self.clocks.get("any")
        if found is None:
            hint = allowed_words(urgency or "any", self.clocks)
            raise NotFound(f"“{self.name}”没有 {urgency or 'any'} 的时限", hint=hint)
        return found


class Pause(Sourced):
    """When a clock stands still."""

    id: Identifier
    name: str
    steps: list[str] = Field(default_factory=list)
    longest: Span | None = None


class Escalation(Sourced):
    """Who is told when a limit has passed by ``after``."""

    id: Identifier
    after: Span
    to: Annotated[str, Field(description="role code")]
    name: str


@policy_kind("clocks")
class Clocks(Policy):
    """Time limits per step, pause rules, and the ladder of escalation."""

    steps: Annotated[dict[str, Step], Field(min_length=1)]
    pauses: list[Pause] = Field(default_factory=list)
    escalation: list[Escalation] = Field(default_factory=list)

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        for key, step in self.steps.items():
            for urgency, clock in step.clocks.items():
                yield ("steps", key, "clocks", urgency), clock if clock.source or not step.source else step
        yield from ((("pauses", index), pause) for index, pause in enumerate(self.pauses))
        yield from ((("escalation", index), rung) for index, rung in enumerate(self.escalation))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        for key, step in self.steps.items():
            for urgency, clock in step.clocks.items():
                if clock.warning is not None and clock.warning >= clock.due:
                    yield ("steps", key, "clocks", urgency, "warn"), f"提醒 {clock.warn} 不早于时限 {clock.limit}", ""
        for index, pause in enumerate(self.pauses):
            for name in pause.steps:
                if name not in self.steps:
                    yield ("pauses", index, "steps"), f"没有步骤 {name}", allowed_words(name, self.steps)
        spans = [duration(rung.after) for rung in self.escalation]
        if spans != sorted(spans):
            yield ("escalation",), "升级的时间应从早到晚", ""

    def clock(self, step: str, urgency: str | None = None) -> Clock:
        """The clock of a step; raises NotFound with the nearest step name."""
        if step not in self.steps:
            raise NotFound(f"没有步骤 {step} 的时限", hint=allowed_words(step, self.steps))
        return self.steps[step].clock(urgency)


class Reason(Sourced):
    """One entry of a list that people choose from."""

    id: Identifier
    name: str
    needs_note: bool = False


class ReasonList(Sourced):
    """A named list of reasons."""

    name: str
    reasons: Annotated[list[Reason], Field(min_length=1)]


@policy_kind("reasons")
class Reasons(Policy):
    """Lists of reasons by purpose."""

    lists: Annotated[dict[str, ReasonList], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        for key, listed in self.lists.items():
            for index, reason in enumerate(listed.reasons):
                yield ("lists", key, "reasons", index), reason if reason.source or not listed.source else listed

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        for key, listed in self.lists.items():
            codes = [reason.id for reason in listed.reasons]
            for index, code in enumerate(codes):
                if code in codes[:index]:
                    yield ("lists", key, "reasons", index, "id"), f"理由 {code} 写了两次", ""

    def choices(self, name: str) -> list[tuple[str, str]]:
        """Code and Chinese name of each reason of a list, for a form field."""
        if name not in self.lists:
            raise NotFound(f"没有理由列表 {name}", hint=allowed_words(name, self.lists))
        return [(reason.id, reason.name) for reason in self.lists[name].reasons]

    def reason(self, name: str, code: str) -> Reason:
        """One reason of a list; raises NotFound."""
        known = dict(self.choices(name))
        if code not in known:
            raise NotFound(f"“{self.lists[name].name}”里没有 {code}", hint=allowed_words(code, known), field="reason")
        return next(reason for reason in self.lists[name].reasons if reason.id == code)


class Check(Sourced):
    """One thing to do or to have; ``who`` does it."""

    id: Identifier
    name: str
    required: bool = True
    who: str = ""


class Checklist(Sourced):
    """A named list of things to do; ``departments`` it serves (empty: the default list)."""

    id: Identifier
    name: str
    departments: list[str] = Field(default_factory=list)
    steps: Annotated[list[Check], Field(min_length=1)]


@policy_kind("checklist")
class Checklists(Policy):
    """Checklists, chosen by department."""

    checklists: Annotated[list[Checklist], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        for index, checklist in enumerate(self.checklists):
            for place, step in enumerate(checklist.steps):
                item = step if step.source or not checklist.source else checklist
                yield ("checklists", index, "steps", place), item

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        defaults = [index for index, checklist in enumerate(self.checklists) if not checklist.departments]
        if len(defaults) != 1:
            yield ("checklists",), f"没有写科室的默认清单应恰有一份，现有 {len(defaults)} 份", ""

    def for_department(self, department: str) -> Checklist:
        """The checklist that names the department, else the default one."""
        named = [listed for listed in self.checklists if department in listed.departments]
        return named[0] if named else next(listed for listed in self.checklists if not listed.departments)


class Part(Sourced):
    """A part that a form must have: how much of it, in which directions and urgencies it is asked."""

    id: Identifier
    name: str
    required: bool = True
    minimum: Annotated[int, Field(ge=1)] = 1
    unit: str = "项"
    directions: list[str] = Field(default_factory=list)
    waived_for: Annotated[list[str], Field(description="urgencies that may go without it")] = []
    hint: str = ""


class Shortfall(Strict):
    """A part that is missing or too small."""

    part: str
    message: str
    blocking: bool


@policy_kind("gate")
class Gate(Policy):
    """What must be complete before a case is sent."""

    parts: Annotated[list[Part], Field(min_length=1)]
    completeness: Annotated[int, Field(ge=0, le=100, description="percent of asked parts that must be present")] = 0

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("parts", index), part) for index, part in enumerate(self.parts))

    def shortfalls(self, amounts: Mapping[str, int], *, direction: str, urgency: str) -> list[Shortfall]:
        """What is missing. ``amounts`` gives per part how much is there (characters, entries; absent is none)."""
        asked = [part for part in self.parts if not part.directions or direction in part.directions]
        found = [
            Shortfall(
                part=part.id,
                message=f"{part.name}应不少于 {part.minimum} {part.unit}，现有 {amounts.get(part.id, 0)} {part.unit}",
                blocking=part.required and urgency not in part.waived_for,
            )
            for part in asked
            if amounts.get(part.id, 0) < part.minimum
        ]
        percent = 100 * (len(asked) - len(found)) // max(len(asked), 1)
        if percent < self.completeness and urgency != "red":
            message = f"完整度 {percent}%，应不低于 {self.completeness}%"
            found.append(Shortfall(part="completeness", message=message, blocking=True))
        return found


class Setting(Sourced):
    """One parameter with its meaning and unit; ``words`` says what its codes mean to people."""

    name: str
    value: bool | int | str | list[str] | dict[str, int]
    unit: str = ""
    low: int | None = None
    high: int | None = None
    choices: list[str] = Field(default_factory=list)
    words: dict[str, str] = Field(default_factory=dict)

    def within(self, value: int) -> bool:
        """Whether a number is inside the limits."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@policy_kind("settings")
class Settings(Policy):
    """Named parameters."""

    settings: Annotated[dict[str, Setting], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("settings", key), setting) for key, setting in self.settings.items())

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        for key, setting in self.settings.items():
            value, where = setting.value, ("settings", key, "value")
            if setting.choices and value not in setting.choices:
                yield where, f"不能是 {value}", allowed_words(str(value), setting.choices)
            if isinstance(value, int) and not isinstance(value, bool) and not setting.within(value):
                yield where, f"{value} 超出范围 {setting.low}–{setting.high}", ""

    def value(self, name: str) -> Any:
        """The value of a parameter; raises NotFound with the nearest name."""
        if name not in self.settings:
            raise NotFound(f"没有参数 {name}", hint=allowed_words(name, self.settings))
        return self.settings[name].value
