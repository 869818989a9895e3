# ruff: noqa: S608
"""A source identity that was tied to the wrong person goes, with all that came under it, to the right one.

The case is the agreement (:class:`..workflow.IdentityMoving`); here is what it does. What a person said stays said: the
index does not tie the identity to the person again whom it was taken from.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance, open_case
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.prepared import Write

from .. import events
from ..access import within, working_at
from ..following import followers
from ..index.staging import begin
from ..index.surviving import COLUMNS, policy, survive
from ..index.tables import opened, rows
from ..models import IdentityMove, MatchDecision, MatchReview, Resident, SourceIdentity
from ..workflow import IdentityMoving
from . import carrying, giving_back
from .merging import RESTATED, lead_above

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('residents.index', 0))"
#: the residents and the identity, locked, with all names that systems call them by, what the identity gave its
#: resident, and what the move has changed besides the rows that went
HELD = f"""
SELECT r.id, to_jsonb(r)::text,
       array(SELECT DISTINCT n.name FROM residents_sourceidentity n WHERE n.resident_id = r.id),
       to_jsonb(i)::text, m.noted, g.*
  FROM residents_resident r JOIN residents_sourceidentity i ON r.id = ANY (%s) AND i.id = %s
 CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array("table", "column", key, before, after))::text AS noted FROM residents_moved_row
     WHERE move_id = %s AND "table" IN ('residents_resident', 'residents_carerelation')) m
 CROSS JOIN LATERAL ({giving_back.GIVEN}) g
 ORDER BY r.id FOR UPDATE OF r, i
"""
ANSWERED = """
UPDATE residents_matchreview SET
       state = CASE candidate_id WHEN %s THEN 'same' WHEN %s THEN 'different' ELSE state END,
       closed_at = CASE WHEN candidate_id = ANY (%s) THEN %s::timestamptz END,
       resident_id = %s
 WHERE identity_id = %s AND closed_at IS NULL
"""
ASKED_STILL = """
UPDATE residents_sourceidentity i SET state = 'review' WHERE i.id = %s AND EXISTS (
    SELECT FROM residents_matchreview WHERE identity_id = %s AND closed_at IS NULL AND candidate_id <> ALL (%s))
