"""The registers of evaluations, and beginning one."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.register import RegisterView

from .. import houses, participants, schemas, services
from ..definitions import in_force_policies
from ..models import Answer, Evaluation
from ..tables import AnswerTable, EvaluationTable

CRUMBS = (("监测评价", ""), ("考核评价", "/evaluation/"))


class Evaluations(RegisterView):
    """Every evaluation within reach, the newest first."""

    title, key, permission = "考核评价", "evaluations", staticmethod(services.concerned)
    table_class, template_name, crumbs = EvaluationTable, "evaluation/list.html", CRUMBS
    empty, empty_hint = "还没有考核", "由卫生健康委或医共体理事会按考核方案发起；计算值取自已有的指标结果。"

    def queryset(self, actor: Actor) -> QuerySet[Evaluation]:
        return services.evaluations(actor).order_by("-opened_at")

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"may_open": actor.may(Permission.EVALUATION_CONDUCT)}


class Own(RegisterView):
    """The answers of the own organisations."""

    title, key, permission = "本单位的考核", "evaluation-own", Permission.EVALUATION_ANSWER
    table_class, crumbs = AnswerTable, (*CRUMBS, ("本单位", ""))
    empty, empty_hint = "还没有参加过考核", "考核启动后，这里能看到本单位的计算值、自评和得分。"

    def queryset(self, actor: Actor) -> QuerySet[Answer]:
        own = houses.houses(actor)
        rows = services.answers(actor).filter(home_organization_id__in=own).exclude(state="waiting")
        return rows.order_by("-opened_at", "title")


class OpenEvaluation(CommandView):
    """Begin an evaluation."""

    title, submit, schema = "发起考核", "发起", schemas.Opening
    done = "已发起，请核对计算值后启动自评。"
    permission, crumbs = Permission.EVALUATION_CONDUCT, (*CRUMBS, ("发起", ""))

    def choices(self, actor: Actor) -> dict[str, Any]:
        return {
            "policies": [(one.policy, one.title) for one in in_force_policies()],
            "consortia": participants.consortia(actor),
        }

    def initial(self, actor: Actor) -> dict[str, Any]:
        offered = participants.consortia(actor)
        return {"period": participants.latest("quarter"), "consortium": offered[0][0] if len(offered) == 1 else None}

    def context(self, actor: Actor) -> dict[str, Any]:
        return {"cancel": reverse("evaluation:list")}

    def run(self, actor: Actor, data: schemas.Opening, *, key: str, version: int | None) -> str:
        made = services.open_evaluation(actor, data=data, key=UUID(key) if key else None)
        return made.get_absolute_url()
