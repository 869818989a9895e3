"""Which six digits can begin an identification number: GB/T 2260 codes of today and of the past.

With the folder ``regions`` of the data sets all county and city codes since 1980 are known; without it, the provinces.
"""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from yigongti.config import configuration

_PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
PROVINCES = frozenset(_PROVINCES.split())
"""GB/T 2260; 81, 82 and 83 with 0000 also begin the residence permits of Hong Kong, Macao and Taiwan residents."""
RESIDENCE_PERMITS = frozenset({"810000", "820000", "830000"})


def area_problem(code: str, known_only: bool = True) -> str:
    """What is wrong with an area code, or an empty string."""
    if code[:2] not in PROVINCES:
        return f"第 1–2 位应为省级代码，没有 {code[:2]}"
    known = area_codes(configuration().data_dir)
    if known_only and known and code not in known:
        return f"第 1–6 位应为县级行政区划代码（含历史代码），没有 {code}"
    return ""


@cache
def area_codes(data_dir: Path | None) -> frozenset[str]:
    """All codes of counties, cities and provinces since 1980; empty without the data sets."""
    folder = data_dir / "regions" if data_dir else None
    if not folder or not folder.is_dir():
        return frozenset()
    codes = {*RESIDENCE_PERMITS, *_current(folder), *_historical(folder)}
    codes |= {code[:4] + "00" for code in codes} | {province + "0000" for province in PROVINCES}
    return frozenset(codes)


def _current(folder: Path) -> Iterator[str]:
    for name in ("areas.csv", "cities.csv"):
        if (folder / name).exists():
            with (folder / name).open(encoding="utf-8-sig", newline="") as lines:
                yield from (row["code"].ljust(6, "0")[:6] for row in csv.DictReader(lines))
    if (folder / "divisions_v1.json").exists():
        yield from _codes(json.loads((folder / "divisions_v1.json").read_text("utf-8"))["provinces"])


def _codes(node: Any) -> Iterator[str]:
    """Every 12-digit code in nested objects, as six digits."""
    if isinstance(node, dict):
        for value in node.values():
            yield from _codes(value)
    elif isinstance(node, str) and len(node) == 12 and node.isdigit():
        yield node[:6]


def _historical(folder: Path) -> Iterator[str]:
    file = folder / "historical_changes_v1.json"
    if not file.exists():
        return
    for event in json.loads(file.read_text("utf-8"))["events"]:
        for side in (event.get("old"), event.get("new")):
            for place in side if isinstance(side, list) else [side]:
                if place and place.get("code"):
                    yield place["code"][:6]
