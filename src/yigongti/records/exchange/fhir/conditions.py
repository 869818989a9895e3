"""Search values as SQL conditions: tokens, dates with prefixes, references, strings.

Every function answers one condition with its parameters. What a caller cannot mean is refused with words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from yigongti.kernel.ciphers.blind import blind_index
from yigongti.kernel.errors import Invalid
from yigongti.records.health_record.observations import CATALOGUE

from . import systems
from .pieces import ZONE, latest
from .resources import RESOURCES, Parameter

NEVER = "false"
ZONE_INFO = ZoneInfo(ZONE)
LONGEST = 512


class BadParameter(Invalid):
    """A search parameter that cannot be understood."""

    status = 400
    kind = "bad-parameter"


@dataclass(frozen=True)
class Where:
    """A condition with its parameters."""

    sql: str
    values: tuple[Any, ...] = ()


def any_of(parts: Iterable[Where]) -> Where:
    """One of the conditions."""
    found = list(parts)
    return Where(" OR ".join(f"({p.sql})" for p in found) or NEVER, tuple(v for p in found for v in p.values))


def condition(parameter: Parameter, modifier: str, text: str) -> Where:
    """One occurrence of a parameter: values apart by commas are alternatives."""
    if len(text) > LONGEST:
        raise BadParameter(f"参数 {parameter.name} 太长", hint=f"最多 {LONGEST} 个字")
    if "\0" in text:
        raise BadParameter(f"参数 {parameter.name} 里有不能保存的字符（NUL）")
    if modifier == "missing" and parameter.sql:
        if text not in ("true", "false"):
            raise BadParameter(f"{parameter.name}:missing 应为 true 或 false")
        return _missing(parameter, text == "true")
    if modifier not in MODIFIERS[parameter.kind]:
        allowed = "、".join(m for m in (*MODIFIERS[parameter.kind], "missing") if m)
        raise BadParameter(f"参数 {parameter.name} 不支持修饰 :{modifier}", hint=f"可用：{allowed}")
    values = [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text)]
    found = any_of(KINDS[parameter.kind](parameter, modifier, value.strip()) for value in values)
    return Where(f"NOT coalesce(({found.sql}), false)", found.values) if modifier == "not" else found


def _missing(parameter: Parameter, missing: bool) -> Where:
    column = parameter.sql[0] if len(parameter.sql) < 4 else parameter.sql[1]
    absent = f"{column} IS NULL OR {column}::text = ''"
    return Where(absent if missing else f"NOT ({absent})")


def _split(text: str) -> tuple[str | None, str]:
    """``system|code``: the system is None when nothing is said about it."""
    if "|" not in text:
        return None, text
    system, _, code = text.partition("|")
    return system, code


def token(parameter: Parameter, modifier: str, text: str) -> Where:
    """``code``, ``system|code``, ``|code``, ``system|``."""
    system, code = _split(text)
    if parameter.build in BUILDERS:
        return BUILDERS[parameter.build](parameter, system, code)
    if parameter.codes:
        kept = parameter.codes.get(code, ())
        return Where(f"{parameter.sql[0]} = ANY (%s)", (list(kept),)) if kept else Where(NEVER)
    if len(parameter.sql) == 4:
        return _coded(parameter, system, code)
    return Where(f"{parameter.sql[0]} = %s", (code,))


def _coded(parameter: Parameter, system: str | None, code: str) -> Where:
    """Our coding or the source's; LOINC codes of the catalogue are found under our own code."""
    own_system, own_code, local_system, local_code = parameter.sql
    if system is None:
        found = [Where(f"{own_code} = %s", (code,)), Where(f"{local_code} = %s", (code,))]
    else:
        names = list(systems.names(system)) if system else [""]
        default = parameter.build
        empty = default and system in (systems.address(default), systems.OWN + default)
        kept = [name.lower() for name in names] + ([""] if empty else [])
        by_code = (code,) if code else ()
        equal = f" AND {own_code} = %s" if code else ""
        equal_local = f" AND {local_code} = %s" if code else f" AND {local_code} <> ''"
        found = [
            Where(f"lower({own_system}) = ANY (%s){equal}", (kept, *by_code)),
            Where(f"lower({local_system}) = ANY (%s){equal_local}", ([n.lower() for n in names], *by_code)),
        ]
    if parameter.build == "observation" and system in (None, systems.SYSTEMS["loinc"]):
        ours = [item.code for item in CATALOGUE.values() if item.loinc and item.loinc == code]
        if ours:
            found.append(Where(f"{own_system} = '' AND {own_code} = ANY (%s)", (ours,)))
    return any_of(found)


