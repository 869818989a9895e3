# ruff: noqa: S608
"""A source identity that was tied to the wrong person goes, with all that came under it, to the right one.

The case is the agreement (:class:`..workflow.IdentityMoving`); here is what it does. What a person said stays said: the
index does not tie the identity to the person again whom it was taken from.
"""

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
from ..following import followers
from ..index.staging import begin
from ..index.surviving import policy, survive
from ..models import IdentityMove, MatchDecision, MatchReview, Resident, SourceIdentity
from ..workflow import IdentityMoving
from . import carrying, giving_back
from .merging import lead_above

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('residents.index', 0))"


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
    """The effect of the move, inside its transaction."""
    with acting(SYSTEM):
        _run(LOCK)
        identity = _held(case, case.before_id)
        before = _both(case)
        source = identity.source_id
        rows = giving_back.relations(identity)
        SourceIdentity.objects.filter(pk=identity.pk).update(resident=None, state="new")
        giving_back.forget(identity)
        survive([case.before_id])
        target = case.target_id or _of_their_own(identity)
        if case.target_id:
            SourceIdentity.objects.filter(pk=identity.pk).update(resident_id=target, state="linked")
            survive([target])
        case.target_id = target
        carrying.detach(case.pk, identity.pk, case.before_id, target)
        carrying.along(target, case.before_id)
        giving_back.relate(case, rows, source)
        giving_back.remember(case, before)
        _questions(case, target)
        _decided(actor, case, case.before_id, "rejected")
        _decided(actor, case, target, "manual")
        case.moved_at = _restated(case)
        events.identity_moved(identity.pk, case.before_id, target, case.pk)


def _held(case: IdentityMove, resident: UUID | None) -> SourceIdentity:
    """The identity and both residents, locked, when everything is as the case says. Raises Conflict."""
    pair = [one for one in (case.before_id, case.target_id) if one]
    people = {
        one.pk: one for one in Resident.objects.select_for_update(of=("self",)).filter(pk__in=pair).order_by("pk")
    }
    identity = SourceIdentity.objects.select_for_update(of=("self",)).get(pk=case.identity_id)
    for one in people.values():
        if one.merged_into_id:
            raise Conflict(f"{one.name}的这份档案后来并入了另一份", hint="请先撤销那一次合并")
    if identity.resident_id != resident:
        raise Conflict("这条来源身份后来又归到了别处", hint="请从它现在的档案办理")
    return identity


def _of_their_own(identity: SourceIdentity) -> UUID:
    """A resident of their own for the identity, made as the index makes them."""
    from ..index import creating
    from ..index.tying import TIE

    begin([identity.pk])
    creating.create()
    _run(TIE)
    made = SourceIdentity.objects.get(pk=identity.pk).resident_id
    assert made is not None
    return made


def undone(case: IdentityMove, actor: Actor) -> None:
    """The identity comes back with what came under it, also since; a record made for it leads back to the first."""
    with acting(SYSTEM):
        _run(LOCK)
        identity = _held(case, case.after_id)
        SourceIdentity.objects.filter(pk=identity.pk).update(resident=case.before_id, state="linked")
        carrying.attach(identity.pk, case.before_id, case.after_id)
        carrying.along(case.before_id, case.after_id)
        giving_back.unrelate(case)
        if case.created:
            _empty(case)
        giving_back.restore(case)
        survive([case.before_id] if case.created else [case.before_id, case.after_id])
        _decided(actor, case, case.after_id, "rejected")
        _decided(actor, case, case.before_id, "manual")
        case.undone_at = _restated(case)
        events.identity_moved(identity.pk, case.after_id, case.before_id, case.pk)


def _empty(case: IdentityMove) -> None:
    """The record that was made for the identity ends: it leads to the one to which the identity came back.

    Raises Conflict when something else stands in it by now.
    """
    others = SourceIdentity.objects.filter(resident_id=case.after_id)
    asked = " OR ".join(
        f'EXISTS (SELECT 1 FROM "{one.table}" WHERE "{one.column}" = %(who)s)' for one in followers() if one.clinical
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked or 'false'}", {"who": case.after_id})
        written = bool(cursor.fetchone()[0])
    if written or others.exists():
        raise Conflict(
            f"{case.target_name}的新档案里已有别的内容，不能撤销改归", hint="确为同一人时，请合并两份档案，内容全部保留"
        )
    _run(
        """UPDATE residents_resident SET merged_into_id = %s, id_number = NULL, id_number_index = NULL,
        identity_kind = '99', version = version + 1 WHERE id = %s""",
        [case.before_id, case.after_id],
    )


def _both(case: IdentityMove) -> dict[UUID, dict[str, Any]]:
    return {one: giving_back.row(one) for one in (case.before_id, case.target_id) if one}


def _questions(case: IdentityMove, target: UUID) -> None:
    """Open questions about the identity: answered where the move answers them, else about the new holder."""
    found = MatchReview.objects.filter(identity_id=case.identity_id, closed_at=None)
    found.filter(candidate_id=target).update(state=MatchReview.State.SAME, closed_at=clock.now())
    found.exclude(candidate_id=target).update(resident_id=target)
    if found.exists():
        SourceIdentity.objects.filter(pk=case.identity_id).update(state="review")


def _decided(actor: Actor, case: IdentityMove, resident: UUID, outcome: str) -> None:
    made = MatchDecision.objects.create(
        identity_id=case.identity_id,
        resident_id=resident,
        outcome=outcome,
        rule="moved-by-hand",
        policy_hash="",
        user_id=actor.user_id,
        user_name=actor.name,
        note=f"{case.number} {case.reason}"[:200],
    )
    if outcome == "rejected":
        # the question is answered: it is not asked again while the identity stands for whom it stands then
        holder = case.target_id if resident == case.before_id else case.before_id
        MatchReview.objects.filter(identity_id=case.identity_id, candidate_id=resident, closed_at=None).update(
            state=MatchReview.State.DIFFERENT, closed_at=clock.now()
        )
        if holder:
            MatchReview.objects.create(
                identity_id=case.identity_id,
                resident_id=holder,
                candidate_id=resident,
                state=MatchReview.State.DIFFERENT,
                decision=made,
                closed_at=clock.now(),
            )


def _restated(case: IdentityMove) -> Any:
    moment = clock.now()
    _run(
        "UPDATE residents_resident SET restated_at = %s, version = version + 1 WHERE id IN (%s, %s)",
        [moment, case.before_id, case.target_id],
    )
    return moment


def _run(sql: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
