"""Facts of consortia: who belonged to which, when, as what."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "membership",
    title="医共体成员",
    grain="一家机构在一个医共体的一段成员期一行",
    source_room="registry.consortia",
    meaning="某日的成员：start_on <= 该日 且（until_on 为空 或 until_on > 该日）。",
    columns=[
        Column("membership_id", "bigint", "成员期"),
        Column("consortium_id", "bigint", "医共体"),
        Column("consortium_code", "text", "医共体代码"),
        Column("consortium_name", "text", "医共体名称"),
        Column("kind", "text", "组建形式", meaning="county 县域医共体、urban-group 城市医疗集团等"),
        Column("tightness", "text", "紧密程度", meaning="tight 紧密型、loose 松散型"),
        Column("area_code", "text", "行政区划代码", meaning="医共体所在县区"),
        Column("organization_id", "bigint", "机构"),
        Column("role", "text", "角色", meaning="lead 牵头单位、branch 分院、member 成员、partner 协作"),
        Column("lead_organization_id", "bigint", "牵头单位", meaning="成员期开始那天的牵头单位"),
        Column("start_on", "date", "起"),
        Column("until_on", "date", "止（不含）", meaning="成员期或医共体的结束日，取早者；空：至今"),
    ],
    select="""
        SELECT m.id AS membership_id, c.id AS consortium_id, c.code AS consortium_code, c.name AS consortium_name,
               c.kind, c.tightness, c.area_code, m.organization_id, m.role,
               lead.organization_id AS lead_organization_id, m.start AS start_on,
               least(m.until, c.until) AS until_on
        FROM consortia_membership m
        JOIN consortia_consortium c ON c.id = m.consortium_id
        LEFT JOIN consortia_membership lead
          ON lead.consortium_id = m.consortium_id AND lead.role = 'lead'
         AND lead.start <= m.start AND (lead.until IS NULL OR lead.until > m.start)
    """,
)
