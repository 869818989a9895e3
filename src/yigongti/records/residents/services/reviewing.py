"""The answers of the review desk: the same person, somebody else, or later."""

from datetime import timedelta
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, NotFound

from ..access import within
from ..models import MatchDecision, MatchReview
from .merging import propose_merge, settle

LATER = timedelta(days=1)
Answer = str
SAME, DIFFERENT, PUT_OFF = "same", "different", "later"


def answer(actor: Actor, *, review_id: UUID, answer: Answer, note: str = "") -> MatchReview:
    """What a person says about two records. ``same`` proposes the merge, ``different`` closes the question.

    Raises Forbidden, NotFound, Conflict (answered already).
    """
    actor.require(Permission.INDEX_REVIEW)
    with acting(SYSTEM):
        mine = within(actor, "identity__resident", "candidate", said_by="identity__source__organization")
        review = MatchReview.objects.select_for_update(of=("self",)).filter(mine, pk=review_id).first()
        if review is None:
            raise NotFound("没有这件身份核对")
        if review.closed_at or review.state == MatchReview.State.PROPOSED:
            raise Conflict("这件身份核对已经有人办理", hint="请看下一件")
        review.identity.refresh_from_db()
        one, two = review.identity.resident_id, review.candidate_id
        outcomes = {SAME: "manual", DIFFERENT: "rejected", PUT_OFF: "later"}
        _decided(actor, review, outcomes[answer], note)
        if answer == PUT_OFF:
            review.later_at = clock.now() + LATER
        elif answer == DIFFERENT or one == two:
            review.state = MatchReview.State.DIFFERENT if answer == DIFFERENT else MatchReview.State.SAME
            review.closed_at = clock.now()
        else:
            review.state = MatchReview.State.PROPOSED
        review.save(update_fields=["state", "closed_at", "later_at"])
        settle([review.identity_id])
    if answer == SAME and one != two:
        assert one is not None
        propose_merge(actor, one=one, two=two, reason=note or "身份核对确认为同一人", review=review.pk)
    with acting(SYSTEM):
        return MatchReview.objects.get(pk=review.pk)


def _decided(actor: Actor, review: MatchReview, outcome: str, note: str) -> None:
    MatchDecision.objects.create(
        identity_id=review.identity_id,
        resident_id=review.candidate_id,
        outcome=outcome,
        rule=review.decision.rule,
        probability=review.decision.probability,
        match=review.decision.match,
        policy_hash=review.decision.policy_hash,
        weights_id=review.decision.weights_id,
        user_id=actor.user_id,
        user_name=actor.name,
        note=note[:200],
    )
