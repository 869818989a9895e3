"""Draft a plan of targets, say something of it, find it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, When

from yigongti.insight.periods import before
from yigongti.insight.results.models import Result, Run
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import open_case
from yigongti.kernel.cases.worklists import owed, visible
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import houses, participants
from ..apportioning import apportion
from . import schemas, texts
from .definitions import TargetItem, TargetsPolicy
from .models import Plan, Target, TargetRemark
from .steps import ROUNDS, policy_of, shares, total_of
from .workflow import Planning

P = Permission
Counts = dict[str, dict[str, Decimal]]


def plans(actor: Actor) -> "QuerySet[Plan]":
    """Those that an organisation of the actor's conducts or is given targets by."""
    rows = visible(actor, Plan, P.EVALUATION_CONDUCT, P.EVALUATION_ANSWER).defer("texts")
    return rows.select_related("home_organization", "owner_organization", "consortium")


def access_plan(actor: Actor, case_id: UUID) -> Plan:
    """One plan within reach. Raises NotFound."""
    with acting(actor):
        found = plans(actor).filter(pk=case_id).defer(None)
        case = found.select_related("opened_by", "decided_by", "approved_by").first()
    if case is None:
        raise NotFound("没有找到这份目标，或者它不在您的权限范围内", hint="请从服务目标列表打开")
    return case


def to_handle(actor: Actor) -> int:
    """Steps that wait for the conductor, and rounds in which a centre of the actor's has not answered."""
    return owed_plans(actor).order_by().count() + owed_rounds(actor).order_by().count()


def owed_plans(actor: Actor) -> "QuerySet[Plan]":
    """Those whose next step the actor owes."""
    return owed(actor, Plan)


def owed_rounds(actor: Actor) -> "QuerySet[Plan]":
    """Those with a round in which a centre of the actor's has not answered."""
    mine = houses.houses(actor)
    waiting = Target.objects.filter(plan=OuterRef("pk"), organization_id__in=mine)
    rounds = Case(*(When(state=state, then=number) for state, number in ROUNDS.items()))
    said = TargetRemark.objects.filter(plan=OuterRef("plan"), organization=OuterRef("organization"))
    open_ = waiting.exclude(Exists(said.filter(round=OuterRef(OuterRef("round")))))
    found = Plan.objects.filter(state__in=ROUNDS).annotate(round=rounds)
    return found.filter(Exists(open_))


def draft(actor: Actor, *, data: schemas.Drafting, key: UUID | None = None) -> Plan:
    """Compute a proposal from the counts of the period before. Raises Invalid, Conflict."""
    home = actor.organization_id
    actor.require(P.EVALUATION_CONDUCT, home)
    if home is None:
        raise Forbidden("由机构拟定目标")
    edition = texts.edition_in_force(data.policy)
    policy = edition.body
    assert isinstance(policy, TargetsPolicy)
    if (len(data.period) == 4) != (policy.period == "year"):
        raise Invalid("时期与规则不符", hint="季度写 2026Q3，年度写 2026", field="period")
    with acting(actor):
        if data.consortium not in dict(participants.consortia(actor)):
            raise Invalid("只能给您负责的医共体定目标", field="consortium")
        base = before(data.period)
        who = participants.members(data.consortium, policy.peers, participants.ends_on(base))
        counts = counted(policy, [one.unit for one in who], base)
        if not any(value for told in counts.values() for value in told.values()):
            raise Invalid(
                f"{participants.spoken(base)}还没有各中心的人数",
                hint="先运行 yigongti indicators refresh",
                field="period",
            )
        case = Plan(
            workflow=Planning.name,
            state="drafting",
            home_organization_id=home,
            policy=policy.policy,
            policy_hash=edition.hash,
            texts=texts.keep(edition),
            title=f"{participants.spoken(data.period)}{policy.title}",
            period_type=policy.period,
            period=data.period,
            base=base,
            consortium_id=data.consortium,
            participants=sorted(one.organization_id for one in who),
            totals={item.item: total_of(item, counts) for item in policy.items_},
            snapshot=Run.objects.order_by("-at").values_list("snapshot", flat=True).first() or "",
            opened_by_id=actor.user_id,
        )
        try:
            with transaction.atomic():
                outcome = open_case(actor, case, key=key, data={"note": f"人数取自{participants.spoken(base)}"})
        except IntegrityError as twice:
            raise Conflict(f"{case.title}已经有了", hint="请从服务目标列表打开", field="period") from twice
        assert isinstance(outcome.case, Plan)
        if not outcome.repeated:
            Target.objects.bulk_create(_proposed(outcome.case, policy, who, counts))
        return outcome.case


def counted(policy: TargetsPolicy, units: Sequence[str], period: str) -> Counts:
    """Unit → factor → count at the end of the period."""
    names = {factor.indicator: name for name, factor in policy.factors.items()}
    rows = Result.objects.filter(
        stratum="", period=period, unit__level="centre", unit__key__in=units, measure__code__in=names
    ).values_list("unit__key", "measure__code", "value")
    found: Counts = {unit: dict.fromkeys(policy.factors, Decimal(0)) for unit in units}
    for unit, code, value in rows:
        found[unit][names[code]] = value or Decimal(0)
    return found


def _proposed(
    case: Plan, policy: TargetsPolicy, who: Sequence[participants.Participant], counts: Counts
) -> "list[Target]":
    made = []
    for item in policy.items_:
        share = shares(item, counts)
        parts = apportion(case.totals[item.item], share)
        made += [
            Target(
                plan=case,
                organization_id=one.organization_id,
                unit=one.unit,
                item=item.item,
                factors=_whole(item, counts[one.unit]),
                share=Decimal(share[one.unit].numerator) / Decimal(share[one.unit].denominator),
                proposed=parts.get(one.unit, 0),
            )
            for one in who
        ]
    return made


def _whole(item: TargetItem, told: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{told.get(name, Decimal(0)).normalize():f}" for name in item.weights}


def remark(actor: Actor, *, case: Plan, data: schemas.TargetRemarking) -> TargetRemark:
    """A centre answers in a round; more than once is allowed. Raises Forbidden, Conflict, Invalid."""
    houses.require(actor, data.organization)
    if data.organization not in case.participants:
        raise Forbidden("这家单位不在目标里")
    with acting(actor):
        standing = Plan.objects.filter(pk=case.pk).first()
        if standing is None or standing.state not in ROUNDS:
            raise Conflict("现在不在征求意见", hint="请刷新页面")
        if data.item and data.item not in {item.item for item in policy_of(standing).items_}:
            raise Invalid("没有这个项目", field="item")
        if data.wanted is not None and not data.item:
            raise Invalid("建议值须说明是哪个项目的", field="item")
        if data.wanted is not None and not data.text:
            raise Invalid("建议别的数须写理由", field="text")
        return TargetRemark.objects.create(
            plan=standing,
            organization_id=data.organization,
            round=ROUNDS[standing.state],
            item=data.item or "",
            wanted=data.wanted,
            text=data.text,
            made_by_id=actor.user_id,
        )
