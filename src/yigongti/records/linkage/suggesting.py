"""A first configuration for a file, from the names and the contents of its columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import duckdb
import yaml

from yigongti.records.linkage.kinds import KINDS
from yigongti.records.linkage.preparing import quoted

NAMES: tuple[tuple[str, str], ...] = (
    (r"(^|_)(rec_?id|row_?id|unique_?id|record_?id|uuid|guid)$|^id$|^编号$|^序号$|^主键$", "@id"),
    (r"^(cluster|truth|entity|person_?id|真值|人员标识)$", "@truth"),
    (r"身份证|id_?(number|card)|identity|证件号", "id-number"),
    (r"电话|手机|phone|mobile|tel", "phone"),
    (r"性别|^sex$|gender", "sex"),
    (r"出生|生日|birth|dob", "date"),
    (r"地址|住址|address|addr|street(?!_?n)", "address"),
    (r"邮编|postcode|zip|street_?n|house|门牌", "number"),
    (r"邮箱|e_?mail", "email"),
    (r"ssn|soc_?sec|医保|社保|insurance|mrn|卡号|档案号|number$|_no$", "identifier"),
    (r"姓名|name|surname|^姓$|^名$", "name"),
    (r"city|suburb|town|county|province|村|镇|乡|县", "text"),
    (r"state|民族|国籍|ethnic|race|country|code$", "code"),
)
"""Patterns of column names to a kind; ``@id`` and ``@truth`` are no fields."""
BLOCK_KEYS = {"id-number": "", "identifier": "", "phone": "", "email": ""}


@dataclass(frozen=True)
class Looks:
    """What a column is like: share of rows known, of different values, of Chinese and of date-like ones."""

    known: float
    different: float
    chinese: float
    dates: float
    numbers: float


def suggest(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> str:
    """A ``linkage-model`` policy as YAML for the table; the person who uses it checks it."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
    fields: dict[str, dict[str, Any]] = {}
    special: dict[str, str] = {}
    for column in columns:
        kind = kind_of(column, _looks(connection, table, column))
        if kind.startswith("@"):
            special.setdefault(kind[1:], column.strip())
        elif kind:
            fields[_field_name(column, fields)] = {"column": column.strip(), "kind": kind}
    for field in fields.values():
        if field["kind"] in ("name-chinese", "name-latin", "text"):
            field["frequency"] = True
    latin = [name for name, field in fields.items() if field["kind"] == "name-latin"]
    if len(latin) == 2:
        for one, other in (latin, latin[::-1]):
            fields[one]["swap"] = other
    return _written(name, special, fields)


def kind_of(column: str, looks: Looks) -> str:
    """The kind for a column, by its name and then by what is in it; empty when it says nothing of a person."""
    if looks.known < 0.02 or looks.different == 0:
        return ""
    text = column.strip().lower()
    kind = next((kind for pattern, kind in NAMES if re.search(pattern, text)), "")
    if kind == "name":
        return "name-chinese" if looks.chinese > 0.5 else "name-latin"
    if kind:
        return "text" if kind == "address" and looks.chinese < 0.5 else kind
    return _kind_by_content(looks)


def _kind_by_content(looks: Looks) -> str:
    if looks.dates > 0.8:
        return "date"
    if looks.numbers > 0.8:
        return "identifier" if looks.different > 0.3 else "number"
    return "text" if looks.different > 0.02 else "code"


def _looks(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> Looks:
    text = f"nullif(trim(CAST({quoted(column)} AS VARCHAR)), '')"
    date = r"^(\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?|\d{1,2}/\d{1,2}/\d{4})"
    row = connection.execute(
        f"""SELECT count(x) / count(*), count(DISTINCT x) / greatest(count(x), 1),
            avg(regexp_matches(x, '^[\\x{{4E00}}-\\x{{9FFF}}]')::INT),
            avg((regexp_matches(x, '{date}') AND length(x) >= 8
                AND substr(x, 1, 2) IN ('18', '19', '20') OR x LIKE '%/%/____')::INT),
            avg(regexp_matches(x, '^[0-9]+$')::INT)
            FROM (SELECT {text} AS x FROM {table} LIMIT 20000)"""
    ).fetchall()[0]
    return Looks(*(float(value or 0) for value in row))


def _field_name(column: str, taken: Mapping[str, Any]) -> str:
    plain = re.sub("[^a-z0-9]+", "_", column.strip().lower()).strip("_")[:24] or "field"
    name = plain if plain[0].isalpha() else f"f_{plain}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _blocking(fields: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Numbers, mailboxes, dates and texts alone; a name with a date, a place or the other name; two of number, date and
    place. A key that too many rows share finds nobody, so that a weak one costs little.
    """
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name, field in fields.items():
        by_kind[field["kind"]].append(name)
    blocks = [[name] for kind in BLOCK_KEYS for name in by_kind[kind]]
    names = by_kind["name-chinese"] + by_kind["name-latin"]
    dates, places = by_kind["date"], [*by_kind["number"][:2], *by_kind["text"][:3]]
    parts = [f"{name}.{part}" for name in by_kind["identifier"] for part in ("start", "end")]
    blocks += [[f"{name}.box"] for name in by_kind["email"]]
    blocks += [[one] for one in (*dates, *by_kind["text"])]
    blocks += [[name, f"{date}.year"] for name in names for date in dates]
    blocks += [[name, place] for name in names for place in places]
    blocks += [[f"{name}.fz", f"{date}.month_day"] for name in by_kind["name-chinese"] for date in dates]
    blocks += [[f"{date}.month_day", place] for date in dates for place in places]
    blocks += [[part, place] for part in parts for place in (*places, *names, *(f"{date}.year" for date in dates))]
    blocks += [list(pair) for pair in combinations(places, 2)]
    blocks += [[f"{one}.start", f"{other}.start"] for one, other in pairwise(by_kind["name-latin"])]
    blocks += [list(pair) for pair in pairwise(names)] or [[name] for name in names]
    return blocks or [[name] for name in fields]


def _written(name: str, special: Mapping[str, str], fields: Mapping[str, Mapping[str, Any]]) -> str:
    policy: dict[str, Any] = {
        "policy": f"index/{re.sub('[^a-z0-9-]+', '-', name.lower()).strip('-') or 'suggested'}",
        "kind": "linkage-model",
        "version": "2026.1",
        "effective": {"from": "2026-01-01", "to": None},
        "title": f"{name} 的比对模型（建议稿）",
        "source": {"document": "yigongti link --suggest", "mark": "D"},
    }
    if "id" in special:
        policy["id"] = special["id"]
    policy |= {
        "fields": dict(fields),
        "blocking": _blocking(fields),
        "thresholds": {"link": 0.95, "review": 0.5},
        "resolve": "groups",
    }
    if "truth" in special:
        policy["truth"] = {"column": special["truth"]}
    text = yaml.safe_dump(policy, allow_unicode=True, sort_keys=False, width=110)
    return "# 由列名和内容猜出，请逐项核对：各栏的比较种类、分组的键和界限。\n" + text.replace(
        "'2026-01-01'", "2026-01-01"
    ).replace("'2026.1'", "2026.1")
