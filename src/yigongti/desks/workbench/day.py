"""The cases behind a number of yesterday."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from yigongti.care.referral.day import HAPPENED, rows_of
from yigongti.care.referral.models import Referral
from yigongti.care.referral.tables import RegisterOfReferrals
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.ui.register import RegisterView


class Day(RegisterView):
    """The referrals to which something was done on one day."""

    title, permission = "当天的转诊", Permission.CASE_REASSIGN
    table_class = RegisterOfReferrals
    template_name = "workbench/day.html"
    empty, empty_hint = "这一天没有", "换一天，或回到工作台。"
    crumbs = (("今日工作", "/"),)

    @property
    def what(self) -> Any:
        """Which number. Raises NotFound."""
        if self.kwargs["key"] not in HAPPENED:
            raise NotFound("没有这个数", hint="请回到工作台")
        return HAPPENED[self.kwargs["key"]]

    @property
    def on(self) -> date:
        """The day of the address; yesterday without one. Raises Invalid."""
        try:
            return date.fromisoformat(self.request.GET.get("on") or str(clock.today() - timedelta(days=1)))
        except ValueError as error:
            raise Invalid("日期写法不对", hint="例如 2026-11-21", field="on") from error

    def queryset(self, actor: Actor) -> QuerySet[Referral]:
        """The rows that the number counts."""
        return rows_of(actor, self.what.key, self.on)

    def context(self, actor: Actor) -> dict[str, Any]:
        """What is counted, and the days around."""
        on, what = self.on, self.what
        return {
            "title": f"{on:%Y-%m-%d} {what.title}",
            "lead": f"{what.meaning}；打开一行可看经过和时限。",
            "before": on - timedelta(days=1),
            "after": on + timedelta(days=1) if on < clock.today() else None,
        }

    def register(self, request: Any, actor: Actor) -> Any:
        """The list keeps its day when it is paged or exported."""
        register = super().register(request, actor)
        register.title = self.what.title
        return register

    def exported(self, actor: Actor) -> None:
        """A list of people leaves a trace."""
        note(actor, Entry.Action.EXPORT, subject="workbench:day")
