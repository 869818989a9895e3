"""Facts of organisations."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal("organizations_organization", "phone", "address", "pinyin")

declare_fact(
    "organization",
    title="机构",
    grain="一家机构一行（含已撤销的）",
    source_room="registry.organizations",
    columns=[
        Column("organization_id", "bigint", "机构", meaning="平台内的机构标识，其他事实的 …organization_id 指向它"),
        Column("code", "text", "机构代码", meaning="国家卫生机构代码；没有时为平台自编代码"),
        Column("name", "text", "名称"),
        Column(
            "tier",
            "text",
            "层级",
            meaning="village 村、township 乡镇（社区中心）、county 县、city 市、support 支撑、authority 行政",
        ),
        Column("is_primary", "bool", "基层机构", meaning="层级为村或乡镇（社区）"),
        Column("institution_class", "text", "机构类别", meaning="WS 218 卫生机构类别代码"),
        Column("level", "text", "医院等级", meaning="级与等；未定级为空文字"),
        Column("management_type", "text", "分类管理", meaning="非营利性、营利性"),
        Column("part_of_id", "bigint", "上级机构", meaning="如村卫生室所属的乡镇卫生院"),
        Column("area_code", "text", "行政区划代码", meaning="GB/T 2260"),
        Column("county_code", "text", "县区代码", meaning="行政区划代码的前六位"),
        Column("beds", "int", "编制床位", unit="张"),
        Column("on_platform", "bool", "使用本平台"),
        Column("departments", "int", "科室数", unit="个", meaning="今天开设的科室"),
        Column("longitude", "decimal(9,6)", "经度", unit="度"),
        Column("latitude", "decimal(8,6)", "纬度", unit="度"),
        Column("opened_on", "date", "设立日期"),
        Column("closed_on", "date", "撤销日期", meaning="这一天起不再存在；空：仍在"),
    ],
    select="""
        SELECT o.id AS organization_id, o.code, o.name, o.tier, o.tier IN ('village', 'township') AS is_primary,
               o.institution_class, o.level, o.management_type, o.part_of_id, o.area_code,
               left(o.area_code, 6) AS county_code, o.beds, o.on_platform,
               coalesce(d.departments, 0) AS departments, o.longitude, o.latitude, o.opened_on, o.closed_on
        FROM organizations_organization o
        LEFT JOIN (
            SELECT organization_id, count(*)::int AS departments
            FROM organizations_department
            WHERE opened_on <= current_date AND (closed_on IS NULL OR closed_on > current_date)
            GROUP BY organization_id
        ) d ON d.organization_id = o.id
    """,
)
