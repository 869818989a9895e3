"""Who reports which set of indicators, when, with what evidence: the policy kind ``reporting-plan``.

::

    - id: members-quarterly
      name: 成员单位季报
      set: member-returns
      level: organization
      periods: [quarter]
      since: 2026-04-01
      by: {tiers: [county, township]}

What is asked are the reported and judged items of the set that stand at the level and in the period type, or those
listed in ``items``. At the level ``county`` the organisation is the authority at which somebody holds ``by.role``.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from yigongti.insight.indicators.definitions import LEVELS, PERIODS, Indicator, PeriodType
from yigongti.insight.indicators.sets import Edition, in_force
from yigongti.kernel.access.roles import Role
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.bodies import Span, duration
from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, Strict, policy_kind
from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import resolve
from yigongti.registry.organizations.models import Organization

POLICY = "reporting/plans"
ReportLevel = Literal["organization", "centre", "consortium", "county"]
Answer = Literal["yes", "partly", "no"]
ANSWERS: Mapping[str, str] = {"yes": "是", "partly": "部分", "no": "否"}


class By(Strict):
    """Which organisations: members of these tiers (empty: all), or the authority with this role."""

    tiers: list[str] = []
    role: str = ""


class Plan(Sourced):
    """One duty to report."""

    id: Identifier
    name: Annotated[str, Field(min_length=2)]
    set: str
    level: ReportLevel
    periods: Annotated[list[PeriodType], Field(min_length=1)]
    since: Annotated[
        date | None, Field(description="periods that begin on this day or later are asked by themselves; null: none")
    ]
    by: By = By()
    items: list[str] = []

    @property
    def edition(self) -> Edition:
        """The set in force. Raises NotFound with the nearest name."""
        sets = in_force()
        if self.set not in sets:
            raise NotFound(f"填报计划“{self.name}”的指标集 {self.set} 不存在", hint=allowed_words(self.set, sets))
        return sets[self.set]

    def asked(self, period_type: str, edition: Edition | None = None) -> list[Indicator]:
        """The items to report, in the order of the set. Raises NotFound."""
        body = (edition or self.edition).body
        return [
            item
            for item in body.indicators
            if item.kind != "computed"
            and self.level in item.levels
            and period_type in item.periods
            and (not self.items or item.indicator in self.items)
        ]


class EvidenceRules(Strict):
    """What files may be: megabytes of one, how many of an item, whether a judged item that is met must have one."""

    largest_mb: Annotated[int, Field(ge=1, le=50)] = 10
    most: Annotated[int, Field(ge=1, le=50)] = 10
    judged_needs: bool = True


@policy_kind("reporting-plan")
class Plans(Policy):
    """Every duty to report, the rules of evidence, what an answer counts, and how long corrections are taken."""

    plans: Annotated[list[Plan], Field(min_length=1)]
    evidence: EvidenceRules = EvidenceRules()
    points: dict[Answer, Decimal] = {"yes": Decimal(1), "partly": Decimal("0.5"), "no": Decimal(0)}
    archive_after: Span = "730d"

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("plans", index), plan) for index, plan in enumerate(self.plans))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        seen: set[str] = set()
        for index, plan in enumerate(self.plans):
            path: Path = ("plans", index)
            if plan.id in seen:
                yield (*path, "id"), f"计划 {plan.id} 写了两次", "每个计划一个编号"
            seen.add(plan.id)
            for tier in plan.by.tiers:
                if tier not in Organization.Tier.values:
                    yield (*path, "by", "tiers"), f"没有层级 {tier}", allowed_words(tier, Organization.Tier.values)
            if plan.level == "county" and plan.by.role not in Role.registry:
                yield (*path, "by", "role"), f"没有角色 {plan.by.role}", allowed_words(plan.by.role, Role.registry)
        if missing := set(ANSWERS) - set(self.points):
            yield (
                ("points",),
                f"没有写 {'、'.join(ANSWERS[one] for one in sorted(missing))} 的分值",
                "yes、partly、no 都要写",
            )

    def plan(self, name: str) -> Plan:
        """The plan of that id. Raises NotFound."""
        for plan in self.plans:
            if plan.id == name:
                return plan
        raise NotFound(f"没有填报计划 {name}", hint=allowed_words(name, [plan.id for plan in self.plans]), field="plan")

    @property
    def archive_days(self) -> int:
        """After so many days an accepted report is closed for corrections."""
        return duration(self.archive_after).days


def plans() -> Plans:
    """The plans in force."""
    body = resolve(POLICY).body
    assert isinstance(body, Plans)
    return body


@describes("reporting-plan", "填报计划")
def _plans(policy: Plans) -> Iterator[Line]:
    for plan in policy.plans:
        tiers = "、".join(Organization.Tier(tier).label for tier in plan.by.tiers)
        role = Role.registry[plan.by.role].title if plan.by.role in Role.registry else ""
        since = f"自 {plan.since} 起" if plan.since else "不自动发起"
        yield Line(
            plan.id,
            plan.name,
            condition=f"{LEVELS[plan.level]}，{tiers or role or '全部成员'}",
            consequence=f"指标集 {plan.set}，按{'、'.join(PERIODS[kind] for kind in plan.periods)}，{since}",
            note="只填：" + "、".join(plan.items) if plan.items else "",
            **sourced(policy, plan),
        )
