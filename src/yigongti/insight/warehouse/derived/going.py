"""Where the residents of a place go when they are ill."""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived

CARE_MONTH = Derived(
    name="care_month",
    title="居民就医去向",
    grain="一家责任机构的居民、一种就医、一类去处、一种医保每月一行",
    meaning="从居民的居住地看就医：在基层、在县域内、在县域外。县域外只有进入平台的记录（转诊回复、异地就医数据）",
    stock=False,
    columns=(
        MONTH,
        Column("organization_id", "bigint", "网格责任机构", meaning="居民居住地的责任机构，今天的记录"),
        Column("kind", "text", "类别", meaning="outpatient 门诊、emergency 急诊、inpatient 住院、home 上门"),
        Column("tier", "text", "去处层级", meaning="就诊机构的层级：village、township、county、city"),
        Column("is_primary", "bool", "在基层"),
        Column("in_county", "bool", "在县域内", meaning="就诊机构与居民居住地同一县区；居住地不详为空"),
        Column("own_centre", "bool", "在责任机构", meaning="责任机构或它的下属站点"),
        Column("signed", "bool", "已签约", meaning="就诊那天之前已签约"),
        Column("insurance_kind", "text", "医保类型"),
        Column("visits", "bigint", "人次", unit="人次"),
        Column("stay_days", "bigint", "住院天数", unit="天", meaning="已出院者的住院天数之和"),
    ),
    reads={"encounter": 0, "resident": None, "organization": None},
    key="organization_id, kind, tier, is_primary, in_county, own_centre, signed, insurance_kind",
    select="""
        WITH sought AS (
            SELECT date_trunc('month', day)::DATE AS month, day, resident_id, organization_id, kind, stay_days
            FROM encounter
            WHERE in_force AND kind IN ('outpatient', 'emergency', 'inpatient', 'home')
              AND date_trunc('month', day)::DATE IN (SELECT month FROM wanted)
        ), living AS (
            SELECT resident_id, county_code, insurance_kind, signed_on,
                   coalesce(grid_organization_id, signed_organization_id, registered_by_id) AS home
            FROM resident
        )
        SELECT s.month, r.home AS organization_id, s.kind, o.tier, o.is_primary,
               o.county_code = r.county_code AS in_county,
               coalesce(r.home IN (o.organization_id, o.part_of_id), false) AS own_centre,
               coalesce(r.signed_on <= s.day, false) AS signed, r.insurance_kind, count(*) AS visits,
               coalesce(sum(s.stay_days), 0)::BIGINT AS stay_days
        FROM sought s
        JOIN living r ON r.resident_id = s.resident_id
        JOIN organization o ON o.organization_id = s.organization_id
        GROUP BY ALL
    """,
)
