"""What happens when someone logs in, fails to, or changes how: limits, obligations and an audit entry each."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from yigongti.config import configuration
from yigongti.kernel.audit.kinds import declare
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note

from . import sessions
from .acting import acting
from .actor import Actor
from .addresses import client_address
from .models import User

LOGIN, SECOND_FACTOR, PASSWORD = "login", "second-factor", "password"
declare({LOGIN: "登录", SECOND_FACTOR: "两步验证", PASSWORD: "密码"})


def connect() -> None:
    """Listen to Django, axes and allauth; called once when the apps are ready."""
    user_logged_in.connect(logged_in, dispatch_uid="access.logged_in")
    user_logged_out.connect(logged_out, dispatch_uid="access.logged_out")
    user_login_failed.connect(login_failed, dispatch_uid="access.login_failed")
    authentication_failed.connect(second_factor_failed, dispatch_uid="access.second_factor_failed")
    authenticator_added.connect(second_factor_changed, dispatch_uid="access.second_factor_added")
    authenticator_removed.connect(second_factor_changed, dispatch_uid="access.second_factor_removed")
    password_changed.connect(password_renewed, dispatch_uid="access.password_renewed")


def has_second_factor(user_id: int) -> bool:
    """Has the account set up TOTP?"""
    return Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists()


def must_enrol(actor: Actor) -> bool:
    """Must the account set up a second factor before it may do anything?"""
    privileged = any(role.privileged for role in actor.roles)
    return privileged and configuration().second_factor_required and not has_second_factor(actor.user_id or 0)


def _noted(actor: Actor, action: Entry.Action, subject: str, request: HttpRequest | None, **details: Any) -> None:
    address = client_address(request) if request else ""
    with acting(actor):
        note(actor, action, subject=subject, subject_id=str(actor.user_id or ""), address=address, **details)


def logged_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Begin the session with its limits and obligations."""
    actor = user.actor(purpose="登录")
    sessions.begin(request, user.pk)
    if must_enrol(actor):
        request.session[sessions.MUST_ENROL] = True
    _noted(actor, Entry.Action.LOGIN, LOGIN, request, outcome="成功")


def logged_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Note the end of a session."""
    if user is not None:
        _noted(user.actor(purpose="退出"), Entry.Action.LOGIN, LOGIN, request, outcome="退出")


def login_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Note a refused login. An unknown name is not written down: people type passwords into the wrong field."""
    name = str(credentials.get("username", ""))
    user = User.objects.filter(username=name).first() if name else None
    actor = user.actor(purpose="登录") if user else Actor(None, "未知账号", purpose="登录")
    locked = bool(getattr(request, "axes_locked_out", False))
    _noted(actor, Entry.Action.REFUSED, LOGIN, request, account=name if user else "不存在", locked=locked)


def second_factor_failed(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """A wrong code counts as a failed login; once locked out, the half-open login is gone too."""
    credentials = {"username": user.get_username()}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    if getattr(request, "axes_locked_out", False):
        request.session.flush()


def second_factor_changed(sender: Any, request: HttpRequest, user: User, authenticator: Any, **rest: Any) -> None:
    """Note that a second factor was set up or removed."""
    outcome = "启用" if has_second_factor(user.pk) else "停用"
    _noted(
        user.actor(purpose="账号安全"),
        Entry.Action.UPDATE,
        SECOND_FACTOR,
        request,
        kind=str(authenticator.type),
        outcome=outcome,
    )


def password_renewed(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """The person chose a password: the obligation is met."""
    with acting(user.actor(purpose="账号安全")):
        User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    _noted(user.actor(purpose="账号安全"), Entry.Action.UPDATE, PASSWORD, request, outcome="本人修改")
