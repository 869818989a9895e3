"""Counts and rates of referrals by member, disease, month, direction and urgency, in one statement.

A member is the primary-level side (a village counts with its township). Every count is the number of rows of a
list that can be opened: :data:`MEASURES` is both the SQL of the count and the filter of the list.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import Left, Now
from django.db.models.lookups import Exact

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.kernel.ui.sharing import Shared, shared


@dataclass(frozen=True)
class Measure:
    """What is counted: title, meaning, the condition in SQL and the same as a queryset filter."""

    key: str
    title: str
    meaning: str
    sql: str
    rows: Q
    up_only: bool = False


#: both ends lie in one county: the first six digits of the area code
SAME_COUNTY = Q(Exact(Left(F("counterpart_organization__area_code"), 6), Left(F("home_organization__area_code"), 6)))
MEASURES = {
    m.key: m
    for m in (
        Measure("submitted", "转出", "已提交的转诊", "r.submitted_at IS NOT NULL", Q(submitted_at__isnull=False)),
        Measure(
            "answered",
            "已答复",
            "接收方已接收、退回、改派或要求补充",
            "r.answered_at IS NOT NULL",
            Q(answered_at__isnull=False),
        ),
        Measure("in_time", "按时答复", "首次答复在时限之内", "r.answered_in_time", Q(answered_in_time=True)),
        Measure(
            "accepted",
            "接收",
            "接收方接收过（含之后的各步）",
            "r.accepted_at IS NOT NULL",
            Q(accepted_at__isnull=False),
        ),
        Measure("arrived", "到诊", "病人到诊", "r.arrived_at IS NOT NULL", Q(arrived_at__isnull=False), True),
        Measure(
            "inside",
            "县域内就医",
            "已提交、转往本县（区）医院的上转",
            "r.submitted_at IS NOT NULL AND r.same_county",
            Q(submitted_at__isnull=False) & SAME_COUNTY,
            True,
        ),
        Measure(
            "outside",
            "转往县外",
            "已提交、转往本县（区）以外医院的上转",
            "r.submitted_at IS NOT NULL AND NOT r.same_county",
            Q(submitted_at__isnull=False, counterpart_organization__isnull=False) & ~SAME_COUNTY,
            True,
        ),
        Measure("declined", "退回", "接收方退回", "r.state = 'declined'", Q(state="declined"), True),
        Measure("no_show", "未到诊", "登记未到诊且尚未改约", "r.state = 'no_show'", Q(state="no_show"), True),
        Measure(
            "closed",
            "闭环",
            "以首次随访办结，或已转为下转",
            "r.state IN ('closed', 'handed_down')",
            Q(state__in=["closed", "handed_down"]),
        ),
        Measure(
            "finished",
            "办结",
            "已办结（不含撤回、终止）",
            "r.closed_at IS NOT NULL AND r.state NOT IN ('withdrawn', 'terminated')",
            Q(closed_at__isnull=False) & ~Q(state__in=["withdrawn", "terminated"]),
        ),
        Measure(
            "late",
            "超时在办",
            "在办且已过时限",
            "r.closed_at IS NULL AND r.due_at < now()",
            Q(closed_at__isnull=True, due_at__lt=Now()),
        ),
    )
}


@dataclass(frozen=True)
class Rate:
    """A rate: numerator over denominator, both measures."""

    key: str
    title: str
    numerator: str
    denominator: str
    source: str
    mark: str = "D"

    def applies(self, direction: str) -> bool:
        """A patient who goes down does not arrive anywhere: what is counted only of referrals up has no rate."""
        return direction == "up" or not (MEASURES[self.numerator].up_only or MEASURES[self.denominator].up_only)


RATES = {
    r.key: r
    for r in (
        Rate("answer_rate", "按时答复率", "in_time", "answered", "转诊管理考核：接收及时率"),
        Rate("arrival_rate", "到诊率", "arrived", "accepted", "转诊管理考核：到诊率"),
        Rate("decline_rate", "退回率", "declined", "answered", "转诊管理考核：退回率"),
        Rate("loop_rate", "闭环率", "closed", "finished", "转诊管理考核：转诊闭环率"),
    )
}

#: 县域内就医占比: the share of referrals up that stay in the county, for those who pay
INSIDE_RATE = Rate(
    "inside_rate", "县域内就医占比", "inside", "submitted", "县域医共体监测：县域内就诊率（本系统以上转去向计）"
)
ALL_RATES = {**RATES, INSIDE_RATE.key: INSIDE_RATE}

STATEMENT = """
SELECT direction, member, disease, month, priority, grouping(direction), grouping(member), grouping(disease),
       grouping(month), grouping(priority), {counts}
