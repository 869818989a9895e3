"""Pages about accounts and grants, for administrators, and about one's own logins, for everybody."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from yigongti.kernel.errors import Forbidden
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import Choices
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.shell import OrganizationChoice, organization_choices
from yigongti.kernel.ui.view import ActorView, PageView

from . import matrix, schemas, services
from .acting import acting
from .actor import Actor
from .login import has_second_factor
from .models import Grant, Session
from .permissions import Permission
from .sessions import WORKING_AT, digest
from .tables import AccountFilter, AccountTable, with_roles

SYSTEM = ("系统", "")
ACCOUNTS = ("账号与授权", "/access/")
ONCE = "请当面告知本人，只显示这一次；首次登录时必须修改。"


@organization_choices
def workplaces(actor: Actor) -> list[OrganizationChoice]:
    """Where the actor may work, for the switch on top of every page."""
    homes = dict.fromkeys(grant.organization_id for grant in actor.grants)
    names = services.organization_names(homes) if homes else {}
    return [OrganizationChoice(pk, names[pk], pk == actor.organization_id) for pk in homes if pk in names]


def organization_options(actor: Actor) -> list[tuple[int, str]]:
    """The organisations that the actor administers."""
    reach = actor.organizations(Permission.GRANT_MANAGE)
    return sorted(services.organization_names(reach).items(), key=lambda option: option[1])


def role_options() -> list[tuple[str, str]]:
    """The roles with what they are for."""
    return [(role.code, f"{role.title}：{role.description}") for role in services.assignable()]


class Accounts(RegisterView):
    """The register of accounts."""

    title, key, permission = "账号与授权", "access-accounts", Permission.GRANT_MANAGE
    table_class, filterset_class = AccountTable, AccountFilter
    template_name = "access/accounts.html"
    empty, empty_hint = "没有找到账号", "用右上方的按钮开设账号。"
    crumbs = (SYSTEM, ("账号与授权", ""))

    def queryset(self, actor: Actor) -> Any:
        """The accounts within reach."""
        return with_roles(services.accounts(actor))


class Account(PageView):
    """One account: who, grants past and present, logins."""

    title, permission, template_name = "账号", Permission.GRANT_MANAGE, "access/account.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The account, if it is within reach."""
        user = services.access_user(actor, self.kwargs["user_id"])
        grants = Grant.objects.filter(user=user).select_related("organization", "granted_by").order_by("-start", "-pk")
        return {
            "title": user.name,
            "crumbs": (SYSTEM, ACCOUNTS, (user.name, "")),
            "account": user,
            "grants": grants,
            "second_factor": has_second_factor(user.pk),
            "sessions": Session.objects.filter(user_id=user.pk).count(),
            "own": user.pk == actor.user_id,
            "reach": actor.organizations(Permission.GRANT_MANAGE),
        }


class OpenAccount(CommandView):
    """Open an account."""

    title, submit, key = "开设账号", "开设", "access-open"
    schema, permission = schemas.Opening, Permission.GRANT_MANAGE
    crumbs = (SYSTEM, ACCOUNTS, ("开设账号", ""))

    def choices(self, actor: Actor) -> Choices:
        """Roles and organisations that can be given."""
        return {"roles": role_options(), "organizations": organization_options(actor)}

    def run(self, actor: Actor, data: schemas.Opening, *, key: str, version: int | None) -> str:
        """Open it and show the password once."""
        given = data.model_dump(exclude={"organization"}) | {"organization_id": data.organization}
        user, password = services.create_user(actor, **given)
        messages.success(self.request, f"账号 {user.username} 已开设，临时密码 {password}。{ONCE}")
        return reverse("access:account", args=[user.pk])


class OnAccount(CommandView):
    """A command on one account; a confirmation unless it asks for more."""

    schema: ClassVar[type[schemas.Asked]] = schemas.Nothing
    permission = Permission.GRANT_MANAGE

    @property
    def url(self) -> str:
        """The account's page."""
        return reverse("access:account", args=[self.kwargs["user_id"]])

    def context(self, actor: Actor) -> dict[str, Any]:
        """Whose account it is."""
        user = services.manageable(actor, self.kwargs["user_id"])
        crumbs = (SYSTEM, ACCOUNTS, (user.name, self.url), (self.title, ""))
        return {"effect": self.effect.format(user.name), "cancel": self.url, "crumbs": crumbs}

    effect: ClassVar[str] = ""


