"""What the record knows about many residents at once: one SELECT, one row a resident, for scans of whole registers.

A value that nobody measured lately is NULL, and so is a disease that nobody diagnosed: no rule fires on the unknown.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .observations import CATALOGUE
from .registers import CONTROLS, REGISTERS

#: the latest so many days with a measurement count for control (国家基本公共卫生服务规范 looks at two in a row)
LOOK_BACK = 6
OLDEST = 730
"""Days: nothing older is read."""
ELDER = 65

ALIVE = "o.replaced_by_id IS NULL AND o.voided_reason = ''"


def known_sql(
    fresh: Mapping[str, int],
    *,
    registers: Mapping[str, str],
    uncontrolled: Mapping[str, str],
    where: str = "true",
) -> str:
    """The SELECT, with the parameters ``%(now)s`` and ``%(today)s`` (:func:`at`).

    ``fresh``: code of the catalogue to the days for which a value speaks; ``registers``: register to the name of a
    column that is true or NULL; ``uncontrolled``: register to the name of a column that counts how many of the latest
    days in a row missed the control target. ``where`` chooses residents ``r``; row-level security holds besides.
    Columns: ``resident_id``, ``age``, ``sex`` (male, female), the codes, and the named columns.
    """
    _only(fresh, CATALOGUE)
    _only(registers, REGISTERS)
    _only(uncontrolled, CONTROLS)
    days = ", ".join(f"('{code}', {int(span)})" for code, span in fresh.items())
    values = ", ".join(f"max(l.value) FILTER (WHERE l.code = '{code}') AS {code}" for code in fresh)
    runs = "".join(f", run_{n} AS ({_run(register)})" for n, register in enumerate(uncontrolled))
    joined = "".join(f" LEFT JOIN run_{n} ON run_{n}.resident_id = w.id" for n, _ in enumerate(uncontrolled))
    flags = [
        f"CASE WHEN '{register}' = ANY (d.registers) THEN true END AS {name}" for register, name in registers.items()
    ]
    counts = [
        f"CASE WHEN '{register}' = ANY (d.registers) THEN coalesce(run_{n}.visits, 0) END AS {name}"
        for n, (register, name) in enumerate(uncontrolled.items())
    ]
    return f"""
WITH wanted AS (
    SELECT r.id, r.sex, extract(year FROM age(%(today)s::date, r.birth_date))::int AS age
      FROM residents_resident r WHERE r.died_on IS NULL AND ({where})
), latest AS (
    SELECT DISTINCT ON (o.resident_id, o.code) o.resident_id, o.code, o.value
      FROM wanted w JOIN health_record_observation o ON o.resident_id = w.id
      JOIN (VALUES {days}) f(code, days) ON f.code = o.code
     WHERE {ALIVE} AND o.value IS NOT NULL AND o.effective_at <= %(now)s
       AND o.effective_at >= %(now)s::timestamptz - f.days * interval '1 day'
     ORDER BY o.resident_id, o.code, o.effective_at DESC
), measured AS (
    SELECT l.resident_id, {values} FROM latest l GROUP BY l.resident_id
), diseases AS (
    SELECT o.resident_id, array_agg(o.register) AS registers
      FROM wanted w JOIN health_record_condition o ON o.resident_id = w.id
     WHERE {ALIVE} AND o.register <> '' AND o.status <> 'resolved' GROUP BY o.resident_id
){runs}
SELECT w.id AS resident_id, w.age, CASE w.sex WHEN '1' THEN 'male' WHEN '2' THEN 'female' END AS sex,
       {", ".join([*(f"m.{code}" for code in fresh), *flags, *counts])}
  FROM wanted w LEFT JOIN measured m ON m.resident_id = w.id LEFT JOIN diseases d ON d.resident_id = w.id{joined}
"""  # noqa: S608


def _run(register: str) -> str:
    """How many of the latest days with a measurement, counted back from the newest, missed the target."""
    control = CONTROLS[register]
    missed = " OR ".join(
        f"o.code = '{code}' AND o.value >= CASE WHEN w.age >= {ELDER} THEN {control.elder[code]} ELSE {limit} END"
        for code, limit in control.limits.items()
    )
    codes = ", ".join(f"'{code}'" for code in control.limits)
    return f"""
    SELECT resident_id,
           count(*) FILTER (WHERE place <= {LOOK_BACK} AND place < coalesce(kept, {LOOK_BACK + 1})) AS visits
      FROM (SELECT resident_id, place, min(place) FILTER (WHERE NOT missed) OVER (PARTITION BY resident_id) AS kept
              FROM (SELECT o.resident_id, bool_or({missed}) AS missed,
                           row_number() OVER (PARTITION BY o.resident_id ORDER BY
                               (o.effective_at AT TIME ZONE 'Asia/Shanghai')::date DESC) AS place
                      FROM wanted w JOIN health_record_observation o ON o.resident_id = w.id
                     WHERE {ALIVE} AND o.value IS NOT NULL AND o.code IN ({codes}) AND o.effective_at <= %(now)s
                       AND o.effective_at > %(now)s::timestamptz - interval '{OLDEST} days'
                     GROUP BY o.resident_id, (o.effective_at AT TIME ZONE 'Asia/Shanghai')::date) days) marked
     GROUP BY resident_id"""  # noqa: S608


def at(now: datetime, today: date) -> dict[str, Any]:
    """The parameters of :func:`known_sql`."""
    return {"now": now, "today": today}


def _only(given: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    """Names become SQL: only those that we know."""
    if stranger := given.keys() - allowed.keys():
        raise KeyError(f"not known to the record: {', '.join(sorted(stranger))}")