FROM (
    SELECT r.*, date_trunc('month', r.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
           CASE WHEN side.tier = 'village' THEN coalesce(side.part_of_id, side.id) ELSE side.id END AS member,
           left(goal.area_code, 6) = left(home.area_code, 6) AS same_county
    FROM referral_referral r
    JOIN organizations_organization home ON home.id = r.home_organization_id
    LEFT JOIN organizations_organization goal ON goal.id = r.counterpart_organization_id
    LEFT JOIN organizations_organization side
           ON side.id = CASE WHEN r.direction = 'up' THEN r.home_organization_id ELSE r.counterpart_organization_id END
    WHERE r.parties && %(where)s::bigint[] AND r.opened_at >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND r.opened_at < (%(until)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
) r
GROUP BY GROUPING SETS (
    (direction), (direction, member), (direction, disease), (direction, month), (direction, priority))
"""


@dataclass
class Tally:
    """The counts of one group, by measure."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))

    def __getitem__(self, key: str) -> int:
        return self.counts[key]

    def rate(self, key: str) -> Decimal | None:
        """Percent with one decimal; None without a denominator."""
        rate = ALL_RATES[key]
        return percent(self.counts[rate.numerator], self.counts[rate.denominator])


def percent(numerator: int, denominator: int) -> Decimal | None:
    """An exact ratio as percent with one decimal."""
    if not denominator:
        return None
    return (Decimal(100 * numerator) / denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)


def period(since: date | None, until: date | None) -> tuple[date, date]:
    """Both days, with the last twelve months to today as the default. Raises Invalid."""
    today = clock.today()
    first = since or date(today.year - (today.month < 12), today.month % 12 + 1, 1)
    last = until or today
    if last < first:
        raise Invalid("结束日期早于开始日期", field="until")
    return first, last


#: dimension → value → direction → tally
Table = Mapping[str, Mapping[object, Mapping[str, Tally]]]
DIMENSIONS = ("member", "disease", "month", "priority")


def scope(actor: Actor) -> tuple[object, ...]:
    """What the counts of an actor depend on besides the period: who has the same scope sees the same counts."""
    return "referral.statistics", actor.everything, tuple(sorted(actor.organizations(Permission.REFERRAL_STATISTICS)))


def shared_tallies(actor: Actor, since: date, until: date) -> Shared[Table]:
    """:func:`tallies`, at most a minute old, for pages."""
    actor.require(Permission.REFERRAL_STATISTICS)
    return shared((*scope(actor), since, until), lambda: tallies(actor, since, until))


def tallies(actor: Actor, since: date, until: date) -> Table:
    """All counts of a period (both days included) within the actor's reach, in one statement.

    ``["all"]["up"]`` are the totals; the other dimensions are keyed by their values.
    """
    actor.require(Permission.REFERRAL_STATISTICS)
    counts = ", ".join(f"count(*) FILTER (WHERE {measure.sql})" for measure in MEASURES.values())
    where = "{" + ",".join(map(str, sorted(actor.organizations(Permission.REFERRAL_STATISTICS)))) + "}"
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(counts=counts), {"where": where, "since": since, "until": until})
        rows = cursor.fetchall()
    found: dict[str, dict[object, dict[str, Tally]]] = {name: defaultdict(dict) for name in ("all", *DIMENSIONS)}
    for direction, member, disease, month, priority, *rest in rows:
        grouped, numbers = rest[1:5], rest[5:]
        values = (member, disease, month, priority)
        place = next((n for n, flag in enumerate(grouped) if not flag), None)
        name, value = ("all", None) if place is None else (DIMENSIONS[place], values[place])
        found[name][value][direction] = Tally(dict(zip(MEASURES, numbers, strict=True)))
    return found


def outside(actor: Actor, since: date, until: date) -> list[tuple[int, str, int]]:
    """Where referrals went beyond the county: hospital, disease, how many, most first."""
    from .models import Referral

    actor.require(Permission.REFERRAL_STATISTICS)
    where = sorted(actor.organizations(Permission.REFERRAL_STATISTICS))
    rows = Referral.objects.filter(MEASURES["outside"].rows, direction="up", parties__overlap=where)
    rows = rows.filter(opened_at__date__gte=since, opened_at__date__lte=until)
    counted = rows.values_list("counterpart_organization_id", "disease").annotate(number=Count("pk"))
    return list(counted.order_by("-number", "counterpart_organization_id", "disease"))
