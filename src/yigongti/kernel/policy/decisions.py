"""Pages of revisions: the register, one revision with what it changes, and the decisions of the second person."""

from typing import Annotated, Any

import django_tables2 as tables
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.policy import queries, services
from yigongti.kernel.policy.comparison import diff, effect_words
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.pages import TOP, differing_rows
from yigongti.kernel.policy.places import place_name
from yigongti.kernel.ui.columns import WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import LongText
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import PageView


class Revisions(RegisterView):
    """Revisions of places: waiting first."""

    class Table(RegisterTable):
        """One revision a row."""

        name = tables.Column("规则")
        place = tables.Column("适用地", orderable=False)
        version = tables.Column("版本", orderable=False)
        status = tables.Column("状态", accessor="get_status_display", orderable=False)
        effective_from = WhenColumn(verbose_name="生效")
        proposed_by = tables.Column("提出人", accessor="proposed_by__name", orderable=False)
        proposed_at = WhenColumn(verbose_name="提出时间")
        approved_by = tables.Column("批准人", accessor="approved_by__name", orderable=False)

        def row_tone(self, record: Any) -> str:
            return "warn" if record.status == PolicyVersion.Status.PROPOSED else ""

    title, key, permission = "规则修订", "policy-revisions", Permission.POLICY_READ
    crumbs = (TOP, ("修订", ""))
    table_class = Table
    empty, empty_hint = "还没有修订", "在规则页上点“提出修订”，改一份副本提交后会出现在这里。"

    def queryset(self, actor: Actor) -> Any:
        """Within the actor's reach."""
        return queries.revisions(actor)


class Revision(PageView):
    """One revision: what it changes, which cases it answers differently, who decides."""

    title, permission, template_name = "规则修订", Permission.POLICY_READ, "policy/revision.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The revision compared with what stands below it."""
        revision = queries.access_revision(actor, self.kwargs["revision_id"])
        proposed = queries.edition_of(revision)
        base = queries.current(revision.name)
        page = (base.body.title, reverse("policy:policy", args=revision.name.split("/")))
        waiting = revision.status == PolicyVersion.Status.PROPOSED
        may = actor.may(Permission.POLICY_APPROVE, revision.organization_id)
        own = revision.proposed_by_id == actor.user_id
        return {
            "title": f"{base.body.title} {revision.version}",
            "crumbs": (TOP, page, ("修订", reverse("policy:revisions")), (revision.version, "")),
            "revision": revision,
            "effect": effect_words(proposed),
            "place": place_name(revision.place),
            "changes": diff(base, proposed),
            "differing": differing_rows(proposed.body),
            "may_approve": waiting and may and not own,
            "may_reject": waiting and (may or own),
            "may_retire": revision.status == PolicyVersion.Status.APPROVED and may,
            "own": own,
            "waiting": waiting,
        }


class Approval(BaseModel):
    """Approving asks for nothing more than the button."""


class Reason(BaseModel):
    """Why."""

    reason: Annotated[str, LongText] = Field(title="理由", min_length=2, max_length=500)


class Decision(CommandView):
    """The base of the three decisions about a revision."""

    permission = Permission.POLICY_READ

    def context(self, actor: Actor) -> dict[str, Any]:
        """What is decided about."""
        revision = queries.access_revision(actor, self.kwargs["revision_id"])
        back = revision.get_absolute_url()
        return {
            "cancel": back,
            "effect": self.effect(revision),
            "crumbs": (TOP, (str(revision), back), (self.title, "")),
        }

    def effect(self, revision: PolicyVersion) -> str:
        """What will happen, shown before."""
        return ""

    def target(self) -> str:
        """Back to the revision."""
        return reverse("policy:revision", args=[self.kwargs["revision_id"]])


class Approve(Decision):
    """Approve."""

    title, submit, done, schema, permission = (
        "批准修订",
        "批准",
        "已批准，5 秒内各处生效。",
        Approval,
        Permission.POLICY_APPROVE,
    )

    def effect(self, revision: PolicyVersion) -> str:
        """From when and where."""
        place, title = place_name(revision.place), _title(revision)
        return f"从 {revision.effective_from} 起，{place}的“{title}”改用版本 {revision.version}。"

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        """Approve."""
        services.approve(actor, version_id=self.kwargs["revision_id"])
        return self.target()


class Reject(Decision):
    """Reject, or withdraw one's own."""

    title, submit, done, schema, tone = "驳回修订", "驳回", "已驳回。", Reason, "danger"

    def effect(self, revision: PolicyVersion) -> str:
        """Nothing changes."""
        return "现行规则不变；提出人可以修改后重新提出。"

    def run(self, actor: Actor, data: Reason, *, key: str, version: int | None) -> str:
        """Reject."""
        services.reject(actor, version_id=self.kwargs["revision_id"], reason=data.reason)
        return self.target()


class Retire(Decision):
    """End an approved revision."""

    title, submit, done, schema, tone = "停用修订", "停用", "已停用。", Reason, "danger"
    permission = Permission.POLICY_APPROVE

    def effect(self, revision: PolicyVersion) -> str:
        """What stands afterwards."""
        place, title = place_name(revision.place), _title(revision)
        return f"{place}的“{title}”立即改回上一份有效版本；已经办理的事项不变。"

    def run(self, actor: Actor, data: Reason, *, key: str, version: int | None) -> str:
        """Retire."""
        services.retire(actor, version_id=self.kwargs["revision_id"], reason=data.reason)
        return self.target()


def _title(revision: PolicyVersion) -> str:
    return queries.current(revision.name).body.title