"""


def propose_move(
    actor: Actor, *, identity_id: UUID, target: UUID | None, reason: str, key: UUID | None = None
) -> IdentityMove:
    """This patient of that system is not this resident but ``target`` (None: somebody who has no record yet).

    Moved at once, or when a second person agrees (the identity brought clinical data; policy). The identity is within
    the actor's reach. Raises Forbidden, NotFound, Conflict, Invalid.
    """
    organization = working_at(actor, Permission.INDEX_REVIEW)
    if len(reason.strip()) < 2:
        raise Invalid("请写明理由", field="reason")
    with acting(SYSTEM):
        identity = _reached(actor, identity_id)
        assert identity.resident is not None
        other = _target(identity, target)
        if IdentityMove.objects.filter(identity=identity, state="proposed").exists():
            raise Conflict("这条来源身份的改归正在等待复核", hint="请先办完那一件")
        case = IdentityMove(
            workflow=IdentityMoving.name,
            state="proposed",
            home_organization_id=organization,
            counterpart_organization_id=lead_above(organization),
            resident=identity.resident,
            identity=identity,
            target=other,
            created=other is None,
            resident_name=identity.resident.name,
            target_name=other.name if other else identity.name,
            clinical=any(brought(identity.pk).values()),
            reason=reason.strip()[:200],
            proposed_by=actor.user_id,
        )
    made = open_case(actor, case, key=key, step="propose", data={"reason": reason}).case
    assert isinstance(made, IdentityMove)
    if not needs_second(made):
        advance(actor, IdentityMoving, made.pk, "approve")
    with acting(SYSTEM):
        return IdentityMove.objects.get(pk=made.pk)


def _reached(actor: Actor, identity_id: UUID) -> SourceIdentity:
    """The identity, locked, if the actor reviews it. Raises NotFound, Conflict."""
    mine = within(actor, "resident", said_by="source__organization")
    found = SourceIdentity.objects.select_for_update(of=("self",)).filter(mine, pk=identity_id)
    identity = found.select_related("resident", "source").first()
    if identity is None or identity.resident is None:
        raise NotFound("没有找到这条来源身份", hint="只能改归您机构或所属成员单位的来源身份")
    return identity


def _target(identity: SourceIdentity, target: UUID | None) -> Resident | None:
    resident = identity.resident
    assert resident is not None
    if target is None:
        others = SourceIdentity.objects.filter(resident=resident).exclude(pk=identity.pk)
        if (resident.told or {}).get("*") == identity.source_id and not others.exists():
            raise Conflict(
                "这份档案就是由这条来源身份建立的，没有别的来源，不必另建", hint="与另一份档案是同一人时，请合并档案"
            )
        return None
    other = Resident.objects.filter(pk=target).first()
    if other is None:
        raise Invalid("没有这个档案号", field="target")
    if other.pk == resident.pk:
        raise Invalid("这条来源身份现在就归在这份档案", field="target")
    if other.merged_into_id:
        raise Conflict(f"{other.name}的这份档案已经并入另一份", hint="请填写保留的档案号")
    return other


def brought(identity: UUID) -> dict[str, int]:
    """Table → how many rows of care came under the identity."""
    tables = [one for one in followers() if one.identity and one.clinical]
    if not tables:
        return {}
    asked = " UNION ALL ".join(
        f"""SELECT '{one.table}', count(*) FROM "{one.table}" x JOIN residents_sourceidentity i ON i.id = x.identity_id
            WHERE x.identity_id = %(who)s AND x."{one.column}" = i.resident_id"""
        for one in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, {"who": identity})
        return {table: count for table, count in cursor.fetchall() if count}


def needs_second(case: IdentityMove) -> bool:
    """Whether the policy asks for a second person."""
    when = policy().second_person.when
    return when == "always" or (when == "both-clinical" and case.clinical)


def refuse_alone(case: IdentityMove, actor: Actor) -> None:
    """Raise Forbidden when a second person must agree and this is the first."""
    if needs_second(case) and actor.user_id == case.proposed_by:
        raise Forbidden("这条来源身份带有诊疗数据，改归须由另一人复核", hint="请另一位身份核对人员办理")


def moved(case: IdentityMove, actor: Actor) -> None:
    """The effect of the move, inside its transaction and beyond what its actor sees."""
    prepared.run(LOCK, [])
    held = _held(case, case.before_id)
    before, gave = held.people, held.gave
    changed = giving_back.forgotten(held.identity, before[case.before_id], gave)
    writes = [giving_back.write(case.before_id, changed)] if changed else []
    if target := case.target_id:
        _carried(carrying.detaching(case.pk, case.identity_id, case.before_id, target), *writes, _held_by(case, target))
    else:
        prepared.together(*writes, _held_by(case, None))
        target = case.target_id = _of_their_own(case.identity_id)
        _carried(carrying.detaching(case.pk, case.identity_id, case.before_id, target))
    survive([case.before_id, target], held.called)
    case.moved_at = clock.now()
    case.besides += [
        *giving_back.relating(case, gave.relations),
        giving_back.remembering(case, before),
        *_answering(case, actor, target, case.before_id),
        Write(RESTATED, [case.moved_at, [case.before_id, target]]),
        events.identity_moved(case.identity_id, case.before_id, target, case.pk),
    ]


def _held_by(case: IdentityMove, resident: UUID | None) -> Write:
    """The identity points to the resident; to nobody it waits to be tied."""
    state = "linked" if resident else "new"
    return Write(
        "UPDATE residents_sourceidentity SET resident_id = %s, state = %s WHERE id = %s",
        [resident, state, case.identity_id],
    )


def _carried(rows: Write, *writes: Write) -> None:
    """What came under the identity goes, in one statement with what is written besides."""
    prepared.together(*writes, rows)


@dataclass(frozen=True)
class _Held:
    """The identity and the residents as they are, what systems call them, what the identity gave, what was noted."""

    identity: dict[str, Any]
    people: dict[UUID, dict[str, Any]]
    called: set[str]
    gave: giving_back.Given
    noted: list[giving_back.Noted]


def _held(case: IdentityMove, resident: UUID | None) -> _Held:
    """Both locked, when everything is as the case says. Raises Conflict."""
    pair = [one for one in (case.before_id, case.target_id) if one]
    found = prepared.run(HELD, [pair, case.identity_id, case.pk, list(COLUMNS), case.identity_id])[0]
    people: dict[UUID, dict[str, Any]] = {key: json.loads(columns) for key, columns, *_ in found}
    _, _, _, identity, noted, *gave = found[0]
    held = _Held(
        json.loads(identity),
        people,
        {name for _, _, called, *_ in found for name in called},
        giving_back.Given.read(*gave),
        [giving_back.Noted(*one) for one in json.loads(noted or "[]")],
    )
    for one in people.values():
        if one["merged_into_id"]:
            raise Conflict(f"{one['name']}的这份档案后来并入了另一份", hint="请先撤销那一次合并")
    if held.identity["resident_id"] != (str(resident) if resident else None):
        raise Conflict("这条来源身份后来又归到了别处", hint="请从它现在的档案办理")
    return held


def _of_their_own(identity: UUID) -> UUID:
    """A resident of their own for the identity, made as the index makes them."""
    from ..index import creating
    from ..index.tying import TIE

    with opened(1):
        creating.create(begin([identity]).identities)
        rows(TIE.format(besides="", which=""))
    made = SourceIdentity.objects.get(pk=identity).resident_id
    assert made is not None
    return made


def undone(case: IdentityMove, actor: Actor) -> None:
    """The identity comes back with what came under it, also since; a record made for it leads back to the first."""
    prepared.run(LOCK, [])
    held = _held(case, case.after_id)
    restored = giving_back.restored(held.noted, held.people)
    first, last = ([giving_back.write(one, restored[one])] if one in restored else [] for one in _pair(case))
    # the one who gives a number away goes first
    alone = case.created or all("id_number_index" in restored.get(one, ()) for one in _pair(case))
    _carried(
        carrying.attaching(case.identity_id, case.before_id, case.after_id),
        _held_by(case, case.before_id),
        *giving_back.unrelating(case, held.noted),
        *first,
        *([] if alone else last),
    )
    if case.created:
        _empty(case)
    if alone and last:
        prepared.together(*last)
    survive([case.before_id] if case.created else _pair(case), held.called)
    case.undone_at = clock.now()
    case.besides += [
        *_answering(case, actor, case.before_id, case.after_id),
        Write(RESTATED, [case.undone_at, _pair(case)]),
        events.identity_moved(case.identity_id, case.after_id, case.before_id, case.pk),
    ]


def _pair(case: IdentityMove) -> list[UUID]:
    return [case.after_id, case.before_id]


def _empty(case: IdentityMove) -> None:
    """The record that was made for the identity ends: it leads to the one to which the identity came back.

    Raises Conflict when something else stands in it by now.
    """
    asked = [
        f'NOT EXISTS (SELECT FROM "{one.table}" WHERE "{one.column}" = r.id)' for one in followers() if one.clinical
    ]
    asked.append("NOT EXISTS (SELECT FROM residents_sourceidentity WHERE resident_id = r.id)")
    emptied = prepared.run(
        f"""UPDATE residents_resident r SET merged_into_id = %s, id_number = NULL, id_number_index = NULL,
        identity_kind = '99', version = version + 1 WHERE r.id = %s AND {" AND ".join(asked)}""",
        [case.before_id, case.after_id],
    )[1]
    if not emptied:
        raise Conflict(
            f"{case.target_name}的新档案里已有别的内容，不能撤销改归", hint="确为同一人时，请合并两份档案，内容全部保留"
        )


def _answering(case: IdentityMove, actor: Actor, holder: UUID, left: UUID) -> list[Write]:
    """The identity is the holder and not the one it left: decided, and questions about the two are answered.

    Others are about the new holder from now on. It is not asked again while the identity stands for whom it stands.
    """
    moment = clock.now()
    refused, tied = (
        MatchDecision(
            identity_id=case.identity_id,
            resident_id=who,
            outcome=outcome,
            rule="moved-by-hand",
            policy_hash="",
            user_id=actor.user_id,
            user_name=actor.name,
            note=f"{case.number} {case.reason}"[:200],
            at=moment,
        )
        for who, outcome in ((left, "rejected"), (holder, "manual"))
    )
    answered = MatchReview(
        identity_id=case.identity_id,
        resident_id=holder,
        candidate_id=left,
        state=MatchReview.State.DIFFERENT,
        decision=refused,
        closed_at=moment,
    )
    return [
        Write(ANSWERED, [holder, left, [holder, left], moment, holder, case.identity_id]),
        Write(ASKED_STILL, [case.identity_id, case.identity_id, [holder, left]]),
        prepared.inserting(refused, tied),
        prepared.inserting(answered),
    ]
