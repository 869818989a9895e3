"""Facts of residents: pseudonymous, one row a person."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal(
    "residents_resident",
    *("number", "name", "name_pinyin", "name_initials", "other_pinyin", "other_initials", "given_name", "features"),
)
conceal("residents_contact", "name")
conceal("residents_identitymove", "resident_name", "target_name", "reason")
conceal("residents_residentmerge", "survivor_name", "loser_name", "reason")
conceal("residents_sourceidentity", "name", "name_pinyin", "source_key", "household", "mother_key", "extra")

declare_fact(
    "resident",
    title="居民",
    grain="一份档案一行（含已故、迁出的，和并入另一份的）",
    source_room="records.residents",
    meaning="今天的情况；过去某日的签约看签约记录。没有姓名、证件号码、电话和住址。",
    columns=[
        Column("resident_id", "uuid", "居民", personal=True, meaning="平台内的随机标识，与证件号码无关"),
        Column("sex", "text", "性别", personal=True, meaning="GB/T 2261.1：1 男、2 女、0 未知、9 未说明"),
        Column("birth_date", "date", "出生日期", personal=True),
        Column("birth_estimated", "bool", "出生日期为估计"),
        Column("area_code", "text", "居住村（社区）", personal=True, meaning="GB/T 2260 十二位；空：不详"),
        Column("town_code", "text", "居住乡镇（街道）", meaning="区划代码前九位"),
        Column("county_code", "text", "居住县区", meaning="区划代码前六位"),
        Column("grid_organization_id", "bigint", "网格责任机构", meaning="今天对居住地负责的机构"),
        Column("signed_organization_id", "bigint", "签约机构", meaning="今天的家庭医生签约机构；空：未签约"),
        Column("signed_doctor_id", "bigint", "签约家庭医生"),
        Column("signed_on", "date", "签约日期"),
        Column("ethnicity", "text", "民族", personal=True),
        Column("insurance_kind", "text", "医保类型"),
        Column("registered_by_id", "bigint", "建档机构"),
        Column("registered_at", "timestamp", "建档时间"),
        Column("died_on", "date", "死亡日期", personal=True),
        Column("moved_on", "date", "迁出日期"),
        Column(
            "merged_into_id",
            "uuid",
            "已并入",
            personal=True,
            meaning="与另一份档案合并后保留的那份；统计人数时取空。别的事实中仍指本行的，归到那一位",
        ),
    ],
    select="""
        SELECT r.id AS resident_id, r.sex, r.birth_date, r.birth_estimated, r.area_id AS area_code,
               left(r.area_id, 9) AS town_code, left(r.area_id, 6) AS county_code,
               grid.centre_id AS grid_organization_id, signing.organization_id AS signed_organization_id,
               signing.doctor_id AS signed_doctor_id, signing.start AS signed_on,
               r.ethnicity, r.insurance_kind, r.registered_by_id, r.registered_at, r.died_on, r.moved_on,
               CASE WHEN r.merged_into_id IS NOT NULL THEN residents_survivor(r.id) END AS merged_into_id
        FROM residents_resident r
        LEFT JOIN residents_signedcentre signing
          ON signing.resident_id = r.id
         AND signing.start <= current_date AND (signing.until IS NULL OR signing.until > current_date)
        LEFT JOIN (
            SELECT DISTINCT ON (area_id) area_id, centre_id
            FROM places_grid
            WHERE start <= current_date AND (until IS NULL OR until > current_date)
            ORDER BY area_id, code
        ) grid ON grid.area_id = r.area_id
    """,
    time_column="registered_at",
)
