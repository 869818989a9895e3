"""What the steps of a plan check and do."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from django.db.models import F
from django.db.models.functions import Coalesce

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.policy.store import store

from ..apportioning import apportion
from ..schemas import Nothing, Reason, Words
from . import schemas
from .definitions import TargetItem, TargetsPolicy
from .models import Plan, Target, TargetRemark
from .texts import again

ROUNDS = {"first": 1, "second": 2}


def policy_of(plan: Plan) -> TargetsPolicy:
    """The policy by which a plan was drafted: no statement while the edition is known."""
    for one in store().editions():
        if one.hash == plan.policy_hash and isinstance(one.body, TargetsPolicy):
            return one.body
    return again(tuple(sorted(plan.texts.items())))


def shares(item: TargetItem, counts: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Fraction]:
    """Unit → share (0–1): of each factor the centre's part, by weight. A factor that nobody has does not count."""
    found = dict.fromkeys(counts, Fraction(0))
    used = Fraction(0)
    for name, weight in item.weights.items():
        whole = sum((Fraction(told.get(name, 0)) for told in counts.values()), Fraction(0))
        if not whole:
            continue
        used += Fraction(weight)
        for unit, told in counts.items():
            found[unit] += Fraction(weight) * Fraction(told.get(name, 0)) / whole
    return {unit: share / used for unit, share in found.items()} if used else found


def total_of(item: TargetItem, counts: Mapping[str, Mapping[str, Decimal]]) -> int:
    """How much altogether by the policy, half up."""
    whole = sum((told.get(item.total.of, Decimal(0)) for told in counts.values()), Decimal(0))
    return int(whole * item.total.rate + Decimal("0.5"))


def apportioned(case: Plan, actor: Actor, data: schemas.Totals) -> None:
    """Other totals, apportioned anew; what was revised by hand is given up. Raises Invalid."""
    policy = policy_of(case)
    asked = {one.key: one.value for one in data.numbers}
    if unknown := asked.keys() - {item.item for item in policy.items_}:
        raise Invalid(f"没有项目 {'、'.join(sorted(unknown))}")
    targets = list(Target.objects.select_for_update().filter(plan=case))
    case.totals = {**case.totals, **asked}
    for item in policy.items_:
        mine = [one for one in targets if one.item == item.item]
        parts = apportion(case.totals[item.item], {one.unit: one.share for one in mine})
        for one in mine:
            given = parts.get(one.unit, 0)
            one.proposed, one.revised = (given, None) if case.state == "drafting" else (one.proposed, given)
    Target.objects.bulk_update(targets, ["proposed", "revised"])


def revise(case: Plan, actor: Actor, data: schemas.Revision) -> None:
    """Other targets; each item still adds up to its total. Raises Invalid, NotFound."""
    policy = policy_of(case)
    targets = {f"{one.unit}:{one.item}": one for one in Target.objects.select_for_update().filter(plan=case)}
    for number in data.numbers:
        if number.key not in targets:
            raise NotFound("没有这个目标", hint="请刷新页面")
        targets[number.key].revised = number.value
    check_sums(policy, case.totals, targets.values())
    Target.objects.bulk_update(targets.values(), ["revised"])


def check_sums(policy: TargetsPolicy, totals: Mapping[str, int], targets: Iterable[Target]) -> None:
    """Raises Invalid where an item's targets do not add up to its total, with the difference."""
    listed = list(targets)
    for item in policy.items_:
        whole, given = totals[item.item], sum(one.standing for one in listed if one.item == item.item)
        if given != whole:
            way = "多" if given > whole else "少"
            raise Invalid(
                f"{item.name}各中心合计 {given:,}，比总量 {whole:,} {way} {abs(given - whole):,}",
                hint="改各中心的数，或先改总量",
                field=item.item,
            )


def all_said(case: Plan, actor: Actor, data: Words) -> None:
    """Every centre has answered in this round, or the time is over. Raises Conflict."""
    if case.due_at is not None and case.due_at <= clock.now():
        return
    said = TargetRemark.objects.filter(plan=case, round=ROUNDS[case.state]).values("organization")
    waiting = Target.objects.filter(plan=case).exclude(organization__in=said)
    names = sorted({str(one.organization) for one in waiting.select_related("organization")})
    if names:
        raise Conflict(
            f"还有 {len(names)} 家没有回复：{'、'.join(names[:5])}{'等' if len(names) > 5 else ''}",
            hint="等全部回复，或等期满后再办",
        )


def decide(case: Plan, actor: Actor, data: Words) -> None:
    """What stands now is final as soon as somebody else approves it."""
    check_sums(policy_of(case), case.totals, Target.objects.filter(plan=case))
    case.decided_by_id, case.approved_by_id = actor.user_id, None


def another_person(case: Plan, actor: Actor, data: Nothing) -> None:
    """Who approves is not who decided."""
    if actor.user_id is None or actor.user_id == case.decided_by_id:
        raise Forbidden("批准的人不能是定稿的人", hint="请由另一位有考核权限的人批准")


def approve(case: Plan, actor: Actor, data: Nothing) -> None:
    """The targets hold: evaluations score by them."""
    case.approved_by_id = actor.user_id
    Target.objects.filter(plan=case).update(decided=Coalesce(F("revised"), F("proposed")))


def send_back(case: Plan, actor: Actor, data: Reason) -> None:
    """The second person does not agree."""
    case.decided_by_id = None
