# ruff: noqa: S608
"""Two records of one person become one, and two again. The case is the agreement; here is what it does."""

import json
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, open_case
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import events
from ..access import within, working_at
from ..documents import DocumentKind
from ..following import followers
from ..index.surviving import policy, survive
from ..models import MatchReview, MergedRow, Resident, ResidentMerge, SourceIdentity
from ..workflow import ResidentMerging
from . import carrying

#: filled from the merged record where the survivor has nothing
GAPS = ("phone", "phone_index", "address", "area_id", "mother_id", "died_on")
BLANKS = ("ethnicity", "blood_type", "insurance_kind")
#: not part of what is remembered and given back
BOOKKEEPING = frozenset({"version", "restated_at", "merged_into_id"})
LEAD = """
SELECT m.organization_id FROM consortia_membership m JOIN consortia_consortium c ON c.id = m.consortium_id
 WHERE m.role = 'lead' AND c.tightness = 'tight' AND m.organization_id <> %(here)s
   AND m.start <= %(day)s AND (m.until IS NULL OR m.until > %(day)s)
   AND c.start <= %(day)s AND (c.until IS NULL OR c.until > %(day)s)
   AND %(here)s = ANY (organizations_below(m.organization_id, %(day)s))
 ORDER BY m.organization_id LIMIT 1
"""


def propose_merge(
    actor: Actor, *, one: UUID, two: UUID, reason: str = "", review: UUID | None = None, key: UUID | None = None
) -> ResidentMerge:
    """These two are one person: merged at once, or when a second person agrees (both have clinical data; policy).

    One of them is a resident of the actor's organisations, or a ``review`` within their reach asked about the two.
    Who survives follows from the records: a lasting document before a temporary one, then the older record.
    Raises Forbidden, NotFound, Conflict.
    """
    organization = working_at(actor, Permission.INDEX_REVIEW)
    if one == two:
        raise Invalid("两份档案是同一份")
    with acting(SYSTEM):
        found = list(Resident.objects.select_for_update(of=("self",)).filter(pk__in=[one, two]).order_by("pk"))
        mine = Resident.objects.filter(
            within(actor, "pk", said_by="source_identities__source__organization"), pk__in=[one, two]
        )
        if len(found) != 2 or not (review or mine.exists()):
            raise NotFound("没有找到这两份档案", hint="至少一份应是您机构服务的居民")
        for resident in found:
            if resident.merged_into_id:
                raise Conflict(f"{resident.name}的这份档案已经并入另一份", hint="请打开保留的档案")
        survivor, loser = sorted(found, key=_standing)
        if ResidentMerge.objects.filter(loser__in=found, closed_at=None).exists():
            raise Conflict("这份档案的合并正在等待复核", hint="请先办完那一件")
        case = ResidentMerge(
            workflow=ResidentMerging.name,
            state="proposed",
            home_organization_id=organization,
            counterpart_organization_id=lead_above(organization),
            resident=survivor,
            survivor=survivor,
            loser=loser,
            survivor_name=survivor.name,
            loser_name=loser.name,
            clinical=has_clinical(one) and has_clinical(two),
            reason=reason[:200],
            proposed_by=actor.user_id,
            review_id=review,
        )
    opened = open_case(actor, case, key=key, step="propose", data={"reason": reason})
    made = opened.case
    assert isinstance(made, ResidentMerge)
    if not needs_second(made):
        advance(actor, ResidentMerging, made.pk, "approve")
    with acting(SYSTEM):
        return ResidentMerge.objects.get(pk=made.pk)


def lead_above(organization: int) -> int | None:
    """Who leads the tight consortium to which the organisation, or what it is part of, belongs today."""
    with connection.cursor() as cursor:
        cursor.execute(LEAD, {"here": organization, "day": clock.today()})
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _standing(resident: Resident) -> tuple[Any, ...]:
    """Who survives: smaller is better."""
    lasting = bool(resident.id_number_index) and DocumentKind(resident.identity_kind).lasting
    return (not lasting, resident.birth_estimated, resident.registered_at, str(resident.pk))


def has_clinical(resident: UUID) -> bool:
    """Whether there is anything of the record, of a case or of a higher room about the person."""
    asked = " OR ".join(
        f'EXISTS (SELECT 1 FROM "{one.table}" WHERE "{one.column}" = %(who)s)' for one in followers() if one.clinical
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked or 'false'}", {"who": resident})
        return bool(cursor.fetchone()[0])


def needs_second(case: ResidentMerge) -> bool:
    """Whether the policy asks for a second person."""
    when = policy().second_person.when
    return when == "always" or (when == "both-clinical" and case.clinical)


def refuse_alone(case: ResidentMerge, actor: Actor) -> None:
    """Raise Forbidden when a second person must agree and this is the first."""
    if needs_second(case) and actor.user_id == case.proposed_by:
        raise Forbidden("双方都有诊疗数据，合并须由另一人复核", hint="请另一位身份核对人员办理")


