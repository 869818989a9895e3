"""Facts of places: how many people live where, and which organisation answers for them."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "grid_population",
    title="网格人口",
    grain="一个有网格的区域一年一行",
    source_room="registry.places",
    meaning="人口年报由电子表格导入；责任机构取今天的网格，没有网格的区域不在其中",
    columns=[
        Column("population_id", "bigint", "记录"),
        Column("area_code", "text", "区域", meaning="GB/T 2260"),
        Column("county_code", "text", "县区代码"),
        Column("organization_id", "bigint", "责任机构"),
        Column("year", "int", "年份"),
        Column("residents", "bigint", "常住人口", unit="人"),
        Column("registered", "bigint", "户籍人口", unit="人", meaning="空：未填"),
    ],
    select="""
        SELECT p.id AS population_id, p.area_id::text AS area_code, left(p.area_id, 6) AS county_code,
               g.centre_id AS organization_id, p.year::int AS year, p.residents::bigint AS residents,
               p.registered::bigint AS registered
        FROM places_servedpopulation p
        JOIN (
            SELECT DISTINCT ON (area_id) area_id, centre_id
            FROM places_grid
            WHERE start <= current_date AND (until IS NULL OR until > current_date)
            ORDER BY area_id, code
        ) g ON g.area_id = p.area_id
    """,
)
