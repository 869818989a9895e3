"""Numbers that explain themselves, and the page that explains one."""

from dataclasses import dataclass
from decimal import Decimal

SMALL = 30
MARKS = {
    "S": ("公开来源", "有公开文本可查，尚不等于官方原文"),
    "GK": ("通识", "行业通行做法，未与官方原文核对"),
    "D": ("建议", "本平台的设计建议，可由当地修改"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number with its unit and the page that explains it.

    ``value`` is ``None`` while nothing can be counted. ``numerator`` and ``denominator`` are exact counts; a ratio over
    fewer than :data:`SMALL` is shown with both and a notice, because it jumps by chance. ``tone`` is ``danger`` for
    beyond the limit.
    """

    label: str
    value: Decimal | int | str | None
    unit: str = ""
    href: str = ""
    numerator: int | Decimal | None = None
    denominator: int | Decimal | None = None
    change: str = ""
    better: str = ""
    note: str = ""
    tone: str = "calm"

    @property
    def text(self) -> str:
        """The number with thousands separators, or a dash."""
        if self.value is None:
            return "—"
        return f"{self.value:,}" if isinstance(self.value, int | Decimal) else str(self.value)

    @property
    def small(self) -> bool:
        """Whether the denominator is too small to compare."""
        return self.denominator is not None and self.denominator < SMALL

    @property
    def fraction(self) -> str:
        """``12 / 345``, empty without a denominator."""
        if self.denominator is None:
            return ""
        return f"{self.numerator or 0:,} / {self.denominator:,}"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a formula or a rule comes from; ``mark`` is ``S``, ``GK`` or ``D`` (see :data:`MARKS`)."""

    document: str
    item: str = ""
    mark: str = "D"
    url: str = ""

    @property
    def badge(self) -> str:
        """公开来源, 通识 or 建议."""
        return MARKS.get(self.mark, (self.mark, ""))[0]

    @property
    def meaning(self) -> str:
        """What the mark means."""
        return MARKS.get(self.mark, ("", ""))[1]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Everything that stands behind one number; ``ui/explanation.html`` shows it."""

    figure: Figure
    words: str
    sql: str = ""
    sources: tuple[Source, ...] = ()
    policy: str = ""
    policy_url: str = ""
    version: str = ""
    in_force: str = ""
    numerator_words: str = ""
    denominator_words: str = ""
    numerator_url: str = ""
    denominator_url: str = ""
    scope: str = ""
    computed_at: str = ""
    remarks: tuple[str, ...] = ()
