"""Logging in, changing the password and the second factor: allauth's flows at our addresses, with our rules."""

import base64
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import views as factor
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.sessions import MUST_ENROL
from yigongti.kernel.ciphers import sm4

from .signing_in import COOL_OFF, FAILURES

#: what a sealed TOTP secret belongs to, authenticated with it
ASSOCIATED = b"mfa_authenticator.data"
#: a code is accepted in its own half minute, the one before and the one after
CODES_IN_FORCE = 3


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by administrators; nobody signs up and nothing is mailed."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            f"账号或密码不正确。连续输错 {FAILURES} 次，本机将锁定 {COOL_OFF.seconds // 60} 分钟。"
        ),
        "enter_current_password": "请输入现在的密码。",
        "incorrect_password": "密码不正确。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Sensitive pages ask for the password again; not those who were sent to set up their second factor."""
        return not self.request.session.get(MUST_ENROL) and super().is_reauthentication_required(app=app)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """To the desk."""
        return "/"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is mailed by the login."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages themselves say what happened."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery codes are sealed with the data key of the installation."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "您的岗位必须使用两步验证，不能停用；换手机请联系系统管理员。",
        "incorrect_code": "验证码不正确，或已经用过。",
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return base64.b64encode(sm4.encrypt(text.encode(), ASSOCIATED)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return sm4.decrypt(base64.b64decode(encrypted_text), ASSOCIATED).decode()

    def get_totp_label(self, user: Any) -> str:
        """What the authenticator app calls the account."""
        return str(user.get_username())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Privileged accounts keep their second factor where it is obligatory."""
        roles = authenticator.user.actor().roles
        return not (configuration().second_factor_required and any(role.privileged for role in roles))


class SecondFactorForm(AuthenticateForm):
    """The code of the second factor, accepted once, whichever web worker sees it."""

    def clean_code(self) -> str:
        """The code, unless it is wrong or was used before. What was used last stands beside the sealed secret."""
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not _used_now(self.authenticator, code):
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return code


def _used_now(authenticator: Authenticator, code: str) -> bool:
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        used = held.data.get("used", [])
        mark = hashlib.sha256(f"{held.pk}:{code}".encode()).hexdigest()[:16]
        if mark in used:
            return False
        held.data["used"] = [*used, mark][-CODES_IN_FORCE:]
        held.save(update_fields=["data"])
        return True


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """The answer while an account is locked on this address."""
    return render(request, "account/lockout.html", {"minutes": COOL_OFF.seconds // 60}, status=429)


View = Callable[..., Any]


def as_actor(view: View) -> View:
    """Run a command of allauth as the person logged in, so that the audit names the person."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor = getattr(request, "actor", None)
        if actor is None or request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        with acting(actor):
            return view(request, *args, **kwargs)

    return run


urlpatterns: list[URLPattern] = [
    path("login/", account.login, name="account_login"),
    path("login/code/", factor.authenticate, name="mfa_authenticate"),
    path("login/again/", account.reauthenticate, name="account_reauthenticate"),
    path("login/again/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("logout/", account.logout, name="account_logout"),
    path("my/password/", as_actor(account.password_change), name="account_change_password"),
    path("my/second-factor/", factor.index, name="mfa_index"),
    path("my/second-factor/activate/", as_actor(totp.activate_totp), name="mfa_activate_totp"),
    path("my/second-factor/deactivate/", as_actor(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("my/second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("my/second-factor/codes/new/", as_actor(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("my/second-factor/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]
