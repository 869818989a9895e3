"""The fact of reported values: every item of every edition, with its times."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal("reporting_report", "number", "answer")
conceal("reporting_item", "note", "reason", "answers")
conceal("reporting_evidence", "name", "content")

declare_fact(
    "reported_value",
    title="填报的指标",
    grain="一份填报的一版中一个指标一行",
    source_room="insight.reporting",
    meaning="在用的值看 in_force；更正以后原来的一版保留，in_force 为假。没有填写的文字和文件。",
    columns=[
        Column("item_id", "uuid", "填报项"),
        Column("report_id", "uuid", "填报"),
        Column("indicator", "text", "指标", meaning="指标集/编号，如 member-returns/staff-income"),
        Column("organization_id", "bigint", "填报机构"),
        Column("reviewer_organization_id", "bigint", "审核机构"),
        Column("level", "text", "层次", meaning="organization、centre、consortium、county"),
        Column("unit", "text", "统计单位"),
        Column("period_type", "text", "时期类型", meaning="month、quarter、year"),
        Column("period", "text", "时期", meaning="2026-05、2026Q2、2026"),
        Column("ends_on", "date", "时期末日"),
        Column("edition", "int", "版次", meaning="从 1 起；更正一次加一"),
        Column("in_force", "bool", "在用", meaning="是已接受、现在有效的一版"),
        Column("numerator", "decimal(28,6)", "分子"),
        Column("denominator", "decimal(28,6)", "分母"),
        Column("value", "decimal(28,6)", "数值"),
        Column("absent", "bool", "本期无数据"),
        Column("evidence_files", "int", "佐证材料", unit="份"),
        Column("verdict", "text", "审核", meaning="accepted 接受、returned 退回、空：未审"),
        Column("state", "text", "填报的状态", meaning="见 docs/workflows"),
        Column("entered_at", "timestamp", "填写时间"),
        Column("submitted_at", "timestamp", "提交时间", meaning="最近一次提交；未提交为空"),
        Column("judged_at", "timestamp", "审核时间"),
        Column("opened_at", "timestamp", "发起时间"),
        Column("first_submitted_at", "timestamp", "首次提交时间"),
        Column("changed_at", "timestamp", "变动时间"),
    ],
    select="""
        SELECT i.id AS item_id, r.id AS report_id, r.set || '/' || i.item AS indicator,
               r.home_organization_id AS organization_id, r.counterpart_organization_id AS reviewer_organization_id,
               r.level, r.unit, r.period_type, r.period, r.ends_on, i.edition,
               r.accepted_edition = i.edition AS in_force, i.numerator, i.denominator, i.value, i.absent,
               (SELECT count(*) FROM reporting_evidence e WHERE e.report_id = r.id AND e.item = i.item
                   AND e.edition <= i.edition AND (e.removed_in IS NULL OR e.removed_in > i.edition))::int
                   AS evidence_files,
               i.verdict, r.state, i.entered_at, r.submitted_at, i.judged_at, r.opened_at,
               s.first_submitted_at, greatest(i.entered_at, i.judged_at, s.changed_at) AS changed_at
        FROM reporting_item i
        JOIN reporting_report r ON r.id = i.report_id
        JOIN LATERAL (SELECT min(c.at) FILTER (WHERE c.step = 'submit') AS first_submitted_at,
                             max(c.recorded_at) AS changed_at
                        FROM cases_caseevent c WHERE c.case_id = r.id) s ON true
    """,
    time_column="ends_on",
    watermark_column="changed_at",
)
