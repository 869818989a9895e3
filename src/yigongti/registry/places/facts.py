"""Facts of places: how many people live where, and who is responsible for them."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "population",
    title="服务人口",
    grain="一个区域或网格一年一行",
    source_room="registry.places",
    meaning="由统计年鉴、普查等登记或用表格导入；责任机构取当年年末（本年取今天）的网格。",
    columns=[
        Column("population_id", "bigint", "人口记录"),
        Column("area_code", "text", "行政区划代码", meaning="GB/T 2260、统计用区划代码"),
        Column("area_level", "text", "级别", meaning="county 县区、town 乡镇、village 村（社区）等"),
        Column("grid_code", "text", "网格代码", meaning="按网格填报的；空文字：整个区域"),
        Column("year", "int", "年份"),
        Column("organization_id", "bigint", "责任机构", meaning="空：没有网格，或由几家机构分管而没有分网格的数"),
        Column("station_id", "bigint", "村卫生室（站）"),
        Column("residents", "bigint", "常住人口", unit="人"),
        Column("registered", "bigint", "户籍人口", unit="人"),
        Column("source", "text", "来源", meaning="数字出自哪里"),
        Column(
            "counted",
            "bool",
            "计入责任机构",
            meaning="同一机构的人只计一次：上级区域有数的，下级不再计；有分网格的数的，整个区域不再计",
        ),
    ],
    select="""
        WITH figure AS (
            SELECT p.id, p.area_id, p.grid, p.year, p.residents, p.registered, p.source,
                   least(make_date(p.year, 12, 31), current_date) AS at
            FROM places_servedpopulation p
        ), above AS (
            SELECT DISTINCT f.id, f.at, left(f.area_id, digits) AS area_id
            FROM figure f CROSS JOIN (VALUES (12), (9), (6), (4), (2)) AS lengths (digits)
            WHERE f.grid = ''
        ), near AS (
            SELECT a.id, g.centre_id, g.station_id,
                   rank() OVER (PARTITION BY a.id ORDER BY length(g.area_id) DESC) AS place
            FROM above a JOIN places_grid g
              ON g.area_id = a.area_id AND g.start <= a.at AND (g.until IS NULL OR g.until > a.at)
        ), responsible AS (
            SELECT id, CASE WHEN count(DISTINCT centre_id) = 1 THEN min(centre_id) END AS organization_id,
                   CASE WHEN count(*) = 1 THEN min(station_id) END AS station_id
            FROM near WHERE place = 1 GROUP BY id
            UNION ALL
            SELECT f.id, g.centre_id, g.station_id
            FROM figure f JOIN places_grid g
              ON g.code = f.grid AND g.start <= f.at AND (g.until IS NULL OR g.until > f.at)
            WHERE f.grid <> ''
        ), placed AS (
            SELECT f.id, f.area_id, f.grid, f.year, r.organization_id FROM figure f JOIN responsible r ON r.id = f.id
            WHERE r.organization_id IS NOT NULL
        ), hidden AS (
            SELECT low.id
            FROM placed low CROSS JOIN (VALUES (9), (6), (4), (2)) AS lengths (digits)
            JOIN placed high ON high.area_id = left(low.area_id, digits) AND high.year = low.year
             AND high.organization_id = low.organization_id AND length(high.area_id) < length(low.area_id)
            UNION
            SELECT whole.id FROM placed whole JOIN figure part
              ON part.area_id = whole.area_id AND part.year = whole.year AND part.grid <> '' AND whole.grid = ''
        )
        SELECT f.id AS population_id, f.area_id AS area_code, a.level AS area_level, f.grid AS grid_code,
               f.year::int AS year, r.organization_id, r.station_id, f.residents::bigint AS residents,
               f.registered::bigint AS registered, f.source,
               (r.organization_id IS NOT NULL AND h.id IS NULL) AS counted
        FROM figure f
        JOIN places_area a ON a.code = f.area_id
        LEFT JOIN responsible r ON r.id = f.id
        LEFT JOIN hidden h ON h.id = f.id
    """,
)
