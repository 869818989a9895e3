"""Pages about systems that call the API, for administrators."""

from typing import Any, ClassVar

from django.contrib import messages
from django.urls import reverse

from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import Choices
from yigongti.kernel.ui.register import RegisterView
from yigongti.kernel.ui.view import PageView

from . import applications, schemas
from .actor import Actor
from .models import Grant
from .pages import SYSTEM, organization_options
from .permissions import Permission
from .tables import ApplicationTable

SYSTEMS = ("接入系统", "/access/systems/")
ONCE = "密钥只显示这一次，请存入对方系统的密钥库。"


class Applications(RegisterView):
    """The register of systems."""

    title, key, permission = "接入系统", "access-systems", Permission.GRANT_MANAGE
    table_class, template_name = ApplicationTable, "access/applications.html"
    empty, empty_hint = "还没有系统接入", "HIS、LIS 等系统以令牌调用接口，先在这里登记。"
    crumbs = (SYSTEM, ("接入系统", ""))

    def queryset(self, actor: Actor) -> Any:
        """The systems within reach."""
        return applications.applications(actor).order_by("name", "pk")


class Application(PageView):
    """One system."""

    title, permission, template_name = "接入系统", Permission.GRANT_MANAGE, "access/application.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The system with its grants and scopes."""
        found = applications.access_application(actor, self.kwargs["application_id"])
        titles = applications.offered()
        return {
            "title": found.name,
            "crumbs": (SYSTEM, SYSTEMS, (found.name, "")),
            "application": found,
            "scopes": [(scope, titles.get(scope, scope)) for scope in found.scopes],
            "grants": Grant.objects.filter(user_id=found.user_id).select_related("organization"),
        }


class OpenApplication(CommandView):
    """Let a system in."""

    title, submit, key = "登记接入系统", "登记", "access-system-open"
    schema, permission = schemas.SystemOpening, Permission.GRANT_MANAGE
    crumbs = (SYSTEM, SYSTEMS, ("登记", ""))

    def choices(self, actor: Actor) -> Choices:
        """Organisations and scopes."""
        return {"organizations": organization_options(actor), "scopes": list(applications.offered().items())}

    def run(self, actor: Actor, data: schemas.SystemOpening, *, key: str, version: int | None) -> str:
        """Open it and show the secret once."""
        given = data.model_dump(exclude={"organization"}) | {"organization_id": data.organization}
        made, secret = applications.open_application(actor, **given)
        messages.success(self.request, f"client_id {made.client_id}，密钥 {secret}。{ONCE}")
        return reverse("access:application", args=[made.pk])


class OnApplication(CommandView):
    """A command on one system."""

    schema, permission, tone = schemas.Nothing, Permission.GRANT_MANAGE, "danger"
    effect: ClassVar[str] = ""

    @property
    def url(self) -> str:
        """The system's page."""
        return reverse("access:application", args=[self.kwargs["application_id"]])

    def context(self, actor: Actor) -> dict[str, Any]:
        """Which system it is."""
        found = applications.access_application(actor, self.kwargs["application_id"])
        return {"effect": self.effect.format(found.name), "cancel": self.url}


class Rotate(OnApplication):
    """A new secret."""

    title, submit = "更换密钥", "更换"
    effect = "“{}”的旧密钥和所有令牌立即失效。"

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Change it and show it once."""
        secret = applications.rotate(actor, application_id=self.kwargs["application_id"])
        messages.success(self.request, f"新密钥 {secret}。{ONCE}")
        return self.url


class Stop(OnApplication):
    """Stop a system."""

    title, submit, done, active = "停用系统", "停用", "系统已停用。", False
    effect = "“{}”的令牌立即失效，不能再换取；可以再启用。"

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Set it."""
        applications.set_open(actor, application_id=self.kwargs["application_id"], active=self.active)
        return self.url


class Start(Stop):
    """Let a stopped system in again."""

    title, submit, done, active, tone = "启用系统", "启用", "系统已启用。", True, "primary"
    effect = "“{}”可以重新换取令牌。"
