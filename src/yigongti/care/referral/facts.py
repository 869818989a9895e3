"""The fact of referrals: one row each, with how long every part took and how it ended.

Everything is computed from the steps that were taken (``cases_caseevent``), in one pass over them: a step that moves
the case ends the stay in the state before, so minutes by state are a sum over such steps. Waiting for an answer to a
question (待补充) is a state of its own and therefore not in the waiting of the receiver.
"""

from yigongti.kernel.facts.declaration import Column, conceal, declare_fact

conceal(
    "referral_referral",
    *("number", "reason_text", "summary", "history", "treatment", "package", "reply", "plan", "diagnosis"),
    *("appointment_place", "checklist"),
)

CASE = [
    Column("referral_id", "uuid", "转诊"),
    Column("resident_id", "uuid", "居民", personal=True),
    Column("episode_id", "uuid", "诊疗过程", meaning="同一次患病的上转、下转、再上转相同"),
    Column("basis_id", "uuid", "由来", meaning="由哪一份转诊接续而来"),
    Column("direction", "text", "方向", meaning="up 上转、down 下转"),
    Column("priority", "text", "紧急程度", meaning="red 红、yellow 黄、green 绿"),
    Column(
        "disease",
        "text",
        "病种",
        meaning="hypertension 高血压、diabetes 糖尿病、chest-pain 胸痛、stroke 脑卒中、"
        "copd 慢阻肺、pregnancy 孕产、other 其他",
    ),
    Column("diagnosis_code", "text", "ICD-10"),
    Column("reason_codes", "list(text)", "转诊原因", meaning="规则 referral/reasons 中的代码"),
    Column(
        "criterion", "text", "提出它的标准", meaning="规则#条目，如 referral/hypertension#emergency；空：医生自行发起"
    ),
    Column("from_organization_id", "bigint", "转出机构"),
    Column("from_tier", "text", "转出机构层级"),
    Column("to_organization_id", "bigint", "转入机构", meaning="改派后为最后的机构"),
    Column("to_tier", "text", "转入机构层级"),
    Column("handler_organization_id", "bigint", "代办机构", meaning="转入机构不用本平台时替它办理的机构"),
    Column("signed_organization_id", "bigint", "签约机构", meaning="发起时居民的签约机构"),
    Column("department_id", "bigint", "科室"),
    Column("privileges", "list(text)", "优先", meaning="clinic 门诊、exam 检查、bed 床位等"),
    Column("care_kind", "text", "接诊方式", meaning="outpatient 门诊、observation 留观、inpatient 住院；空：未接诊"),
    Column("state", "text", "状态", meaning="见 docs/workflows"),
    Column("steps", "int", "步骤数", unit="步", meaning="含提醒和超时"),
]
MOMENTS = [
    Column("opened_at", "timestamp", "发起时间"),
    Column("submitted_at", "timestamp", "首次提交时间"),
    Column("accepted_at", "timestamp", "末次接收时间"),
    Column("appointment_at", "timestamp", "预约时间"),
    Column("arrived_at", "timestamp", "到诊时间"),
    Column("replied_at", "timestamp", "首次回复或下转时间"),
    Column("closed_at", "timestamp", "办结时间", meaning="空：在办"),
]
MINUTES = [
    ("draft", "起草历时", "发起到提交；下转为“拟下转”和“待改派”到发出，累计"),
    ("review", "本院审核历时", "提交到本院同意或退回，累计"),
    ("waiting", "等待接收历时", "到达对方到接收、退回或要求补充，累计，不含补充资料的时间"),
    ("supplement", "补充资料历时", "对方要求补充到再交，累计"),
    ("appointment", "预约等待", "接收到预约的时间；未约时间为空"),
    ("arrival", "到诊历时", "末次接收到到诊"),
    ("treatment", "候诊历时", "到诊到开始诊疗（或直接回复、下转）"),
    ("reply", "诊疗到回复历时", "开始诊疗到写回复函或下转"),
    ("follow_up", "首次随访历时", "上转：回复到首次随访；下转：基层接收到首次随访"),
    ("total", "全程历时", "发起到办结"),
]
IN_TIME = [
    ("review", "审核按时"),
    ("accept", "接收按时"),
    ("arrive", "到诊按时"),
    ("treat", "接诊按时"),
    ("reply", "回复按时"),
    ("follow_up", "首次随访按时"),
]
FLAGS = [
    Column("accepted", "bool", "接收过"),
    Column("declined", "bool", "退回", meaning="对方退回（上转），或基层不能接收过（下转）"),
    Column("redirects", "int", "改派次数", unit="次"),
    Column("supplements", "int", "要求补充次数", unit="次"),
    Column("no_show", "bool", "未到诊过"),
    Column("handed_down", "bool", "已下转"),
    Column("closed_loop", "bool", "闭环", meaning="以首次随访办结；已下转的看接续的下转"),
    Column("withdrawn", "bool", "撤回"),
    Column(
        "terminated_cause",
        "text",
        "终止原因",
        meaning="died、admitted-elsewhere、consent-withdrawn、moved-away；空：未终止",
    ),
    Column("outcome_code", "text", "结局", meaning="规则 referral/reasons 中的代码"),
    Column("returned_in_30_days", "bool", "30 天内再上转", meaning="办结后 30 天内同一病种又发起上转；在办为空"),
    Column("alarms", "int", "超时催办次数", unit="次"),
    Column("changed_at", "timestamp", "变动时间", meaning="最近一步的记录时间；居民的档案合并或撤销合并时为其时间"),
]

