"""The towns and villages of Lanshan county (蓝山县, GB/T 2260 431127), from the data sets or a small built-in list.

With the folder ``regions`` of the data sets the 19 street-level units and 228 villages are the real ones. Without it
the units are the same and the villages carry generated names in the same numbers. Positions are drawn, not measured.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

COUNTY, COUNTY_NAME = "431127", "蓝山县"
CITY, CITY_NAME = "4311", "永州市"
PROVINCE, PROVINCE_NAME = "43", "湖南省"
CENTRE = (112.19, 25.37)
"""Longitude and latitude around which the layout is drawn."""

BUILT_IN = """
431127100 塔峰镇 60|431127102 毛俊镇 18|431127103 楠市镇 18|431127104 所城镇 18|431127105 新圩镇 25
431127106 祠堂圩镇 17|431127107 土市镇 20|431127108 太平圩镇 14|431127200 汇源瑶族乡 5|431127201 犁头瑶族乡 4
431127202 浆洞瑶族乡 6|431127203 湘江源瑶族乡 5|431127204 大桥瑶族乡 7|431127205 荆竹瑶族乡 6
431127400 蓝山荆竹林场 1|431127401 蓝山浆洞林场 1|431127402 蓝山南岭林场 1|431127403 蓝山原种场 1
431127404 蓝山黄毛岭茶场 1
"""
FIRST = "上下东西南北大小新高福桃竹石龙梅"
SECOND = ["江", "塘", "源", "坪", "岭", "溪", "洞", "家坊", "井", "田", "桥", "湾"]


@dataclass(frozen=True)
class Village:
    """A village (行政村) or community; ``position`` is drawn."""

    code: str
    name: str
    town: str
    position: tuple[Decimal, Decimal]

    @property
    def urban(self) -> bool:
        """Whether it is a community of townspeople (居委会)."""
        return self.name.endswith("社区")


@dataclass(frozen=True)
class Town:
    """A town, a township or a state farm with its villages."""

    code: str
    name: str
    position: tuple[Decimal, Decimal]
    villages: tuple[Village, ...]

    @property
    def yao(self) -> bool:
        """Whether it is a township of the Yao (瑶族乡)."""
        return "瑶族" in self.name


def towns(data_dir: Path | None) -> list[Town]:
    """All 19 street-level units with 228 villages, in the order of their codes."""
    folder = data_dir / "regions" if data_dir else None
    known = bool(folder and (folder / "villages_selected.csv").exists())
    named = _from_files(folder) if folder and known else _built_in()
    found = []
    for number, (code, name, villages) in enumerate(named):
        here = _around(CENTRE, number, len(named), 0.19) if number else CENTRE
        placed = [
            Village(one, clean(title), code, _decimals(_around(here, index, len(villages), 0.045)))
            for index, (one, title) in enumerate(villages)
        ]
        found.append(Town(code, name, _decimals(here), tuple(placed)))
    return found


Named = list[tuple[str, str, list[tuple[str, str]]]]


def _from_files(folder: Path) -> Named:
    villages: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(folder / "villages_selected.csv"):
        if row["areaCode"] == COUNTY:
            villages.setdefault(row["streetCode"], []).append((row["code"], row["name"]))
    streets = [row for row in _rows(folder / "streets_selected.csv") if row["areaCode"] == COUNTY]
    return [(row["code"], row["name"], villages.get(row["code"], [])) for row in streets]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _built_in() -> Named:
    found: Named = []
    for line in BUILT_IN.strip().replace("\n", "|").split("|"):
        code, name, count = line.split()
        farm = name.removeprefix("蓝山") if name.endswith("场") else ""
        villages = [(f"{code}{200 + number}", farm or _generated_name(number)) for number in range(int(count))]
        found.append((code, name, villages))
    return found


def _generated_name(number: int) -> str:
    return f"{FIRST[number % len(FIRST)]}{SECOND[(number * 5 + number // len(FIRST)) % len(SECOND)]}村委会"


def clean(name: str) -> str:
    """The village or community itself: 均田村委会 → 均田村, 东路居委会 → 东路社区, 火市社区 stays."""
    if name.endswith("虚拟社区"):
        return name.removesuffix("虚拟社区")
    if name.endswith("居委会"):
        return name.removesuffix("居委会").removesuffix("社区") + "社区"
    return name.removesuffix("村委会").removesuffix("村") + "村" if name.endswith("村委会") else name


def _around(centre: tuple[float, float], number: int, count: int, radius: float) -> tuple[float, float]:
    """A point of a sunflower spiral: evenly spread, never two at the same place."""
    angle = number * 2.399963
    far = radius * math.sqrt((number + 0.6) / count)
    return centre[0] + far * math.cos(angle), centre[1] + 0.8 * far * math.sin(angle)


def _decimals(position: tuple[float, float]) -> tuple[Decimal, Decimal]:
    return Decimal(f"{position[0]:.6f}"), Decimal(f"{position[1]:.6f}")
