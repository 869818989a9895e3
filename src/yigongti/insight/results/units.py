"""The units that results are for, named from the registers."""

from collections.abc import Iterable

from django.db import connection

LEVELS = """
    INSERT INTO results_unit AS u (level, key, title, county, organization_id, consortium_id)
    SELECT g.level, g.key,
           coalesce(nullif(o.short_name, ''), o.name, c.name, r.name,
                    CASE WHEN g.level = 'all' THEN '全部' ELSE g.key END),
           coalesce(left(o.area_code, 6), left(c.area_code, 6), CASE WHEN g.level = 'county' THEN g.key END, ''),
           o.id, c.id
    FROM unnest(%s::text[], %s::text[]) AS g (level, key)
    LEFT JOIN organizations_organization o ON g.level IN ('organization', 'centre') AND o.id::text = g.key
    LEFT JOIN consortia_consortium c ON g.level = 'consortium' AND c.id::text = g.key
    LEFT JOIN places_area r ON g.level = 'county' AND r.code = g.key
    ON CONFLICT (level, key) DO UPDATE
    SET title = excluded.title, county = excluded.county, organization_id = excluded.organization_id,
        consortium_id = excluded.consortium_id
    WHERE (u.title, u.county, u.organization_id, u.consortium_id)
          IS DISTINCT FROM (excluded.title, excluded.county, excluded.organization_id, excluded.consortium_id)
"""


def name(units: Iterable[tuple[str, str]]) -> None:
    """Know these units (level, key), each by the name that the registers give it today."""
    listed = sorted(set(units))
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, [[level for level, _ in listed], [key for _, key in listed]])


def titles() -> dict[tuple[str, str], str]:
    """(level, key) → the name of each unit that has results."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT level, key, title FROM results_unit")
        return {(level, key): title for level, key, title in cursor.fetchall()}
