"""Commands on accounts and grants. Nobody grants beyond his own reach, nor to himself."""

import secrets
import string
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from yigongti.kernel import clock
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .acting import acting
from .actor import Actor
from .models import Grant, Session, User
from .permissions import Permission
from .roles import ExternalSystem, Machine, Resident, Role

#: granted by the rooms that make such accounts, not by hand
NOT_BY_HAND = {Machine.code, ExternalSystem.code, Resident.code}
#: letters that nobody confuses when reading a password out
LETTERS = "".join(c for c in string.ascii_letters + string.digits if c not in "O0oIl1")


def temporary_password() -> str:
    """A password to hand over once: three groups of five."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(3))


def assignable() -> list[type[Role]]:
    """The roles that an administrator gives."""
    return [role for role in Role.registry.values() if role.code not in NOT_BY_HAND]


def below(organization_id: int) -> set[int]:
    """The organisation and everything below it today."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organizations_below(%s, %s)", [organization_id, clock.today()])
        return set(cursor.fetchone()[0])


def require_reach(actor: Actor, organization_id: int, *, subtree: bool = False) -> None:
    """Raise Forbidden unless the actor administers all that a grant there would cover."""
    actor.require(Permission.GRANT_MANAGE, organization_id)
    if actor.everything or not subtree:
        return
    if not below(organization_id) <= actor.organizations(Permission.GRANT_MANAGE):
        raise Forbidden("授权范围超出了您管理的机构", hint="请取消“含下属机构”，或请上级管理员办理")


def _others(actor: Actor, user: User) -> None:
    if user.pk == actor.user_id:
        raise Forbidden("不能管理自己的账号和授权", hint="请由另一位系统管理员办理")


def access_user(actor: Actor, user_id: int) -> User:
    """An account within the actor's reach: everything that it may do, the actor administers. Raises NotFound."""
    actor.require(Permission.GRANT_MANAGE)
    user = User.objects.with_grants().filter(pk=user_id).first()
    if user is None or not (actor.everything or _ever(user) & actor.organizations(Permission.GRANT_MANAGE)):
        raise NotFound("没有找到这个账号，或者它不在您的管理范围内")
    return user


def _ever(user: User) -> set[int]:
    return set(user.grants.values_list("organization_id", flat=True))


def manageable(actor: Actor, user_id: int) -> User:
    """An account that the actor may change: reset, disable. Raises Forbidden when it reaches further than the actor."""
    user = access_user(actor, user_id)
    _others(actor, user)
    if not actor.everything and not user.actor().organizations() <= actor.organizations(Permission.GRANT_MANAGE):
        raise Forbidden("这个账号的权限超出您管理的机构", hint="请上级管理员办理")
    return user


def create_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    role: str,
    organization_id: int,
    subtree: bool = False,
    email: str = "",
    password: str | None = None,
) -> tuple[User, str]:
    """Open an account with its first grant; returns it with the password that must be changed at the first login."""
    with acting(actor):
        require_reach(actor, organization_id, subtree=subtree)
        if User.objects.filter(username=username).exists():
            raise Conflict(f"账号 {username} 已经有人用了", hint="请换一个账号名", field="username")
        password = _accepted(password) if password else temporary_password()
        user = User.objects.create_user(username, password, name=name, email=email, must_change_password=True)
        _give(actor, user, role, organization_id, subtree, clock.today(), None)
        return user, password


def _accepted(password: str) -> str:
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), field="password") from error
    return password


def grant(
    actor: Actor,
    *,
    user_id: int,
    role: str,
    organization_id: int,
    subtree: bool = False,
    start: date | None = None,
    until: date | None = None,
) -> Grant:
    """Give a role at an organisation, from a day until a day (exclusive). Raises Forbidden, Conflict, Invalid."""
    with acting(actor):
        require_reach(actor, organization_id, subtree=subtree)
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise NotFound("没有找到这个账号")
        _others(actor, user)
        given = _give(actor, user, role, organization_id, subtree, start or clock.today(), until)
        if given.definition.privileged:
            end_sessions(user.pk)  # the next login asks for the second factor
        return given


def _give(
    actor: Actor, user: User, role: str, organization_id: int, subtree: bool, start: date, until: date | None
) -> Grant:
    if role not in {offered.code for offered in assignable()}:
        raise Invalid("没有这个角色，或它不能手工授予", field="role")
    if until and until <= start:
        raise Invalid("截止日期应晚于起始日期", field="until")
    try:
        with transaction.atomic():
            return Grant.objects.create(
                user=user,
                role=role,
                organization_id=organization_id,
                subtree=subtree,
                start=start,
                until=until,
                granted_by_id=actor.user_id,
            )
    except IntegrityError as error:
        raise Conflict("这段时间里他在这个机构已有这个角色", hint="请先撤销原来的授权", field="role") from error


def revoke(actor: Actor, *, grant_id: int) -> None:
    """End a grant today; one that has not begun or began today is taken back."""
    with acting(actor):
        given = Grant.objects.select_for_update(of=("self",)).select_related("user").filter(pk=grant_id).first()
        if given is None:
            raise NotFound("没有找到这条授权")
        actor.require(Permission.GRANT_MANAGE, given.organization_id)
        _others(actor, given.user)
        today = clock.today()
        if given.until and given.until <= today:
            raise Conflict("这条授权已经结束")
        if given.start >= today:
            given.delete()
        else:
            given.until = today
            given.save(update_fields=["until"])
        end_sessions(given.user_id)


def reset_password(actor: Actor, *, user_id: int) -> str:
    """A new password to be changed at the next login; all logins of the account end. Also removes the second factor,
    which the person sets up again with the new telephone."""
    from allauth.mfa.models import Authenticator

    with acting(actor):
        user = manageable(actor, user_id)
        if user.is_system:
            raise Conflict("接入系统没有密码", hint="请在“接入系统”里更换密钥")
        password = temporary_password()
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "password_changed_at", "must_change_password"])
        Authenticator.objects.filter(user_id=user.pk).delete()
        end_sessions(user.pk)
        return password


def set_active(actor: Actor, *, user_id: int, active: bool) -> None:
    """Enable or disable an account; disabling ends its logins and tokens."""
    with acting(actor):
        user = manageable(actor, user_id)
        user.is_active = active
        user.save(update_fields=["is_active"])
        if not active:
            end_sessions(user.pk)


def end_sessions(user_id: int, keys: Iterable[str] | None = None) -> int:
    """End logins of an account: all, or those with these digests. Returns how many."""
    found = Session.objects.filter(user_id=user_id)
    if keys is not None:
        found = found.filter(session_key__in=list(keys))
    return found.delete()[0]


def accounts(actor: Actor) -> Any:
    """The accounts that an administrator sees: those that ever had a grant within reach."""
    found = User.objects.all()
    if not actor.everything:
        reach = sorted(actor.organizations(Permission.GRANT_MANAGE))
        found = found.filter(pk__in=Grant.objects.filter(organization_id__in=reach).values("user_id"))
    return found


def organization_names(ids: Iterable[int]) -> dict[int, str]:
    """Organisation → the name people use. One statement."""
    table = apps.get_model("organizations.Organization")
    rows = table.objects.filter(pk__in=list(ids)).values_list("pk", "short_name", "name")
    return {pk: short or name for pk, short, name in rows}
