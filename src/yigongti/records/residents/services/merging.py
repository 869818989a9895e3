# ruff: noqa: S608
"""Two records of one person become one, and two again. The case is the agreement; here is what it does."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, open_case
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.prepared import Write

from .. import events
from ..access import within, working_at
from ..documents import DocumentKind
from ..following import followers
from ..index.surviving import policy, survive
from ..models import MatchReview, Resident, ResidentMerge, SourceIdentity
from ..workflow import ResidentMerging
from . import carrying

#: filled from the merged record where the survivor has nothing
GAPS = ("phone", "phone_index", "address", "area_id", "mother_id", "died_on")
BLANKS = ("ethnicity", "blood_type", "insurance_kind")
#: not part of what is remembered and given back
BOOKKEEPING = frozenset({"version", "restated_at", "merged_into_id"})
GIVEN = ", ".join(
    [f"{column} = coalesce(r.{column}, l.{column})" for column in GAPS]
    + [f"{column} = coalesce(nullif(r.{column}, ''), l.{column})" for column in BLANKS]
)
#: the two, locked, with all names that systems call them by and what the merge had changed
HELD = """
SELECT r.id, r.merged_into_id, to_jsonb(r)::text,
       array(SELECT DISTINCT i.name FROM residents_sourceidentity i WHERE i.resident_id = r.id),
       m.before::text, m.after::text
  FROM residents_resident r LEFT JOIN residents_merged_row m
    ON m.merge_id = %s AND m."table" = 'residents_resident' AND m."column" = '*' AND m.key = r.id::text
 WHERE r.id = ANY (%s) ORDER BY r.id FOR UPDATE OF r
"""
#: the survivor's gaps are filled; the loser leads to the survivor
JOINED = f"""
UPDATE residents_resident r SET {GIVEN}, restated_at = %s, version = r.version + 1,
       merged_into_id = CASE WHEN r.id = %s THEN %s ELSE r.merged_into_id END
  FROM residents_resident l WHERE l.id = %s AND r.id = ANY (%s)
"""
RESTATED = "UPDATE residents_resident SET restated_at = %s, version = version + 1 WHERE id = ANY (%s)"
REMEMBERED = """
INSERT INTO residents_merged_row (id, merge_id, "table", "column", key, stayed, before, after)
SELECT %s, %s, 'residents_resident', '*', %s, true, jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, a.value)
  FROM jsonb_each(%s::jsonb) b JOIN residents_resident r ON r.id = %s
  JOIN LATERAL jsonb_each(to_jsonb(r)) a ON a.key = b.key
 WHERE a.value IS DISTINCT FROM b.value AND b.key <> ALL (%s) HAVING count(*) > 0
"""
STAYED = """
DELETE FROM residents_merged_row WHERE merge_id = %s AND stayed AND "column" <> '*' RETURNING "table", "column"
"""
ANSWERED = """
UPDATE residents_matchreview SET state = %s, closed_at = %s
 WHERE closed_at IS NULL AND resident_id = ANY (%s) AND candidate_id = ANY (%s) RETURNING id, identity_id
"""
SETTLED = """
UPDATE residents_sourceidentity i SET state = 'linked'
 WHERE i.state = 'review' AND i.id IN (SELECT identity_id FROM answered)
   AND NOT EXISTS (SELECT FROM residents_matchreview w WHERE w.identity_id = i.id AND w.closed_at IS NULL
                      AND w.id NOT IN (SELECT id FROM answered))
