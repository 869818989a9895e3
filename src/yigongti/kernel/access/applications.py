"""Systems that call the API: opened by an administrator, limited to scopes, with a secret that can be changed."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from oauth2_provider.models import get_access_token_model
from oauth2_provider.scopes import SettingsScopes

from yigongti.kernel import clock
from yigongti.kernel.errors import Forbidden, Invalid, NotFound

from .acting import acting
from .actor import Actor
from .models import Application, Grant, User
from .permissions import Permission
from .roles import ExternalSystem
from .services import require_reach

SECRET_BYTES = 36


class GrantedScopes(SettingsScopes):
    """A system may ask for the scopes that it was given, and gets all of them when it asks for none."""

    def get_available_scopes(
        self, application: Any = None, request: HttpRequest | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """The scopes of the system."""
        return list(application.scopes) if application else list(self.get_all_scopes())

    def get_default_scopes(
        self, application: Any = None, request: HttpRequest | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """The same."""
        return self.get_available_scopes(application)


_declared: dict[str, str] = {}


def declare_scopes(titles: Mapping[str, str]) -> None:
    """Scopes of a room's own interface, by their titles. They stand for no permission outside of it."""
    _declared.update(titles)


def offered() -> dict[str, str]:
    """The scopes that a system can be given with their titles: the permissions of its role, and those of rooms."""
    return {permission.value: permission.title for permission in sorted(ExternalSystem.permissions)} | _declared


def open_application(
    actor: Actor, *, name: str, organization_id: int, scopes: list[str], subtree: bool = False
) -> tuple[Application, str]:
    """Let a system in at an organisation; returns it with its secret, which is shown once."""
    with acting(actor):
        require_reach(actor, organization_id, subtree=subtree)
        if not scopes or not set(scopes) <= offered().keys():
            raise Invalid("请至少选择一项范围", field="scopes")
        user = User(username=f"system-{secrets.token_hex(4)}", name=name)
        user.set_unusable_password()
        user.save()
        Grant.objects.create(
            user=user,
            role=ExternalSystem.code,
            organization_id=organization_id,
            subtree=subtree,
            start=clock.today(),
            granted_by_id=actor.user_id,
        )
        secret = secrets.token_urlsafe(SECRET_BYTES)
        application = Application.objects.create(
            name=name,
            user=user,
            scopes=sorted(scopes),
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,
        )
        return application, secret


def applications(actor: Actor) -> Any:
    """The systems at organisations that the actor administers."""
    found = Application.objects.select_related("user")
    if actor.everything:
        return found
    reach = sorted(actor.organizations(Permission.GRANT_MANAGE))
    return found.filter(user__in=Grant.objects.filter(organization_id__in=reach).values("user_id"))


def access_application(actor: Actor, application_id: int) -> Application:
    """A system within the actor's reach, to be changed. Raises NotFound, Forbidden."""
    actor.require(Permission.GRANT_MANAGE)
    found = applications(actor).filter(pk=application_id).first()
    if found is None:
        raise NotFound("没有找到这个接入系统，或者它不在您的管理范围内")
    if not actor.everything and not found.user.actor().organizations() <= actor.organizations(Permission.GRANT_MANAGE):
        raise Forbidden("这个系统的权限超出您管理的机构", hint="请上级管理员办理")
    return found


def rotate(actor: Actor, *, application_id: int) -> str:
    """A new secret; the old one and every token made with it end at once."""
    with acting(actor):
        application = access_application(actor, application_id)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        application.client_secret, application.secret_changed_at = secret, clock.now()
        application.save(update_fields=["client_secret", "secret_changed_at"])
        end_tokens(application)
        return secret


def set_open(actor: Actor, *, application_id: int, active: bool) -> None:
    """Stop a system, or let it in again."""
    with acting(actor):
        application = access_application(actor, application_id)
        User.objects.filter(pk=application.user_id).update(is_active=active)
        if not active:
            end_tokens(application)


def end_tokens(application: Application) -> None:
    """End every token of a system."""
    get_access_token_model().objects.filter(application=application).delete()
