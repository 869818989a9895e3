"""Pieces of FHIR JSON as SQL expressions: coding, concept, reference, period, quantity.

Every piece is NULL where there is nothing to say, and NULL members are dropped when the resource is finished.
A per cent sign is written twice: the statements take parameters.
"""

from .systems import SOURCE, UCUM, address_sql, ucum_sql

ZONE = "Asia/Shanghai"


def literal(value: str) -> str:
    """An SQL literal."""
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"


def said(column: str) -> str:
    """The text, NULL where it is empty."""
    return f"nullif({column}, '')"


def made(**members: str) -> str:
    """An object; members are SQL. A trailing underscore of a name is dropped (``class_``)."""
    pairs = ", ".join(f"'{name.rstrip('_')}', {sql}" for name, sql in members.items())
    return f"jsonb_build_object({pairs})"


def some(**members: str) -> str:
    """An object, NULL when all its members are."""
    return f"nullif(jsonb_strip_nulls({made(**members)}), '{{}}'::jsonb)"


def several(*items: str) -> str:
    """A list of what is not NULL; NULL when nothing is left."""
    if len(items) == 1:
        return f"CASE WHEN {items[0]} IS NOT NULL THEN jsonb_build_array({items[0]}) END"
    return f"nullif(to_jsonb(array_remove(ARRAY[{', '.join(items)}]::jsonb[], NULL)), '[]'::jsonb)"


def coding(system: str, code: str, display: str = "NULL") -> str:
    """A coding; all three are SQL. NULL without a code."""
    return given(code, system=system, code=code, display=said(display))


def fixed(system: str, code: str, display: str = "NULL") -> str:
    """A concept with one coding of a known system; ``code`` is SQL. NULL without a code."""
    return given(code, coding=several(made(system=literal(system), code=code, display=display)))


def concept(*codings: str, text: str = "NULL") -> str:
    """A concept: what can be coded, and the words."""
    return some(coding=several(*codings), text=f"nullif({text}, '')")


def own_coding(default: str, display: str = "NULL") -> str:
    """What ``code`` and ``code_system`` of a row say."""
    return coding(address_sql("e.code_system", default), "e.code", display)


def local_coding(alias: str = "e") -> str:
    """The source's own code, always kept beside ours; never the same coding twice."""
    return (
        f"CASE WHEN {alias}.local_code <> '' AND ({alias}.local_code, {alias}.local_system) <> ({alias}.code, "
        f"{alias}.code_system) THEN "
        + coding(address_sql(f"{alias}.local_system"), f"{alias}.local_code", f"{alias}.local_name")
        + " END"
    )


def instant(column: str) -> str:
    """A time to the second, in Beijing time."""
    return f"""to_char({column} AT TIME ZONE '{ZONE}', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""


def fine_instant(column: str) -> str:
    """A time to the millisecond, for what is compared."""
    return f"""to_char({column} AT TIME ZONE '{ZONE}', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+08:00"')"""


def period(start: str, end: str) -> str:
    """A period; both are SQL texts."""
    return some(start=start, end=end)


def reference(kind: str, key: str, display: str = "NULL") -> str:
    """A reference to a resource of ours; ``key`` is SQL."""
    body = made(reference=f"'{kind}/' || {key}", display=display)
    return f"CASE WHEN {key} IS NOT NULL THEN {body} END"


def referred(kind: str, alias: str, table: str) -> str:
    """A reference to a row of the record that is joined as ``alias``, by its lasting id."""
    body = made(reference=f"'{kind}/' || ({logical_id(alias, table)})")
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {body} END"


def given(column: str, **members: str) -> str:
    """An object where the column says something."""
    return f"CASE WHEN {column} <> '' THEN {made(**members)} END"


def shown(column: str) -> str:
    """A reference in words only."""
    return given(column, display=column)


def first(*choices: tuple[str, str]) -> str:
    """The value of the first condition that holds."""
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in choices) + " END"


def quantity(value: str, unit: str) -> str:
    """A quantity; the UCUM code stands beside units that are known."""
    code = ucum_sql(unit)
    system = f"CASE WHEN {code} IS NOT NULL THEN '{UCUM}' END"
    body = made(value=f"trim_scale({value})", unit=f"nullif({unit}, '')", system=system, code=code)
    return f"CASE WHEN {value} IS NOT NULL THEN {body} END"


def notes(*columns: str) -> str:
    """Annotations."""
    return several(*(f"CASE WHEN {column} <> '' THEN {made(text=column)} END" for column in columns))


def source_identifier(alias: str = "e") -> str:
    """The key under which the source knows the row."""
    system = f"'{SOURCE}' || {alias}.source"
    body = made(system=system, value=f"{alias}.source_key")
    return f"CASE WHEN {alias}.source_key <> '' AND {alias}.source <> '' THEN {body} END"


def logical_id(alias: str, table: str) -> str:
    """The key of a row's first version: it stays while the row is corrected."""
    return (
        f"CASE WHEN {alias}.version = 1 THEN {alias}.id ELSE (WITH RECURSIVE back AS (SELECT {alias}.id AS id, "
        f"{alias}.version AS version UNION ALL SELECT p.id, p.version FROM back JOIN {table} p "
        f"ON p.replaced_by_id = back.id AND p.resident_id = {alias}.resident_id) "
        f"SELECT back.id FROM back ORDER BY back.version LIMIT 1) END"
    )


def latest(table: str, key: str = "%s") -> str:
    """SQL: keys of all versions from the one named on, for looking a row up by any of its keys."""
    return (
        f"(WITH RECURSIVE onward AS (SELECT n.id, n.replaced_by_id FROM {table} n WHERE n.id = {key} UNION ALL "
        f"SELECT n.id, n.replaced_by_id FROM onward JOIN {table} n ON n.id = onward.replaced_by_id) "
        "SELECT onward.id FROM onward)"
    )