"""
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
    """The effect of the merge, inside its transaction and beyond what its actor sees."""
    loser, survivor = case.loser_id, case.survivor_id
    held = _both(case)
    if any(one.merged_into for one in held.values()):
        raise Conflict("其中一份档案已经并入另一份", hint="请先撤销那一次合并")
    carrying.follow(case.pk, loser, survivor)
    case.merged_at = clock.now()
    prepared.run(JOINED, [case.merged_at, loser, survivor, loser, [loser, survivor]])
    survive([survivor], [name for one in held.values() for name in one.called])
    case.besides += [
        _remembering(case, held[survivor].columns),
        *_answering(case, MatchReview.State.SAME),
        events.residents_merged(survivor, loser, case.pk),
    ]


def declined(case: ResidentMerge) -> None:
    """The second person did not agree: the question is answered with no."""
    case.besides += _answering(case, MatchReview.State.DIFFERENT)


def separated(case: ResidentMerge) -> None:
    """The effect of the un-merge: what came goes back, with what arrived since under the identities that came."""
    loser, survivor = case.loser_id, case.survivor_id
    held = _both(case)
    if held[survivor].merged_into:
        raise Conflict(f"{case.survivor_name}的档案后来又并入了另一份", hint="请先撤销后一次合并")
    if held[loser].merged_into != survivor:
        raise Conflict("这次合并已经撤销")
    prepared.run("UPDATE residents_resident SET merged_into_id = NULL WHERE id = %s", [loser])
    carrying.give_back(case.pk, loser, survivor)
    carrying.along(loser, survivor)
    case.unmerged_at = clock.now()
    case.besides += [
        _giving_back(case, held[survivor], case.unmerged_at),
        Write(RESTATED, [case.unmerged_at, [loser]]),
        events.residents_unmerged(survivor, loser, case.pk),
    ]


def followed_again(case: ResidentMerge) -> None:
    """What stayed with the loser follows where nothing is in its way any more: one of two was closed since.

    Raises Conflict when nothing could move.
    """
    _both(case)
    tables = set(prepared.run(STAYED, [case.pk])[0])
    again = [one for one in followers() if (one.table, one.column) in tables]
    if not carrying.follow(case.pk, case.loser_id, case.survivor_id, again):
        raise Conflict("留下的内容仍与保留的档案冲突，没有可以移动的", hint="请先按表中的办法了结其中一份")
    case.besides.append(Write(RESTATED, [clock.now(), [case.survivor_id, case.loser_id]]))


@dataclass(frozen=True)
class _Held:
    """One of the two, locked: where it leads, its columns, what it is called, what a merge changed in it."""

    merged_into: UUID | None
    columns: dict[str, Any]
    called: list[str]
    before: dict[str, Any]
    after: dict[str, Any]


def _both(case: ResidentMerge) -> dict[UUID, _Held]:
    found = prepared.run(HELD, [case.pk, [case.loser_id, case.survivor_id]])[0]
    return {
        key: _Held(merged, json.loads(columns), called, *(json.loads(one or "{}") for one in changed))
        for key, merged, columns, called, *changed in found
    }


def _remembering(case: ResidentMerge, before: dict[str, Any]) -> Write:
    """Which columns of the survivor the merge changed."""
    return Write(
        REMEMBERED, [new_id(), case.pk, str(case.survivor_id), json.dumps(before), case.survivor_id, list(BOOKKEEPING)]
    )


def _giving_back(case: ResidentMerge, held: _Held, moment: datetime) -> Write:
    """The survivor's own columns as they were, where nobody has changed them since."""
    names = [name for name, value in held.after.items() if held.columns[name] == value]
    if not names:
        return Write(RESTATED, [moment, [case.survivor_id]])
    columns = ", ".join(f'"{name}"' for name in names)
    return Write(
        f"""UPDATE residents_resident r SET restated_at = %s, version = version + 1, ({columns}) = (SELECT {columns}
        FROM jsonb_populate_record(NULL::residents_resident, %s::jsonb)) WHERE r.id = %s""",
        [moment, json.dumps(held.before), case.survivor_id],
    )


def _answering(case: ResidentMerge, state: str) -> list[Write]:
    """Open questions about the two are answered; identities without another one are linked."""
    pair = [case.survivor_id, case.loser_id]
    return [Write(ANSWERED, [state, clock.now(), pair, pair], "answered"), Write(SETTLED, [])]


def settle(identities: list[UUID]) -> None:
    """Identities without an open question are linked."""
    waiting = MatchReview.objects.filter(closed_at=None).values("identity_id")
    SourceIdentity.objects.filter(pk__in=identities, state="review").exclude(pk__in=waiting).update(state="linked")