class GiveRole(OnAccount):
    """Give a role."""

    title, submit, done, key = "授权", "授权", "已授权。", "access-grant"
    schema = schemas.Granting
    effect = "给{}一个角色。"

    def choices(self, actor: Actor) -> Choices:
        """Roles and organisations that can be given."""
        return {"roles": role_options(), "organizations": organization_options(actor)}

    def context(self, actor: Actor) -> dict[str, Any]:
        """Whose account it is; it may reach further than the administrator does."""
        user = services.access_user(actor, self.kwargs["user_id"])
        return {"effect": self.effect.format(user.name), "cancel": self.url}

    def run(self, actor: Actor, data: schemas.Granting, *, key: str, version: int | None) -> str:
        """Give it."""
        given = data.model_dump(exclude={"organization"}) | {"organization_id": data.organization}
        services.grant(actor, user_id=self.kwargs["user_id"], **given)
        return self.url


class ResetPassword(OnAccount):
    """A new temporary password."""

    title, submit, tone = "重置密码", "重置", "danger"
    effect = "{}的密码和两步验证将作废，全部登录立即结束；新密码只显示一次。"

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Reset it and show the password once."""
        password = services.reset_password(actor, user_id=self.kwargs["user_id"])
        messages.success(self.request, f"临时密码 {password}。{ONCE}")
        return self.url


class Disable(OnAccount):
    """Close an account."""

    title, submit, tone, done = "停用账号", "停用", "danger", "账号已停用。"
    effect = "{}将不能登录，全部登录立即结束；授权保留，可以再启用。"
    active = False

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Set it."""
        services.set_active(actor, user_id=self.kwargs["user_id"], active=self.active)
        return self.url


class Enable(Disable):
    """Open a closed account again."""

    title, submit, tone, done = "启用账号", "启用", "primary", "账号已启用。"
    effect = "{}可以重新登录，原来的授权继续有效。"
    active = True


class Revoke(CommandView):
    """End a grant."""

    title, submit, tone, done = "撤销授权", "撤销", "danger", "已撤销。"
    schema, permission = schemas.Nothing, Permission.GRANT_MANAGE

    def context(self, actor: Actor) -> dict[str, Any]:
        """What will end."""
        given = Grant.objects.select_related("user", "organization").filter(pk=self.kwargs["grant_id"]).first()
        if given is None or not actor.may(Permission.GRANT_MANAGE, given.organization_id):
            raise Forbidden("这条授权不在您的管理范围内")
        what = f"{given.user.name}在{given.organization}的“{given.definition.title}”今天结束，他的登录立即结束。"
        return {"effect": what, "cancel": reverse("access:account", args=[given.user_id])}

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """End it."""
        user_id = Grant.objects.filter(pk=self.kwargs["grant_id"]).values_list("user_id", flat=True).first()
        services.revoke(actor, grant_id=self.kwargs["grant_id"])
        return reverse("access:account", args=[user_id])


class Matrix(PageView):
    """Who may do what."""

    title, permission, template_name = "权限一览", None, "access/matrix.html"
    crumbs = (SYSTEM, ("权限一览", ""))

    def context(self, actor: Actor) -> dict[str, Any]:
        """The table, the actor's own roles marked."""
        mine = {role.code for role in actor.roles}
        return {"roles": matrix.roles(), "lines": matrix.lines(), "mine": mine, "lead": "每个角色能做什么"}


class Sessions(PageView):
    """One's own logins."""

    title, permission, template_name = "我的登录", None, "access/sessions.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Every login of the account that is still open."""
        here = digest(self.request.session.session_key or "")
        rows = Session.objects.filter(user_id=actor.user_id or 0).order_by("-seen_at")
        return {"sessions": rows, "here": here, "lead": "在别处的登录可以在这里结束"}


class EndSession(ActorView):
    """End one of one's own logins."""

    title, permission = "结束登录", None

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """End it, if it is one's own."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            services.end_sessions(actor.user_id or 0, [key])
        messages.success(request, "已结束那次登录。")
        return HttpResponseRedirect(reverse("access:sessions"))


class Switch(ActorView):
    """Work at another of one's organisations."""

    title, permission = "切换机构", None

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember it in the session and go back."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        chosen = request.POST.get("organization", "")
        if chosen not in {str(grant.organization_id) for grant in actor.grants}:
            raise Forbidden("您在这个机构没有角色")
        request.session[WORKING_AT] = int(chosen)
        target = request.POST.get("next", "/")
        safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
        return HttpResponseRedirect(target if safe else "/")