def _source(parameter: Parameter, system: str | None, code: str) -> Where:
    source, key = parameter.sql
    if system is None:
        return Where(f"{key} = %s AND {key} <> ''", (code,))
    if not system.startswith(systems.SOURCE):
        return Where(NEVER)
    return Where(f"{source} = %s AND {key} = %s AND {key} <> ''", (system.removeprefix(systems.SOURCE), code))


def _plain(parameter: Parameter, system: str | None, code: str) -> Where:
    return any_of(Where(f"{column} = %s AND {column} <> ''", (code,)) for column in parameter.sql)


def _person(parameter: Parameter, system: str | None, code: str) -> Where:
    found = []
    if system in (None, systems.RECORD_NUMBER):
        found.append(Where("e.number = %s", (code,)))
        found.append(Where("e.id IN (SELECT k.resident FROM residents_known_as('{}', %s, '', '') k)", (code,)))
    if system is None or system == systems.ID_CARD or system.startswith("urn:yigongti:identity-document:"):
        found.append(_blind("e.id_number_index", "id_number", code))
    identity = "e.id IN (SELECT i.resident_id FROM residents_sourceidentity i WHERE i.state = 'linked' AND "
    if system is None:
        found.append(Where(f"{identity} i.source_key = %s)", (code,)))
    elif system.startswith(systems.SOURCE):
        found.append(
            Where(f"{identity} i.source_key = %s AND i.source = %s)", (code, system.removeprefix(systems.SOURCE)))
        )
    return any_of(found)


def _phone(parameter: Parameter, system: str | None, code: str) -> Where:
    return _blind("e.phone_index", "phone", code)


def _blind(column: str, label: str, text: str) -> Where:
    wanted = list(blind_index(label, text))
    return Where(f"{column} = ANY (%s)", (wanted,)) if wanted else Where(NEVER)


BUILDERS: dict[str, Callable[[Parameter, str | None, str], Where]] = {
    "source": _source,
    "plain": _plain,
    "person": _person,
    "phone": _phone,
}

PREFIX = re.compile(r"^(eq|ne|ge|le|gt|lt|sa|eb|ap)?(.*)$", re.DOTALL)
DAY = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$")


def span(text: str) -> tuple[datetime, datetime]:
    """The first moment of what is said, and the first after it. Raises :class:`BadParameter`."""
    try:
        if found := DAY.match(text):
            year, month, day = (int(part) if part else None for part in found.groups())
            assert year is not None
            low = date(year, month or 1, day or 1)
            high = low + timedelta(1) if day else date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1)
            return _moment(low), _moment(high)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZONE_INFO)
        step = (
            timedelta(microseconds=1000) if moment.microsecond else timedelta(seconds=1 if text.count(":") > 1 else 60)
        )
        return moment, moment + step
    except (ValueError, OverflowError):
        raise BadParameter(f"“{text[:40]}”不是日期", hint="例如 2026-11-21，或 ge2026-11-01") from None


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE_INFO)


def dated(parameter: Parameter, modifier: str, text: str) -> Where:
    """A date with a prefix, compared with a moment or with a period."""
    found = PREFIX.match(text)
    assert found is not None
    prefix, value = found.group(1) or "eq", found.group(2)
    low, high = span(value)
    if prefix == "ap":
        low, high = low - timedelta(days=3), high + timedelta(days=3)
    start, end = parameter.sql[0], parameter.sql[-1]
    if parameter.build == "day":
        lows: tuple[Any, Any] = (low.astimezone(ZONE_INFO).date(), _day_after(high))
        start, end = f"{start}::date", f"{end}::date"
    else:
        lows = (low, high)
    if len(parameter.sql) > 1:
        return _period(prefix, start, end, *lows)
    return Where(*_point(prefix, start, *lows))


def _day_after(high: datetime) -> date:
    local = high.astimezone(ZONE_INFO)
    return local.date() if local.time() == datetime.min.time() else local.date() + timedelta(1)


