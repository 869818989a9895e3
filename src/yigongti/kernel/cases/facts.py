"""The fact of all workflows: what happened in cases, step by step."""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal("cases_caseevent", "actor_name", "note", "data", "key")

declare_fact(
    "case_event",
    title="事项步骤",
    grain="一件事项的一步（含提醒和超时）一行",
    source_room="kernel.cases",
    meaning="转诊等一切流程的每一步；没有姓名和填写的文字。",
    columns=[
        Column("event_id", "uuid", "步骤"),
        Column("case_id", "uuid", "事项"),
        Column("workflow", "text", "流程", meaning="up-referral 上转、down-referral 下转"),
        Column("sequence", "int", "序号", meaning="在事项内从 1 起"),
        Column("step", "text", "做了什么", meaning="见 docs/workflows；open 发起、remind 提醒、overdue 超时"),
        Column("from_state", "text", "原状态", meaning="空文字：发起"),
        Column("to_state", "text", "新状态", meaning="与原状态相同：停留在原状态的一步"),
        Column("user_id", "bigint", "经办账号", personal=True, meaning="空：平台自己"),
        Column("organization_id", "bigint", "经办机构"),
        Column("resident_id", "uuid", "居民", personal=True),
        Column("at", "timestamp", "时间"),
        Column("day", "date", "日期", meaning="北京时间"),
        Column("deadline_at", "timestamp", "应在此前", meaning="这一步之前在走的时限；空：没有时限"),
        Column("in_time", "bool", "按时", meaning="改变状态的一步是否在时限之前；没有时限或未改变状态为空"),
        Column("minutes", "decimal(12,2)", "历时", unit="分钟", meaning="改变状态的一步：在原状态停留了多久；其余为空"),
        Column("alarm", "bool", "提醒或超时", meaning="平台的提醒和催办，不是人的一步"),
        Column("recorded_at", "timestamp", "记录时间"),
    ],
    select="""
        SELECT s.event_id, s.case_id, s.workflow, s.sequence, s.step, s.from_state, s.to_state, s.user_id,
               s.organization_id, s.resident_id, s.at, (s.at AT TIME ZONE 'Asia/Shanghai')::date AS day, s.deadline_at,
               CASE WHEN s.moved THEN s.at <= s.deadline_at END AS in_time,
               (CASE WHEN s.moved THEN round(extract(epoch FROM s.at - s.entered_at) / 60, 2) END)::numeric(12, 2)
                   AS minutes,
               s.step IN ('remind', 'overdue') AS alarm, s.recorded_at
        FROM (
            SELECT e.id AS event_id, e.case_id, e.workflow, e.sequence, e.step, e.from_state, e.to_state,
                   e.actor_id AS user_id, e.organization_id, e.resident_id, e.at, e.recorded_at,
                   e.from_state <> '' AND e.from_state <> e.to_state AS moved,
                   lag(e.due_at) OVER story AS deadline_at,
                   max(CASE WHEN e.from_state <> e.to_state THEN e.at END) OVER earlier AS entered_at
            FROM cases_caseevent e
            WINDOW story AS (PARTITION BY e.case_id ORDER BY e.sequence),
                   earlier AS (PARTITION BY e.case_id ORDER BY e.sequence
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) s
    """,
    time_column="at",
    watermark_column="recorded_at",
)
