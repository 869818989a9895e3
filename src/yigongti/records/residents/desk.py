"""The review desk: what a person needs to say whether two records are one person. The reader's right is checked here;
the rows are read as the platform, because the question is asked before there is a relation, and the reading is noted.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.store import resolve
from yigongti.records.linkage.online import match_from
from yigongti.records.linkage.waterfall import svg, table

from .access import within
from .display import age_text
from .held import Held, staying, would_stay
from .models import IdentityMove, MatchReview, Resident, ResidentMerge, SourceIdentity
from .services.merging import has_clinical, needs_second

WAITING = 60
RULES = {
    "number-of-another": "同一号码被两个人使用",
    "more-than-one": "与多份档案同样相像",
    "number-and-name": "证件号码有效且姓名相符",
    "health-number-and-name": "健康档案号与姓名相符",
    "insurance-number-and-name": "医保号与姓名相符",
    "child-of-mother": "母亲的新生儿",
    "same-person-in-load": "同一批次中为同一人",
    "moved-by-hand": "人工改归",
    "key-of-another": "来源主键已改给他人使用",
}
"""Rules of the index itself; those of the model are named in the policy."""


def rule_name(rule: str) -> str:
    """What a rule says, in words."""
    if not rule:
        return "按权重"
    model: Any = resolve("index/residents").body
    known = {one.id: one.name for one in model.rules}
    return RULES.get(rule) or known.get(rule, rule)


@dataclass(frozen=True)
class Line:
    """One field on both sides, and whether they agree."""

    title: str
    left: str
    right: str
    third: str = ""

    @property
    def differs(self) -> bool:
        """Both known and not the same."""
        return bool(self.left and self.right and self.left != self.right)

    @property
    def third_differs(self) -> bool:
        """The first and the third known and not the same."""
        return bool(self.left and self.third and self.left != self.third)


@dataclass(frozen=True)
class Question:
    """A review with all that the desk shows."""

    review: MatchReview
    identity: SourceIdentity
    resident: Resident
    candidate: Resident
    lines: tuple[Line, ...]
    rule: str
    waterfall: str
    weights: str
    second: bool

    @property
    def percent(self) -> str:
        """The probability as people read it."""
        return f"{self.review.probability * 100:.1f}%"


def waiting() -> "QuerySet[MatchReview]":
    """Open questions, the likeliest first; those put off wait for their time."""
    now = clock.now()
    found = MatchReview.objects.filter(Q(later_at=None) | Q(later_at__lte=now), closed_at=None, state="open")
    return found.select_related("identity__source", "resident", "candidate", "decision").order_by(
        "-probability", "opened_at", "pk"
    )


def questions_of(actor: Actor) -> Q:
    """Questions within reach: a side has a relation to the actor's organisations, or one of their systems asked."""
    return within(actor, "identity__resident", "candidate", said_by="identity__source__organization")


def merges_of(actor: Actor) -> Q:
    """Merges within reach: a side has a relation to the actor's organisations, or they proposed it."""
    return within(actor, "survivor", "loser", said_by="home_organization")


def count(actor: Actor) -> int:
    """How many questions wait."""
    with acting(SYSTEM):
        merges = ResidentMerge.objects.filter(merges_of(actor), state="proposed")
        moves = IdentityMove.objects.filter(
            within(actor, "resident", "target", said_by="home_organization"), state="proposed"
        )
        return waiting().filter(questions_of(actor)).count() + merges.count() + moves.count()


def questions(actor: Actor) -> list[MatchReview]:
    """The list of the desk."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        return list(waiting().filter(questions_of(actor))[:WAITING])


def question(actor: Actor, review_id: UUID) -> Question:
    """One question with both sides and the evidence. Raises NotFound."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        review = (
            MatchReview.objects.select_related(
                "identity__source", "identity__area", "identity__resident__area", "candidate__area", "decision"
            )
            .filter(questions_of(actor), pk=review_id)
            .first()
        )
        if review is None or review.identity.resident is None:
            raise NotFound("没有这件身份核对")
        identity, resident, candidate = review.identity, review.identity.resident, review.candidate
        match = match_from(review.decision.match) if review.decision.match else None
        made = Question(
            review,
            identity,
            resident,
            candidate,
            tuple(lines_of(identity, candidate)),
            rule_name(review.decision.rule),
            svg(match) if match else "",
            table(match) if match else "",
            _second(resident, candidate),
        )
    for who in {resident.pk, candidate.pk}:
        reading(actor, resident_id=who, page="residents:review")
    return made


