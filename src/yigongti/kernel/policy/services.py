"""Proposing, approving, rejecting and retiring a place's own edition of a policy: two people, never one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.events.outbox import emit
from yigongti.kernel.policy.editions import content_data, content_hash
from yigongti.kernel.policy.kinds import Policy
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.places import place_of
from yigongti.kernel.policy.problems import allowed_words
from yigongti.kernel.policy.store import store


def check_proposal(text: str) -> Policy:
    """The policy in a proposed text; raises :class:`PolicyRefused` with lines, :class:`NotFound` for name or place."""
    policy = load(text, "修订稿")
    names = {edition.name for edition in store().editions()}
    if policy.policy not in names:
        raise NotFound(f"没有政策 {policy.policy}", hint=allowed_words(policy.policy, names), field="text")
    base = store().resolve(policy.policy, on=policy.effective.from_)
    if base.body.kind != policy.kind:
        raise Invalid(f"{policy.policy} 的种类应为 {base.body.kind}", hint="kind 不能改", field="text")
    place_of(policy.place)
    return policy


def propose(actor: Actor, *, text: str, reason: str) -> PolicyVersion:
    """Propose an override for the place named in the text. The organisation that answers for the place proposes."""
    policy = check_proposal(text)
    place = place_of(policy.place)
    actor.require(Permission.POLICY_PROPOSE, place.organization_id)
    if not reason.strip():
        raise Invalid("请写修订理由", field="reason")
    with acting(actor), _explained():
        version = PolicyVersion.objects.create(
            name=policy.policy,
            kind=policy.kind,
            place=place.code,
            version=policy.version,
            effective_from=policy.effective.from_,
            effective_to=policy.effective.to,
            content=content_data(text),
            text=text,
            hash=content_hash(text),
            organization_id=place.organization_id,
            reason=reason.strip(),
            proposed_by_id=_person(actor),
            proposed_at=clock.now(),
        )
        emit("PolicyProposed", version=version.pk, policy=version.name, place=version.place)
    return version


def approve(actor: Actor, *, version_id: int) -> PolicyVersion:
    """Approve a proposal: from its day of effect it is in force at its place. Never by the person who proposed it."""
    with acting(actor), _explained():
        version = _locked(version_id, PolicyVersion.Status.PROPOSED)
        actor.require(Permission.POLICY_APPROVE, version.organization_id)
        if version.proposed_by_id == _person(actor):
            raise Forbidden("提出人不能批准自己的修订", hint="请另一位有批准权限的人批准")
        check_proposal(version.text)
        version.status = PolicyVersion.Status.APPROVED
        version.approved_by_id, version.approved_at = _person(actor), clock.now()
        version.save(update_fields=["status", "approved_by", "approved_at"])
        emit("PolicyApproved", version=version.pk, policy=version.name, place=version.place)
        transaction.on_commit(store().forget)
    return version


def reject(actor: Actor, *, version_id: int, reason: str) -> PolicyVersion:
    """Reject a proposal with a reason; the person who proposed it may withdraw it in the same way."""
    with acting(actor):
        version = _locked(version_id, PolicyVersion.Status.PROPOSED)
        if version.proposed_by_id != actor.user_id:
            actor.require(Permission.POLICY_APPROVE, version.organization_id)
        _close(actor, version, PolicyVersion.Status.REJECTED, reason)
        emit("PolicyRejected", version=version.pk, policy=version.name, place=version.place)
    return version


def retire(actor: Actor, *, version_id: int, reason: str) -> PolicyVersion:
    """End an approved override now; the place falls back to what stands below it."""
    with acting(actor):
        version = _locked(version_id, PolicyVersion.Status.APPROVED)
        actor.require(Permission.POLICY_APPROVE, version.organization_id)
        _close(actor, version, PolicyVersion.Status.RETIRED, reason)
        emit("PolicyRetired", version=version.pk, policy=version.name, place=version.place)
        transaction.on_commit(store().forget)
    return version


def _close(actor: Actor, version: PolicyVersion, status: PolicyVersion.Status, reason: str) -> None:
    if not reason.strip():
        raise Invalid("请写理由", field="reason")
    version.status = status
    version.closed_by_id, version.closed_at = _person(actor), clock.now()
    version.closing_reason = reason.strip()
    version.save(update_fields=["status", "closed_by", "closed_at", "closing_reason"])


def _locked(version_id: int, expected: PolicyVersion.Status) -> PolicyVersion:
    try:
        version = PolicyVersion.objects.select_for_update().get(pk=version_id)
    except PolicyVersion.DoesNotExist:
        raise NotFound("没有这份修订") from None
    if version.status != expected:
        raise Conflict(f"这份修订{version.get_status_display()}", hint=f"只有{expected.label}的修订可以这样办理")
    return version


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise Forbidden("规则修订须由具名的人办理")
    return actor.user_id


@contextmanager
def _explained() -> Iterator[None]:
    """The database's refusal in the words of the constraint."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        told = {one.name: one.violation_error_message for one in PolicyVersion._meta.constraints}
        message = next((text for name, text in told.items() if name in str(error)), None)
        if message is None:
            raise
        raise Conflict(str(message), hint="改版本号或生效日期后再提交", field="text") from error
