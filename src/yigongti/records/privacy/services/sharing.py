"""A resident shares the record by a code for a limited time; a doctor with an account types it."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.ciphers import blind
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.events.outbox import emit
from yigongti.kernel.policy.bodies import Settings
from yigongti.kernel.policy.store import resolve
from yigongti.records.residents.access import working_at
from yigongti.records.residents.models import CareRelation, Resident
from yigongti.records.residents.services.relations import close_relation, open_relation

from ..models import Share
from .hiding import myself

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No letter that looks like a number."""
LENGTH = 8
LABEL = "share_code"
Kind = CareRelation.Kind


def written(code: str) -> str:
    """The code as it is compared: capitals and figures only."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


blind.declare(LABEL, written)


def option(name: str) -> Any:
    """A setting of policy ``record/sharing``."""
    policy = resolve("record/sharing").body
    assert isinstance(policy, Settings)
    return policy.value(name)


def share(actor: Actor, *, hours: int = 24, whole: bool = False) -> tuple[Share, str]:
    """A new code and what it gives; codes not yet used are void. The code itself is told once and kept nowhere.

    ``hours`` the record stays open once the code is used; ``whole``: protected rows too. Raises Forbidden, Invalid.
    """
    if not 1 <= hours <= option("longest_hours"):
        raise Invalid(f"可查看时间应为 1–{option('longest_hours')} 小时", field="hours")
    with acting(actor):
        resident, now = myself(actor), clock.now()
        Share.objects.filter(resident_id=resident, used_at=None, revoked_at=None).update(revoked_at=now)
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        made = Share.objects.create(
            resident_id=resident,
            code_index=blind.index_value(LABEL, code),
            hours=hours,
            whole=whole,
            created_at=now,
            expires_at=now + timedelta(minutes=option("code_minutes")),
        )
        return made, f"{code[:4]}-{code[4:]}"


def redeem(actor: Actor, *, code: str) -> Resident:
    """The code opens the record to the organisation where the actor works. Raises Forbidden, Invalid, Conflict.

    Wrong codes are counted: too many within an hour, and the account waits.
    """
    with acting(actor):
        organization = working_at(actor, Permission.RECORD_READ)
    with acting(SYSTEM):
        _not_guessing(actor)
        now = clock.now()
        found = Share.objects.select_for_update().filter(code_index__in=blind.blind_index(LABEL, code))
        good = found.filter(used_at=None, revoked_at=None, expires_at__gt=now).first()
        if good is None:
            note(actor, Entry.Action.REFUSED, subject="privacy:code")
        else:
            good.used_at, good.used_by, good.organization_id = now, actor.user_id, organization
            good.until = now + timedelta(hours=good.hours)
            good.save(update_fields=["used_at", "used_by", "organization", "until"])
            open_relation(
                resident_id=good.resident_id,
                organization_id=organization,
                kind=Kind.SHARED,
                source=str(good.pk),
                until=good.until,
            )
            emit("RecordShared", resident=str(good.resident_id), organization=organization, share=str(good.pk))
    if good is None:
        raise Invalid("授权码不对，或者已经用过、过期", field="code", hint="请居民在手机上重新生成")
    with acting(actor):
        return Resident.objects.get(pk=good.resident_id)


def _not_guessing(actor: Actor) -> None:
    since = clock.now() - timedelta(hours=1)
    wrong = Entry.objects.filter(
        user_id=actor.user_id, action=Entry.Action.REFUSED, subject="privacy:code", at__gte=since
    ).count()
    if wrong >= option("wrong_codes_an_hour"):
        raise Conflict("授权码输错次数过多", hint="请一小时后再试，或联系本单位系统管理员")


def revoke(actor: Actor, *, share_id: UUID) -> Share:
    """Take it back: an unused code is void, an open record closes now. Raises NotFound, Conflict."""
    with acting(actor):
        found = Share.objects.select_for_update().filter(pk=share_id, resident_id=myself(actor)).first()
        if found is None:
            raise NotFound("没有找到这次授权")
        if found.revoked_at:
            raise Conflict("这次授权已经收回")
        found.revoked_at = clock.now()
        found.save(update_fields=["revoked_at"])
        close_relation(resident_id=found.resident_id, kind=Kind.SHARED, source=str(found.pk))
        return found