def _point(prefix: str, column: str, low: Any, high: Any) -> tuple[str, tuple[Any, ...]]:
    table: dict[str, tuple[str, tuple[Any, ...]]] = {
        "eq": (f"{column} >= %s AND {column} < %s", (low, high)),
        "ne": (f"NOT ({column} >= %s AND {column} < %s)", (low, high)),
        "ge": (f"{column} >= %s", (low,)),
        "gt": (f"{column} >= %s", (high,)),
        "le": (f"{column} < %s", (high,)),
        "lt": (f"{column} < %s", (low,)),
    }
    return table[{"sa": "gt", "eb": "lt", "ap": "eq"}.get(prefix, prefix)]


def _period(prefix: str, start: str, end: str, low: Any, high: Any) -> Where:
    """An absent end is open."""
    table: dict[str, tuple[str, tuple[Any, ...]]] = {
        "eq": (f"{start} >= %s AND {end} < %s", (low, high)),
        "ne": (f"NOT coalesce({start} >= %s AND {end} < %s, false)", (low, high)),
        "ge": (f"{end} IS NULL OR {end} >= %s", (low,)),
        "gt": (f"{end} IS NULL OR {end} >= %s", (high,)),
        "le": (f"{start} < %s", (high,)),
        "lt": (f"{start} < %s", (low,)),
        "sa": (f"{start} >= %s", (high,)),
        "eb": (f"{end} < %s", (low,)),
        "ap": (f"{start} < %s AND ({end} IS NULL OR {end} >= %s)", (high, low)),
    }
    return Where(*table[prefix])


def key_of(type_: str, text: str) -> Any:
    """The key in a reference: ``Patient/…``, a full address or the key alone; None when there is no such row."""
    parts = text.rstrip("/").split("/")
    if len(parts) > 1 and parts[-2] != type_:
        return None
    try:
        if RESOURCES[type_].row_type == "uuid":
            return UUID(parts[-1])
        number = int(parts[-1])
        return number if 0 < number < 2**63 and parts[-1].isascii() else None
    except ValueError:
        return None


def referred(parameter: Parameter, modifier: str, text: str) -> Where:
    """A reference to a resource of ours, or with ``identifier`` to whoever has that identifier."""
    if modifier == "identifier":
        found = token(RESOURCES[parameter.target].by_name["identifier"], "", text)
        table = RESOURCES[parameter.target].table
        return Where(f"{parameter.sql[0]} IN (SELECT e.id FROM {table} e WHERE {found.sql})", found.values)
    if modifier and modifier != parameter.target:
        return Where(NEVER)
    key = key_of(parameter.target, text)
    if key is None:
        return Where(NEVER)
    if parameter.target == "Patient":
        return Where(f"{parameter.sql[0]} = residents_survivor(%s)", (key,))
    if RESOURCES[parameter.target].chained:
        return Where(f"{parameter.sql[0]} IN {latest(RESOURCES[parameter.target].table)}", (key,))
    return Where(f"{parameter.sql[0]} = %s", (key,))


def worded(parameter: Parameter, modifier: str, text: str) -> Where:
    """From the beginning, whatever the case; ``exact`` the whole; ``contains`` anywhere."""
    if not text:
        return Where(NEVER)
    if modifier == "exact":
        return any_of(Where(f"{column} = %s", (text,)) for column in parameter.sql)
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    pattern = f"%{escaped}%" if modifier == "contains" else f"{escaped}%"
    found = []
    for column in parameter.sql:
        keys = "pinyin" in column or "initials" in column
        if not keys:
            found.append(Where(f"{column} ILIKE %s" if text.isascii() else f"{column} LIKE %s", (pattern,)))
        elif text.isascii():
            found.append(Where(f"{column} LIKE %s", (pattern.lower().replace(" ", ""),)))
    return any_of(found)


KINDS: dict[str, Callable[[Parameter, str, str], Where]] = {
    "token": token,
    "date": dated,
    "reference": referred,
    "string": worded,
}
MODIFIERS: dict[str, tuple[str, ...]] = {
    "token": ("", "not"),
    "date": ("",),
    "reference": (
        "",
        "identifier",
        *("Patient", "Encounter", "Organization", "Practitioner", "Location", "MedicationRequest"),
    ),
    "string": ("", "exact", "contains"),
}
