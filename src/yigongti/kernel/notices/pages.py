"""One's own notices."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.columns import WhenColumn, tag
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView

from . import services
from .models import Notice


class NoticeTable(RegisterTable):
    """Newest first; what is unread stands out."""

    title = tables.Column("消息", orderable=False)
    text = tables.Column("内容", orderable=False)
    state = tables.Column("", empty_values=(), orderable=False)
    created_at = WhenColumn(verbose_name="时间", orderable=False)

    def row_url(self, record: Any) -> str:
        """Opens it."""
        return reverse("notices:open", args=[record.pk])

    def row_tone(self, record: Any) -> str:
        """Urgent and unread."""
        return "danger" if record.urgent and record.read_at is None else ""

    def render_state(self, record: Any) -> Any:
        """未读, or nothing."""
        return "" if record.read_at else tag("未读", "accent")

    def value_state(self, record: Any) -> str:
        """For the spreadsheet."""
        return "" if record.read_at else "未读"


class Notices(RegisterView):
    """The list of one's own notices."""

    title, key, permission = "消息", "notices", None
    table_class = NoticeTable
    template_name = "notices/notices.html"
    empty, empty_hint = "没有消息", "需要您知道的事会出现在这里。"
    crumbs: ClassVar[tuple[tuple[str, str], ...]] = ()

    def queryset(self, actor: Actor) -> Any:
        """One's own, newest first."""
        return Notice.objects.filter(user_id=actor.user_id or 0).order_by("-id")


class Open(ActorView):
    """Go where a notice leads; it is read then."""

    title, permission = "打开消息", None

    def get(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """Mark it read and go there."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        notice = Notice.objects.filter(pk=notice_id, user_id=actor.user_id or 0).first()
        if notice is None:
            raise NotFound("没有找到这条消息")
        services.mark_read(actor, notice_id=notice.pk)
        return HttpResponseRedirect(notice.link or reverse("notices:list"))


class ReadAll(ActorView):
    """Mark everything read."""

    title, permission = "全部已读", None

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark them and go back to the list."""
        services.mark_read(request.actor)  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("notices:list"))
