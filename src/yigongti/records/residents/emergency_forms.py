"""The form that breaks the glass. It says whose record would be opened, as little as it takes to be sure."""

from typing import Any

from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.command import CommandView

from . import choices, schemas, services
from .display import age_text, masked_name
from .forms import record_url


class BreakGlass(CommandView):
    """Open a record in an emergency."""

    title, submit, tone = "紧急调阅档案", "紧急调阅", "danger"
    schema, permission = schemas.Emergency, Permission.RECORD_EMERGENCY

    def choices(self, actor: Any) -> dict[str, Any]:
        return choices.fixed()

    def context(self, actor: Any) -> dict[str, Any]:
        person = services.whom(actor, resident_id=self.kwargs["resident_id"])
        sex = {"1": "男，", "2": "女，"}.get(person.sex, "")
        age = age_text(person.birth_date, clock.today())
        who = f"{masked_name(person.name)}（{sex}{age}，{person.birth_date.year} 年生）"
        return {
            "cancel": reverse("residents:search"),
            "effect": f"将要打开 {who} 的健康档案，请核对是这一位。档案立即对本机构打开，到时自动关闭。"
            "您的姓名、原因和时间会记入审计，并通知隐私负责人、院长和本人。",
        }

    def run(self, actor: Any, data: schemas.Emergency, *, key: str, version: int | None) -> str:
        resident, _ = services.open_in_emergency(
            actor,
            resident_id=self.kwargs["resident_id"],
            reason=data.reason,
            text=data.text,
            minutes=data.minutes,
        )
        return record_url(resident)
