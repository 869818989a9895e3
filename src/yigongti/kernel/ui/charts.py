"""Charts that open: a line or a bar of the facts, its numbers as a table beneath, each point a link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or group of bars; ``urls`` opens each point."""

    name: str
    values: Sequence[int | Decimal | None]
    urls: Sequence[str] = ()
    kind: Literal["line", "bar"] = "bar"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart over categories (months, members, diseases). ``option`` is what ECharts is given."""

    key: str
    title: str
    categories: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    href: str = ""
    stacked: bool = False
    lying: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def option_id(self) -> str:
        """The element id of the JSON."""
        return f"chart-{self.key}-option"

    @property
    def heads(self) -> list[str]:
        """The heads of the table."""
        return ["", *(f"{line.name}（{self.unit}）" if self.unit else line.name for line in self.series)]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows of the table."""
        return [[name, *(line.values[n] for line in self.series)] for n, name in enumerate(self.categories)]

    @property
    def option(self) -> dict[str, Any]:
        """The ECharts option; numbers as numbers, links beside them."""
        category = {"type": "category", "data": list(self.categories), "inverse": self.lying}
        value = {"type": "value"}
        return {
            "xAxis": value if self.lying else category,
            "yAxis": category if self.lying else value,
            "legend": {"show": len(self.series) > 1},
            "series": [self._series(line) for line in self.series],
            **self.extra,
        }

    def _series(self, line: Series) -> dict[str, Any]:
        urls = [*line.urls, *[""] * (len(line.values) - len(line.urls))]
        points = [
            {"value": None if v is None else float(v), "url": url} for v, url in zip(line.values, urls, strict=True)
        ]
        return {"name": line.name, "type": line.kind, "data": points, "stack": "all" if self.stacked else None}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A chart whose ECharts option the room writes: what lines and bars over categories cannot show.

    ``heads`` and ``rows`` are its numbers as a table. A colour is named by its token (``--y-danger``), so that it is
    right by day and by night and on paper. A point ``{"value": …, "url": …}`` opens.
    """

    key: str
    title: str
    option: dict[str, Any]
    unit: str = ""
    href: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    note: str = ""

    @property
    def option_id(self) -> str:
        """The element id of the JSON."""
        return f"chart-{self.key}-option"
