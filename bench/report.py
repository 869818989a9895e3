"""Results of a measurement: a table for people, one JSON document for programs."""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One figure; ``target`` and ``met`` where the issue asks for one."""

    name: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    note: str = ""


def figure(
    name: str, value: float, unit: str, *, most: float | None = None, least: float | None = None, note: str = ""
) -> Result:
    """A figure against what is wanted: at ``most``, or at ``least``."""
    if most is not None:
        return Result(name, round(value, 2), unit, f"≤ {most:g}", value <= most, note)
    if least is not None:
        return Result(name, round(value, 2), unit, f"≥ {least:g}", value >= least, note)
    return Result(name, round(value, 2), unit, note=note)


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def machine() -> str:
    """Cores, memory, Python, system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, {platform.system()}"


def tell(title: str, results: list[Result], **more: Any) -> None:
    """Print the results; with ``--json`` as a document."""
    if "--json" in sys.argv:
        document = {"title": title, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
        print(json.dumps(document | {"results": [asdict(r) for r in results]} | more, ensure_ascii=False, indent=1))
        return
    table = Table("", "", "", "", "", title=f"{title} — {machine()}", title_justify="left", show_header=False)
    for r in results:
        mark = "" if r.met is None else "[green]✓[/]" if r.met else "[red]✗[/]"
        table.add_row(r.name, f"{r.value:,g}", r.unit, f"{r.target} {mark}", r.note)
    Console(width=150).print(table)
    if bad := [r.name for r in results if r.met is False]:
        print("missed:", ", ".join(bad))
