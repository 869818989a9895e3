"""Organisations and their people at the end of each month."""

from yigongti.kernel.facts.declaration import Column

from .declaration import MONTH, Derived

STAFF_MONTH = Derived(
    name="staff_month",
    title="人员月末在岗",
    grain="一人在一家机构一个岗位，月末在岗的每月一行",
    columns=(
        MONTH,
        Column("position_id", "bigint", "任职"),
        Column("practitioner_id", "bigint", "人员", personal=True),
        Column("organization_id", "bigint", "机构"),
        Column(
            "organization_tier", "text", "机构层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"
        ),
        Column("title", "text", "职称"),
        Column("scope", "text", "执业范围"),
        Column("licensed", "bool", "有执业证"),
        Column("post", "text", "岗位"),
        Column(
            "kind", "text", "任职方式", meaning="employed 在编、contract 聘用、dispatched 派驻、multi-site 多点执业"
        ),
        Column("months", "int", "已任职月数", unit="月", meaning="到月末的整月数"),
    ),
    reads={"staff": None, "organization": None},
    key="position_id",
    select="""
        SELECT m.month, s.position_id, s.practitioner_id, s.organization_id, o.tier AS organization_tier, s.title,
               s.scope, s.licensed, s.post, s.kind,
               date_sub('month', s.start_on, last_day(m.month) + 1)::INTEGER AS months
        FROM wanted m
        JOIN staff s ON s.start_on <= last_day(m.month) AND (s.until_on IS NULL OR s.until_on > last_day(m.month))
        JOIN organization o ON o.organization_id = s.organization_id
    """,
)

ORG_MONTH = Derived(
    name="org_month",
    title="机构月度运行",
    grain="一家月末开办的机构每月一行",
    columns=(
        MONTH,
        Column("organization_id", "bigint", "机构"),
        Column("tier", "text", "层级", meaning="village 村、township 乡镇（社区）、county 县、city 市"),
        Column("is_primary", "bool", "基层机构"),
        Column("beds", "int", "编制床位", unit="张"),
        Column("bed_days", "int", "床日", unit="床日", meaning="编制床位乘当月天数"),
        Column("outpatient", "bigint", "门诊人次", unit="人次"),
        Column("emergency", "bigint", "急诊人次", unit="人次"),
        Column("admissions", "bigint", "入院人次", unit="人次"),
        Column("discharges", "bigint", "出院人次", unit="人次"),
        Column("stay_days", "bigint", "出院者住院日", unit="床日", meaning="当月出院者的住院天数之和"),
        Column(
            "occupied_days",
            "bigint",
            "实际占用床日",
            unit="床日",
            meaning="当月在院的天数，出院日不计；入院满两年的不计",
        ),
        Column("follow_ups", "bigint", "随访人次", unit="人次"),
        Column("doctors", "bigint", "在岗医师", unit="人", meaning="有执业证的任职"),
    ),
    reads={"organization": None, "encounter": 24, "staff_month": 0},
    key="organization_id",
    select="""
        WITH standing AS (
            SELECT m.month, last_day(m.month) AS ends_on, o.*
            FROM wanted m JOIN organization o
              ON (o.opened_on IS NULL OR o.opened_on <= last_day(m.month))
             AND (o.closed_on IS NULL OR o.closed_on > m.month)
        ), begun AS (
            SELECT organization_id, date_trunc('month', day)::DATE AS month,
                   count_if(kind = 'outpatient') AS outpatient, count_if(kind = 'emergency') AS emergency,
                   count_if(kind = 'inpatient') AS admissions, count_if(kind IN ('follow-up', 'home')) AS follow_ups
            FROM encounter WHERE in_force AND date_trunc('month', day)::DATE IN (SELECT month FROM wanted) GROUP BY ALL
        ), stay AS (
            SELECT e.organization_id, m.month,
                   count_if(e.ended_at::DATE BETWEEN m.month AND last_day(m.month)) AS discharges,
                   sum(e.stay_days) FILTER (e.ended_at::DATE BETWEEN m.month AND last_day(m.month)) AS stay_days,
                   sum(greatest(0, least(coalesce(e.ended_at::DATE, last_day(m.month) + 1), last_day(m.month) + 1)
                                   - greatest(e.day, m.month))) AS occupied_days
            FROM wanted m JOIN encounter e ON e.in_force AND e.kind = 'inpatient' AND e.day <= last_day(m.month)
             AND e.day >= m.month - INTERVAL 24 MONTH AND (e.ended_at IS NULL OR e.ended_at::DATE >= m.month)
            GROUP BY ALL
        ), staffed AS (
            SELECT organization_id, month, count(DISTINCT practitioner_id) AS doctors
            FROM staff_month WHERE licensed GROUP BY ALL
        )
        SELECT s.month, s.organization_id, s.tier, s.is_primary, s.beds, (s.beds * day(s.ends_on))::INTEGER AS bed_days,
               coalesce(b.outpatient, 0) AS outpatient, coalesce(b.emergency, 0) AS emergency,
               coalesce(b.admissions, 0) AS admissions, coalesce(t.discharges, 0) AS discharges,
               coalesce(t.stay_days, 0)::BIGINT AS stay_days,
               coalesce(t.occupied_days, 0)::BIGINT AS occupied_days, coalesce(b.follow_ups, 0) AS follow_ups,
               coalesce(f.doctors, 0) AS doctors
        FROM standing s
        LEFT JOIN begun b ON b.organization_id = s.organization_id AND b.month = s.month
        LEFT JOIN stay t ON t.organization_id = s.organization_id AND t.month = s.month
        LEFT JOIN staffed f ON f.organization_id = s.organization_id AND f.month = s.month
    """,
)
