"""Facts of staff: who held which position, where, when."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal("staff_practitioner", "name", "pinyin", "phone", "code")

declare_fact(
    "staff",
    title="人员任职",
    grain="一人在一家机构一个岗位的一段任职一行",
    source_room="registry.staff",
    meaning="某日在岗：start_on <= 该日 且（until_on 为空 或 until_on > 该日）。数人用 practitioner_id。",
    columns=[
        Column("position_id", "bigint", "任职"),
        Column("practitioner_id", "bigint", "人员", personal=True, meaning="平台内的人员标识，不含姓名"),
        Column("sex", "text", "性别", meaning="1 男、2 女", personal=True),
        Column("title", "text", "职称"),
        Column("scope", "text", "执业范围"),
        Column("licensed", "bool", "有执业证"),
        Column("organization_id", "bigint", "机构"),
        Column("department_id", "bigint", "科室"),
        Column("department_code", "text", "诊疗科目代码"),
        Column("post", "text", "岗位"),
        Column(
            "kind", "text", "任用方式", meaning="employed 在编、contract 聘用、dispatched 派驻、multi-site 多点执业"
        ),
        Column("start_on", "date", "起"),
        Column("until_on", "date", "止（不含）", meaning="空：至今"),
    ],
    select="""
        SELECT p.id AS position_id, p.practitioner_id, s.sex, s.title, s.scope,
               s.licence <> '' AS licensed,
               p.organization_id, p.department_id, d.code AS department_code, p.post, p.kind,
               p.start AS start_on, p.until AS until_on
        FROM staff_position p
        JOIN staff_practitioner s ON s.id = p.practitioner_id
        LEFT JOIN organizations_department d ON d.id = p.department_id
    """,
)