declare_fact(
    "referral",
    title="转诊",
    grain="一份转诊（上转或下转）一行",
    source_room="care.referral",
    meaning="时长由办理步骤算出，单位分钟；还没有走完的部分为空。按时指在当时的时限之前，没有时限为空。",
    columns=[
        *CASE,
        *MOMENTS,
        *(Column(f"{name}_minutes", "decimal(12,2)", title, "分钟", meaning) for name, title, meaning in MINUTES),
        *(Column(f"{name}_in_time", "bool", title, meaning="还没有走到为空") for name, title in IN_TIME),
        *FLAGS,
    ],
    select="""
        WITH step AS (
            SELECT e.case_id, e.sequence, e.step, e.from_state, e.to_state, e.at, e.recorded_at,
                   e.from_state <> '' AND e.from_state <> e.to_state AS moves,
                   e.at <= lag(e.due_at) OVER story AS in_time,
                   max(CASE WHEN e.from_state <> e.to_state THEN e.at END) OVER earlier AS entered_at
            FROM cases_caseevent e
            WHERE e.workflow IN ('up-referral', 'down-referral')
            WINDOW story AS (PARTITION BY e.case_id ORDER BY e.sequence),
                   earlier AS (PARTITION BY e.case_id ORDER BY e.sequence
                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ), timed AS (
            SELECT s.case_id, s.step, s.from_state, s.to_state, s.at, s.recorded_at, s.moves, s.in_time,
                   CASE WHEN s.moves THEN extract(epoch FROM s.at - s.entered_at) / 60 END AS minutes
            FROM step s
        ), story AS (
            SELECT t.case_id, count(*)::int AS steps, max(t.recorded_at) AS changed_at,
                   min(t.at) FILTER (WHERE t.step = 'submit') AS submitted_at,
                   max(t.at) FILTER (WHERE t.step = 'accept') AS accepted_at,
                   min(t.at) FILTER (WHERE t.step IN ('conclude', 'hand_down')) AS replied_at,
                   sum(t.minutes) FILTER (WHERE t.step = 'submit') AS draft,
                   sum(t.minutes) FILTER (WHERE t.from_state = 'review') AS review,
                   sum(t.minutes) FILTER (WHERE t.from_state = 'submitted'
                                          AND t.step IN ('accept', 'decline', 'ask', 'refuse')) AS waiting,
                   sum(t.minutes) FILTER (WHERE t.step = 'answer') AS supplement,
                   sum(t.minutes) FILTER (WHERE t.from_state = 'arrived'
                                          AND t.step IN ('treat', 'conclude', 'hand_down')) AS treatment,
                   sum(t.minutes) FILTER (WHERE t.from_state = 'in_care'
                                          AND t.step IN ('conclude', 'hand_down')) AS reply,
                   sum(t.minutes) FILTER (WHERE t.step IN ('follow_up', 'first_contact')) AS follow_up,
                   bool_and(t.in_time) FILTER (WHERE t.from_state = 'review' AND t.moves) AS review_in_time,
                   bool_and(t.in_time) FILTER (WHERE t.from_state = 'submitted'
                                               AND t.step IN ('accept', 'decline', 'ask', 'refuse')) AS accept_in_time,
                   bool_and(t.in_time) FILTER (WHERE t.step = 'arrive') AS arrive_in_time,
                   bool_and(t.in_time) FILTER (WHERE t.from_state = 'arrived' AND t.moves
                                               AND t.step IN ('treat', 'conclude', 'hand_down')) AS treat_in_time,
                   bool_and(t.in_time) FILTER (WHERE t.from_state = 'in_care' AND t.moves
                                               AND t.step IN ('conclude', 'hand_down')) AS reply_in_time,
                   bool_and(t.in_time) FILTER (WHERE t.step IN ('follow_up', 'first_contact')) AS follow_up_in_time,
                   bool_or(t.step = 'accept') AS accepted,
                   bool_or(t.step IN ('decline', 'refuse')) AS declined,
                   (count(*) FILTER (WHERE t.step = 'redirect'))::int AS redirects,
                   (count(*) FILTER (WHERE t.step = 'ask'))::int AS supplements,
                   bool_or(t.step = 'miss') AS no_show,
                   (count(*) FILTER (WHERE t.step = 'overdue'))::int AS alarms
            FROM timed t
            GROUP BY t.case_id
        ), sequel AS (
            SELECT r.id, min(CASE WHEN r.direction = 'up' THEN r.opened_at END) OVER (
                       PARTITION BY r.resident_id, r.disease ORDER BY r.opened_at, r.id
                       ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_up_at
            FROM referral_referral r
        )
        SELECT r.id AS referral_id, r.resident_id, r.episode AS episode_id, r.basis_id, r.direction, r.priority,
               r.disease, r.diagnosis_code, r.reason_codes,
               nullif(r.proposal ->> 'policy', '') || '#' || (r.proposal ->> 'rule') AS criterion,
               r.home_organization_id AS from_organization_id, home.tier AS from_tier,
               r.counterpart_organization_id AS to_organization_id, counterpart.tier AS to_tier,
               r.handler_organization_id, r.signed_organization_id, r.department_id, r.privileges, r.care_kind, r.state,
               s.steps, r.opened_at, s.submitted_at, s.accepted_at, r.appointment_at, r.arrived_at, s.replied_at,
               r.closed_at,
               round(s.draft, 2)::numeric(12, 2) AS draft_minutes,
               round(s.review, 2)::numeric(12, 2) AS review_minutes,
               round(s.waiting, 2)::numeric(12, 2) AS waiting_minutes,
               round(s.supplement, 2)::numeric(12, 2) AS supplement_minutes,
               round(extract(epoch FROM r.appointment_at - s.accepted_at) / 60, 2)::numeric(12, 2)
                   AS appointment_minutes,
               round(extract(epoch FROM r.arrived_at - s.accepted_at) / 60, 2)::numeric(12, 2) AS arrival_minutes,
               round(s.treatment, 2)::numeric(12, 2) AS treatment_minutes,
               round(s.reply, 2)::numeric(12, 2) AS reply_minutes,
               round(s.follow_up, 2)::numeric(12, 2) AS follow_up_minutes,
               round(extract(epoch FROM r.closed_at - r.opened_at) / 60, 2)::numeric(12, 2) AS total_minutes,
               s.review_in_time, s.accept_in_time, s.arrive_in_time, s.treat_in_time, s.reply_in_time,
               s.follow_up_in_time, s.accepted, s.declined, s.redirects, s.supplements, s.no_show,
               r.state = 'handed_down' AS handed_down, r.state = 'closed' AS closed_loop,
               r.state = 'withdrawn' AS withdrawn,
               CASE WHEN r.state = 'terminated' THEN r.outcome_code END AS terminated_cause,
               nullif(r.outcome_code, '') AS outcome_code,
               CASE WHEN r.closed_at IS NOT NULL THEN
                   coalesce(n.next_up_at <= r.closed_at + interval '30 days', false)
               END AS returned_in_30_days,
               s.alarms, greatest(s.changed_at, p.restated_at) AS changed_at
        FROM referral_referral r
        JOIN residents_resident p ON p.id = r.resident_id
        JOIN story s ON s.case_id = r.id
        JOIN sequel n ON n.id = r.id
        JOIN organizations_organization home ON home.id = r.home_organization_id
        LEFT JOIN organizations_organization counterpart ON counterpart.id = r.counterpart_organization_id
    """,
    time_column="opened_at",
    watermark_column="changed_at",
)
