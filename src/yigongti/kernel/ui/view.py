"""The base of all pages: who may see it is declared, a visitor logs in first, the rest are told why not."""

from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import View

from yigongti.kernel.errors import Forbidden
from yigongti.kernel.ui.navigation import Allows, allowed


class ActorView(View):
    """A view for people with a permission (anywhere; the rows and objects themselves are the room's to scope)."""

    title: ClassVar[str] = ""
    permission: ClassVar[Allows] = None
    crumbs: ClassVar[tuple[tuple[str, str], ...]] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Only for people with the permission. Raises :class:`Forbidden`."""
        actor = getattr(request, "actor", None)
        if actor is None:
            return redirect_to_login(request.get_full_path())
        if not allowed(actor, type(self).permission):
            raise Forbidden(f"您没有“{self.title}”的权限", hint="如工作需要，请联系本单位的系统管理员授权")
        return super().dispatch(request, *args, **kwargs)


class PageView(ActorView):
    """A page to read: the room declares the template and says what it shows."""

    template_name: ClassVar[str] = "ui/page.html"

    def context(self, actor: Any) -> dict[str, Any]:
        """What the page shows; ``title`` and ``crumbs`` may be replaced. ``self.kwargs`` has the URL's parts."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page."""
        context = {"title": self.title, "crumbs": self.crumbs, **self.context(request.actor)}  # type: ignore[attr-defined]
        return render(request, self.template_name, context)
