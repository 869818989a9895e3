"""Who belonged where in a month: organisations, centres, consortia, counties; and how many people they serve."""

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

POPULATION_MONTH = Derived(
    name="population_month",
    title="服务人口",
    grain="一家责任机构每月一行",
    meaning="人均指标的分母：各区域、网格不晚于当年的最近一次人口数，每人只计一次；没有人口数的机构取在册居民数",
    columns=(
        MONTH,
        Column("organization_id", "bigint", "责任机构"),
        Column("residents", "bigint", "常住人口", unit="人"),
        Column("registered", "bigint", "户籍人口", unit="人", meaning="填了户籍人口的区域之和；空：都没有填"),
        Column("records", "bigint", "在册居民", unit="人", meaning="月末在册的居民档案"),
        Column("year", "int", "人口年份", meaning="所用各数中最早的年份；空：取在册居民数"),
    ),
    reads={"population": None, "resident_month": 0},
    key="organization_id",
    select="""
        WITH latest AS (
            SELECT m.month, p.organization_id, p.area_code, max(p.year) AS year
            FROM wanted m JOIN population p ON p.counted AND p.year <= year(m.month)
            GROUP BY ALL
        ), standing AS (
            SELECT * FROM latest l
            WHERE NOT EXISTS (
                SELECT 1 FROM latest newer
                WHERE newer.month = l.month AND newer.organization_id = l.organization_id AND newer.year > l.year
                  AND (starts_with(l.area_code, newer.area_code) OR starts_with(newer.area_code, l.area_code)))
        ), reported AS (
            SELECT s.month, s.organization_id, sum(p.residents)::BIGINT AS residents,
                   sum(p.registered)::BIGINT AS registered, min(s.year) AS year
            FROM standing s JOIN population p ON p.counted AND p.organization_id = s.organization_id
             AND p.area_code = s.area_code AND p.year = s.year
            GROUP BY ALL
        ), known AS (
            SELECT month, organization_id, count(*) AS residents
            FROM resident_month WHERE month IN (SELECT month FROM wanted) AND organization_id IS NOT NULL
            GROUP BY ALL
        )
        SELECT coalesce(r.month, k.month) AS month, coalesce(r.organization_id, k.organization_id) AS organization_id,
               coalesce(r.residents, k.residents) AS residents, r.registered, coalesce(k.residents, 0) AS records,
               r.year
        FROM reported r FULL JOIN known k ON k.month = r.month AND k.organization_id = r.organization_id
    """,
)
