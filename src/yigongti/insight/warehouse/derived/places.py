"""Who belonged where in a month: organisations, centres, consortia, counties."""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived

HIERARCHY = Derived(
    name="hierarchy",
    title="机构归属",
    grain="一家机构每月归属的每个统计单位一行",
    meaning="按月末当时的归属汇总：机构自己、所属中心（乡镇卫生院或社区中心连同村卫生室）、医共体、县区、全部",
    columns=(
        MONTH,
        Column("organization", "bigint", "机构"),
        Column("level", "text", "层次", meaning="organization、centre、consortium、county、all"),
        Column("unit", "text", "统计单位", meaning="机构、中心：机构标识；consortium：医共体标识；county：区划代码"),
    ),
    reads={"organization": None, "membership": None},
    key="level, unit, organization",
    organization="organization",
    select="""
        WITH open AS (
            SELECT m.month, last_day(m.month) AS ends_on, o.*
            FROM wanted m JOIN organization o
              ON (o.opened_on IS NULL OR o.opened_on <= last_day(m.month))
             AND (o.closed_on IS NULL OR o.closed_on > m.month)
        ), centre AS (
            SELECT o.month, o.ends_on, o.organization_id, o.county_code,
                   CASE WHEN o.tier = 'village' AND p.tier = 'township' THEN p.organization_id
                        ELSE o.organization_id END AS centre_id
            FROM open o LEFT JOIN organization p ON p.organization_id = o.part_of_id
        ), member AS (
            SELECT c.month, c.organization_id, min(m.consortium_id) AS consortium_id
            FROM centre c JOIN membership m ON m.organization_id IN (c.organization_id, c.centre_id)
             AND m.start_on <= c.ends_on AND (m.until_on IS NULL OR m.until_on > c.ends_on)
            GROUP BY ALL
        )
        SELECT month, organization_id AS organization, 'organization' AS level, organization_id::VARCHAR AS unit
        FROM open
        UNION ALL SELECT month, organization_id, 'centre', centre_id::VARCHAR FROM centre
        UNION ALL SELECT month, organization_id, 'consortium', consortium_id::VARCHAR FROM member
        UNION ALL SELECT month, organization_id, 'county', county_code FROM open WHERE county_code <> ''
        UNION ALL SELECT month, organization_id, 'all', 'all' FROM open
    """,
)