def joined(case: ResidentMerge) -> None:
    """The effect of the merge, inside its transaction."""
    loser, survivor = case.loser_id, case.survivor_id
    with acting(SYSTEM):
        held = {one.pk: one for one in _both(loser, survivor)}
        if any(one.merged_into_id for one in held.values()):
            raise Conflict("其中一份档案已经并入另一份", hint="请先撤销那一次合并")
        before = _row(survivor)
        carrying.follow(case.pk, loser, survivor)
        gaps = ", ".join(f"{c} = coalesce(r.{c}, l.{c})" for c in GAPS)
        blanks = ", ".join(f"{c} = coalesce(nullif(r.{c}, ''), l.{c})" for c in BLANKS)
        _run(
            f"""UPDATE residents_resident r SET {gaps}, {blanks} FROM residents_resident l
            WHERE r.id = %s AND l.id = %s""",
            [survivor, loser],
        )
        survive([survivor])
        _remember(case, before, _row(survivor))
        moment = clock.now()
        _run(
            """UPDATE residents_resident SET restated_at = %s, version = version + 1,
            merged_into_id = CASE WHEN id = %s THEN %s ELSE merged_into_id END WHERE id IN (%s, %s)""",
            [moment, loser, survivor, survivor, loser],
        )
        case.merged_at = moment
        _answer_review(case, MatchReview.State.SAME)
        events.residents_merged(survivor, loser, case.pk)


def declined(actor: Actor, case: ResidentMerge) -> None:
    """The second person did not agree: the question is answered with no."""
    with acting(SYSTEM):
        _answer_review(case, MatchReview.State.DIFFERENT)


def separated(case: ResidentMerge) -> None:
    """The effect of the un-merge: what came goes back, with what arrived since under the identities that came."""
    loser, survivor = case.loser_id, case.survivor_id
    with acting(SYSTEM):
        held = {one.pk: one for one in _both(loser, survivor)}
        if held[survivor].merged_into_id:
            raise Conflict(f"{case.survivor_name}的档案后来又并入了另一份", hint="请先撤销后一次合并")
        if held[loser].merged_into_id != survivor:
            raise Conflict("这次合并已经撤销")
        _run("UPDATE residents_resident SET merged_into_id = NULL WHERE id = %s", [loser])
        carrying.give_back(case.pk, loser, survivor)
        carrying.along(loser, survivor)
        _give_back(case)
        moment = clock.now()
        _run(
            "UPDATE residents_resident SET restated_at = %s, version = version + 1 WHERE id IN (%s, %s)",
            [moment, survivor, loser],
        )
        case.unmerged_at = moment
        events.residents_unmerged(survivor, loser, case.pk)


def followed_again(case: ResidentMerge) -> None:
    """What stayed with the loser follows where nothing is in its way any more: one of two was closed since.

    Raises Conflict when nothing could move.
    """
    with acting(SYSTEM):
        _both(case.loser_id, case.survivor_id)
        stayed = MergedRow.objects.filter(merge_id=case.pk, stayed=True).exclude(column="*")
        tables = set(stayed.values_list("table", "column"))
        stayed.delete()
        again = [one for one in followers() if (one.table, one.column) in tables]
        if not carrying.follow(case.pk, case.loser_id, case.survivor_id, again):
            raise Conflict("留下的内容仍与保留的档案冲突，没有可以移动的", hint="请先按表中的办法了结其中一份")
        moment = clock.now()
        _run(
            "UPDATE residents_resident SET restated_at = %s WHERE id IN (%s, %s)",
            [moment, case.survivor_id, case.loser_id],
        )


def _both(loser: UUID, survivor: UUID) -> list[Resident]:
    return list(Resident.objects.select_for_update(of=("self",)).filter(pk__in=[loser, survivor]).order_by("pk"))


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _row(resident: UUID) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(r)::text FROM residents_resident r WHERE id = %s", [resident])
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
        return found


def _remember(case: ResidentMerge, before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = [name for name in before if before[name] != after[name] and name not in BOOKKEEPING]
    if changed:
        MergedRow.objects.create(
            merge_id=case.pk,
            table="residents_resident",
            column="*",
            key=str(case.survivor_id),
            stayed=True,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )


def _give_back(case: ResidentMerge) -> None:
    """The survivor's own columns as they were, where nobody has changed them since."""
    row = MergedRow.objects.filter(merge_id=case.pk, table="residents_resident", column="*").first()
    if row is None or row.after is None:
        return
    now = _row(case.survivor_id)
    names = [name for name, value in row.after.items() if now[name] == value]
    if names:
        columns = ", ".join(f'"{name}"' for name in names)
        _run(
            f"""UPDATE residents_resident r SET ({columns}) = (SELECT {columns}
            FROM jsonb_populate_record(NULL::residents_resident, %s::jsonb)) WHERE r.id = %s""",
            [json.dumps(row.before), case.survivor_id],
        )


def _answer_review(case: ResidentMerge, state: str) -> None:
    pair = [case.survivor_id, case.loser_id]
    found = MatchReview.objects.filter(closed_at=None, resident__in=pair, candidate__in=pair)
    identities = list(found.values_list("identity_id", flat=True))
    found.update(state=state, closed_at=clock.now())
    settle(identities)


def settle(identities: list[UUID]) -> None:
    """Identities without an open question are linked."""
    waiting = MatchReview.objects.filter(closed_at=None).values("identity_id")
    SourceIdentity.objects.filter(pk__in=identities, state="review").exclude(pk__in=waiting).update(state="linked")
