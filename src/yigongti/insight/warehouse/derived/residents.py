"""Residents at the end of each month."""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived

RESIDENT_MONTH = Derived(
    name="resident_month",
    title="居民月末情况",
    grain="一位在册居民每月一行（建档之后，死亡、迁出之前）",
    meaning="人口口径的分母。网格与签约机构取今天的记录。",
    columns=(
        MONTH,
        Column("resident_id", "uuid", "居民", personal=True),
        Column("organization_id", "bigint", "网格责任机构", meaning="居住地的责任机构；没有时为签约机构、建档机构"),
        Column("signed_organization_id", "bigint", "签约机构", meaning="空：月末未签约"),
        Column("signed", "bool", "月末已签约"),
        Column("sex", "text", "性别", meaning="1 男、2 女、0 未知、9 未说明", personal=True),
        Column("age", "int", "年龄", unit="岁", meaning="月末周岁", personal=True),
        Column("age_band", "text", "年龄段", meaning="0-6、7-17、18-34、35-44、45-54、55-64、65-74、75-84、85+"),
        Column("town_code", "text", "居住乡镇"),
        Column("county_code", "text", "居住县区"),
        Column("insurance_kind", "text", "医保类型"),
        Column(
            "registers", "list(text)", "在册专病", meaning="月末所在的专病登记，如 hypertension、diabetes；没有为空"
        ),
        Column("new", "bool", "本月建档"),
        Column("last_contact_on", "date", "最近一次服务", meaning="就诊、随访、体检、测量中最近的一次；满一年没有为空"),
        Column("days_since_contact", "int", "距最近服务", unit="天", meaning="月末距最近一次服务；满一年没有服务为空"),
    ),
    reads={"resident": None, "condition": None, "encounter": 12, "measurement": 12},
    key="resident_id",
    select="""
        WITH living AS (
            SELECT m.month, last_day(m.month) AS ends_on, r.*
            FROM wanted m JOIN resident r
              ON r.merged_into_id IS NULL AND CAST(r.registered_at AS DATE) <= last_day(m.month)
             AND (r.died_on IS NULL OR r.died_on > last_day(m.month))
             AND (r.moved_on IS NULL OR r.moved_on > last_day(m.month))
        ), contact AS (
            SELECT resident_id, date_trunc('month', day)::DATE AS month, max(day) AS day
            FROM (SELECT resident_id, day FROM encounter WHERE in_force
                  UNION ALL SELECT resident_id, day FROM measurement WHERE in_force)
            GROUP BY ALL
        ), entry AS (
            SELECT resident_id, register, min(coalesce(onset_on, day)) AS since,
                   CASE WHEN bool_and(abated_on IS NOT NULL) THEN max(abated_on) END AS until
            FROM condition
            WHERE in_force AND register <> '' AND verification = 'confirmed'
              AND (status <> 'resolved' OR abated_on IS NOT NULL)
            GROUP BY ALL
        ), entered AS (
            SELECT resident_id,
                   list({'register': register, 'since': since, 'until': until} ORDER BY register) AS entries
            FROM entry GROUP BY ALL
        ), aged AS (
            SELECT l.*, CASE WHEN c.month >= l.month - INTERVAL 12 MONTH THEN c.day END AS contact_on,
                   date_sub('year', l.birth_date, l.ends_on)::INTEGER AS years
            FROM living l ASOF LEFT JOIN contact c ON c.resident_id = l.resident_id AND c.month <= l.month
        )
        SELECT month, resident_id,
               coalesce(grid_organization_id, signed_organization_id, registered_by_id) AS organization_id,
               CASE WHEN signed_on <= ends_on THEN signed_organization_id END AS signed_organization_id,
               coalesce(signed_on <= ends_on, false) AS signed, sex, years AS age,
               CASE WHEN years <= 6 THEN '0-6' WHEN years <= 17 THEN '7-17' WHEN years <= 34 THEN '18-34'
                    WHEN years <= 44 THEN '35-44' WHEN years <= 54 THEN '45-54' WHEN years <= 64 THEN '55-64'
                    WHEN years <= 74 THEN '65-74' WHEN years <= 84 THEN '75-84' WHEN years > 84 THEN '85+'
               END AS age_band,
               town_code, county_code, insurance_kind,
               list_transform(
                   list_filter(entries, lambda e: e.since <= ends_on AND (e.until IS NULL OR e.until > ends_on)),
                   lambda e: e.register) AS registers,
               date_trunc('month', CAST(registered_at AS DATE)) = month AS new,
               contact_on AS last_contact_on, ends_on - contact_on AS days_since_contact
        FROM aged LEFT JOIN entered USING (resident_id)
    """,
)
