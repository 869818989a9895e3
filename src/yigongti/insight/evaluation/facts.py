"""What evaluations tell the warehouse: every item of every participant of a published evaluation."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "evaluation_score",
    title="考核得分",
    grain="一次已发布的考核中一家单位的一个项目一行",
    source_room="insight.evaluation",
    meaning="考核的计算值、计分值、得分；更正版发布后新旧两版都在，edition 大的有效。",
    columns=[
        Column("score_id", "bigint", "得分"),
        Column("evaluation_id", "uuid", "考核"),
        Column("edition", "int", "第几版"),
        Column("policy", "text", "方案"),
        Column("period", "text", "时期", meaning="2026Q3 为季度，2026 为年度"),
        Column("organization_id", "bigint", "参评机构"),
        Column("unit", "text", "统计单位"),
        Column("item", "text", "项目"),
        Column("indicator", "text", "指标"),
        Column("computed", "decimal(28,6)", "计算值"),
        Column("value", "decimal(28,6)", "计分值"),
        Column(
            "basis", "text", "依据", meaning="computed 计算、reported 填报、self 自评、judged 评审、appeal 申诉更正"
        ),
        Column("percent", "decimal(9,4)", "得分率", unit="%"),
        Column("weight", "decimal(9,4)", "权重", unit="分"),
        Column("points", "decimal(9,4)", "得分", unit="分"),
        Column("total", "decimal(9,4)", "总分", unit="分"),
        Column("grade", "text", "等次"),
        Column("rank", "int", "名次"),
        Column("peers", "int", "参评数", meaning="名次的分母"),
        Column("published_at", "timestamp", "发布时间"),
        Column("day", "date", "发布日期", meaning="北京时间"),
    ],
    select="""
        SELECT s.id AS score_id, e.id AS evaluation_id, e.edition, e.policy, e.period,
               a.home_organization_id AS organization_id, a.unit, s.item, s.indicator, s.computed, s.value, s.basis,
               s.percent, s.weight, s.points, a.total, a.grade, a.rank, a.peers, e.closed_at AS published_at,
               (e.closed_at AT TIME ZONE 'Asia/Shanghai')::date AS day
        FROM evaluation_score s
        JOIN evaluation_answer a ON a.id = s.answer_id
        JOIN evaluation_evaluation e ON e.id = a.evaluation_id
        WHERE e.state = 'published'
    """,
    time_column="published_at",
    watermark_column="published_at",
)
