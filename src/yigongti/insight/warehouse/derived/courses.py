"""How long each part of a referral took, from the steps that were taken."""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived


def _minutes(name: str, title: str, meaning: str) -> Column:
    return Column(f"{name}_minutes", "decimal(12,2)", title, "分钟", meaning)


REFERRAL_COURSE = Derived(
    name="referral_course",
    title="转诊历程",
    grain="一份已提交的转诊一行，计在发起的月份",
    meaning="提交、答复、接收、到诊、办结各用了多久，由办理步骤（case_event）算出；还没有走到的为空",
    stock=False,
    columns=(
        MONTH,
        Column("referral_id", "uuid", "转诊"),
        Column("resident_id", "uuid", "居民", personal=True),
        Column("direction", "text", "方向", meaning="up 上转、down 下转"),
        Column("priority", "text", "紧急程度", meaning="red 红、yellow 黄、green 绿"),
        Column("disease", "text", "病种"),
        Column("organization_id", "bigint", "转出机构"),
        Column("to_organization_id", "bigint", "转入机构"),
        Column("submitted_at", "timestamp", "首次提交时间"),
        Column("answered_at", "timestamp", "首次答复时间", meaning="对方第一次接收、退回、改派或要求补充"),
        Column("accepted_at", "timestamp", "末次接收时间"),
        Column("arrived_at", "timestamp", "到诊时间"),
        Column("closed_at", "timestamp", "办结时间"),
        _minutes("answer", "提交到答复", "首次提交到首次答复，含补充资料的时间"),
        _minutes("accept", "提交到接收", "首次提交到末次接收"),
        _minutes("arrive", "接收到到诊", "末次接收到到诊；只有上转有到诊"),
        _minutes("close", "到诊到办结", "到诊到办结；下转为接收到办结"),
        _minutes("whole", "提交到办结", "首次提交到办结"),
        Column("hands", "int", "经手机构", unit="家", meaning="办过一步的机构数，不计平台自己"),
    ),
    reads={"referral": 0, "case_event": 0},
    key="referral_id",
    select="""
        WITH opened AS (
            SELECT date_trunc('month', r.opened_at)::DATE AS month, r.*
            FROM referral r
            WHERE r.submitted_at IS NOT NULL
              AND date_trunc('month', r.opened_at)::DATE IN (SELECT month FROM wanted)
        ), step AS (
            SELECT e.case_id, min(e.at) FILTER (e.step = 'submit') AS submitted_at,
                   min(e.at) FILTER (e.from_state = 'submitted'
                                     AND e.step IN ('accept', 'decline', 'ask', 'refuse', 'redirect')) AS answered_at,
                   max(e.at) FILTER (e.step = 'accept') AS accepted_at,
                   count(DISTINCT e.organization_id) FILTER (NOT e.alarm)::INTEGER AS hands
            FROM case_event e SEMI JOIN opened o ON o.referral_id = e.case_id
            GROUP BY ALL
        ), timed AS (
            SELECT o.month, o.referral_id, o.resident_id, o.direction, o.priority, o.disease, o.from_organization_id,
                   o.to_organization_id,
                   s.submitted_at, s.answered_at, s.accepted_at, o.arrived_at, o.closed_at, s.hands
            FROM opened o JOIN step s ON s.case_id = o.referral_id
        )
        SELECT month, referral_id, resident_id, direction, priority, disease,
               from_organization_id AS organization_id, to_organization_id,
               submitted_at, answered_at, accepted_at, arrived_at, closed_at,
               date_diff('second', submitted_at, answered_at) / 60 AS answer_minutes,
               date_diff('second', submitted_at, accepted_at) / 60 AS accept_minutes,
               date_diff('second', accepted_at, arrived_at) / 60 AS arrive_minutes,
               date_diff('second', coalesce(arrived_at, accepted_at), closed_at) / 60 AS close_minutes,
               date_diff('second', submitted_at, closed_at) / 60 AS whole_minutes,
               hands
        FROM timed
    """,
)
