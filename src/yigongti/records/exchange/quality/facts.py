"""The fact of quality: what was looked at and what was good, by source, month, target and measure, as it stands."""

from yigongti.kernel.facts.declaration import Column, declare_fact

declare_fact(
    "data_quality",
    title="来源数据质量",
    grain="一个来源、一个月、一个指标、一类内容一行（现行的一次公布）",
    source_room="records.exchange.quality",
    meaning="合格率由合格数与检查数算出；维度得分和总分按政策 exchange/quality 的权重平均。",
    columns=[
        Column("source", "text", "来源系统"),
        Column("organization_id", "bigint", "来源所属机构"),
        Column("month", "date", "月份", meaning="事情发生的月份，当月第一天"),
        Column("measure", "text", "指标", meaning="政策 exchange/quality 中的标识"),
        Column("target", "text", "内容", meaning="接收目标；空：整行不能识别"),
        Column("good", "bigint", "合格", unit="行"),
        Column("looked", "bigint", "检查", unit="行"),
        Column("score", "decimal(5,2)", "该来源该月总分", unit="分"),
        Column("policy_version", "text", "政策版本"),
        Column("revision", "int", "第几次公布"),
        Column("published_at", "timestamp", "公布时间"),
    ],
    select="""
        SELECT q.source, s.organization_id, q.month, m.key AS measure, t.key AS target,
               (t.value ->> 0)::bigint AS good, (t.value ->> 1)::bigint AS looked, q.score,
               q.policy AS policy_version, q.revision, q.published_at
        FROM data_quality_qualitymonth q JOIN residents_sourcesystem s ON s.code = q.source
        CROSS JOIN LATERAL jsonb_each(q.counts) m CROSS JOIN LATERAL jsonb_each(m.value) t
        WHERE q.replaced_at IS NULL
    """,
    time_column="month",
    watermark_column="published_at",
)
