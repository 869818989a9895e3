"""The resident's own pages, made for a telephone."""

from typing import Any

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.view import PageView


class Home(PageView):
    """What a resident sees first."""

    title, permission, template_name = "我的健康", Permission.OWN_RECORD, "my/home.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        return {}