def _second(one: Resident, two: Resident) -> bool:
    return needs_second(ResidentMerge(clinical=has_clinical(one.pk) and has_clinical(two.pk)))


def lines_of(identity: SourceIdentity, other: Resident, third: Resident | None = None) -> list[Line]:
    """What a system says beside what a resident is, and beside what another one is."""
    sexes = dict(Resident.Sex.choices)
    said = (
        ("姓名", identity.name),
        ("性别", sexes.get(identity.sex, "")),
        ("出生日期", _day(identity.birth_date)),
        ("证件号码", str(identity.id_number or "")),
        ("电话", str(identity.phone or "")),
        ("住址", str(identity.address or "")),
        ("居住村", str(identity.area or "")),
        ("死亡日期", _day(identity.died_on)),
    )
    theirs = [_shown(one) for one in (other, third) if one]
    return [Line(title, left, *(one[place] for one in theirs)) for place, (title, left) in enumerate(said)]


def _shown(other: Resident) -> tuple[str, ...]:
    return (
        other.name,
        other.get_sex_display(),
        "" if other.birth_estimated else _day(other.birth_date),
        str(other.id_number or ""),
        str(other.phone or ""),
        str(other.address or ""),
        str(other.area or ""),
        _day(other.died_on),
    )


def _day(day: Any) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


@dataclass(frozen=True)
class Merging:
    """A merge with both sides and what moved."""

    case: ResidentMerge
    survivor: Resident
    loser: Resident
    lines: tuple[Line, ...]
    moved: list[tuple[str, int, int]]
    held: list[Held]


def merging(actor: Actor, merge_id: UUID) -> Merging:
    """One merge. Raises NotFound."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        case = (
            ResidentMerge.objects.select_related("survivor__area", "loser__area")
            .filter(merges_of(actor), pk=merge_id)
            .first()
        )
        if case is None:
            raise NotFound("没有这件档案合并")
        one, two = case.survivor, case.loser
        moved = _moved(case)
        held = would_stay(case) if case.state == "proposed" else staying(case) if case.state == "merged" else []
    for who in (one.pk, two.pk):
        reading(actor, resident_id=who, page="residents:review")
    lines = (
        Line("姓名", one.name, two.name),
        Line("档案号", one.number, two.number),
        Line("性别", one.get_sex_display(), two.get_sex_display()),
        Line("出生日期", _day(one.birth_date), _day(two.birth_date)),
        Line("年龄", age_text(one.birth_date, clock.today()), age_text(two.birth_date, clock.today())),
        Line("证件号码", str(one.id_number or ""), str(two.id_number or "")),
        Line("电话", str(one.phone or ""), str(two.phone or "")),
        Line("住址", str(one.address or ""), str(two.address or "")),
        Line("居住村", str(one.area or ""), str(two.area or "")),
    )
    return Merging(case, one, two, lines, moved, held)


def _moved(case: ResidentMerge) -> list[tuple[str, int, int]]:
    from yigongti.kernel.audit.kinds import subject_title

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT "table", count(*) FILTER (WHERE NOT stayed), count(*) FILTER (WHERE stayed)
            FROM residents_merged_row WHERE merge_id = %s AND "column" <> '*' GROUP BY 1 ORDER BY 2 DESC""",
            [case.pk],
        )
        return [(subject_title(name), went, stayed) for name, went, stayed in cursor.fetchall()]


def proposed(actor: Actor) -> list[ResidentMerge]:
    """Merges that wait for a second person, and the last ones done."""
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        return list(
            ResidentMerge.objects.filter(merges_of(actor)).order_by(
                F("closed_at").desc(nulls_first=True), "state", "-opened_at"
            )[:30]
        )
