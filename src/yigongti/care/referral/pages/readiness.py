"""可以下转: who in care may go down by the criteria, with rule, source and values; and what the doctor does with it."""

from typing import Annotated, Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from pydantic import BaseModel, Field

from yigongti.care.referral import assessing, queries, rules, services
from yigongti.care.referral.models import Readiness, Referral
from yigongti.care.referral.tables import ONE_LINE, ReferralTable
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.ui.columns import tag
from yigongti.kernel.ui.fields import ChoicesFrom, LongText
from yigongti.kernel.ui.forms import Choices
from yigongti.records.health_record.observations import ASSESSMENT

from .case import MARKS
from .steps import CaseCommand

Shown = dict[str, Any]


def policy_url(proposed: Shown) -> str:
    """Where the rule stands."""
    return f"{reverse('policy:policy', args=proposed['policy'].split('/'))}#{proposed['rule']}"


def said(item: Shown) -> str:
    """``空腹血糖 6.4 mmol/L``; of what is present only the name."""
    if item["value"] in ("True", "False"):
        return item["label"] if item["value"] == "True" else f"{item['label']}：否"
    return f"{item['label']} {item['value']} {item['unit']}".strip()


def grounds(proposed: Shown) -> SafeString:
    """The rule, and under it the values, the source with its mark, and the way to the policy."""
    label, tone = MARKS[proposed["source"]["mark"]]
    source = f"{proposed['source']['document']} {proposed['source'].get('item') or ''}".strip()
    return format_html(
        '<strong>{}</strong><br><span>{}</span><br><small class="y-muted">{} {} · <a href="{}">规则 {}</a></small>',
        proposed["name"],
        " · ".join(said(item) for item in proposed["evidence"]),
        tag(label, tone),
        source,
        policy_url(proposed),
        proposed["version"],
    )


def ways(case: Referral, here: str) -> list[tuple[str, str, str]]:
    """Tone, address and label of what may be done with a suggestion."""
    back = f"?next={here}"
    return [
        ("btn-primary", reverse("referral:step", args=[case.pk, "hand_down"]) + back, "下转"),
        ("", reverse("referral:down-otherwise", args=[case.pk]) + back, "修改后采纳"),
        ("", reverse("referral:not-down", args=[case.pk]) + back, "不采纳"),
    ]


class ReadyTable(ReferralTable):
    """Who, how long in care, on what grounds, and the three answers."""

    days = tables.Column(accessor="pk", verbose_name="诊疗", orderable=False, attrs=ONE_LINE)
    grounds = tables.Column(accessor="pk", verbose_name="下转标准和依据", orderable=False)
    act = tables.Column(accessor="pk", verbose_name="办理", orderable=False, exclude_from_export=True)

    class Meta:
        exclude = ("priority", "way", "state", "next", "due_at")
        sequence = ("resident_name", "diagnosis", "days", "grounds", "act")

    def render_days(self, record: Referral) -> str:
        """How long in care."""
        return f"第 {(clock.now() - (record.arrived_at or record.entered_at)).days + 1} 天"

    def render_grounds(self, record: Referral) -> SafeString:
        """The first criterion in full, the others by name."""
        first, *more = record.readiness.proposals
        others = "；".join(one["name"] for one in more)
        return format_html("{}{}", grounds(first), format_html("<br><small>另：{}</small>", others) if others else "")

    def value_grounds(self, record: Referral) -> str:
        """For the spreadsheet."""
        return "；".join(one["name"] for one in record.readiness.proposals)

    def render_act(self, record: Referral) -> SafeString:
        """Down, otherwise, or not."""
        link = '<a class="btn btn-sm {}" href="{}" hx-get="{}" hx-target="#dialog-body">{}</a>'
        buttons = format_html_join(
            "", link, ((t, url, url, label) for t, url, label in ways(record, self.request.path))
        )
        return format_html('<span class="d-acts">{}</span>', buttons)


#: the list of the desk
READY = (
    "ready",
    "可以下转：符合下转标准",
    queries.ready,
    ReadyTable,
    "现在没有符合下转标准的病人",
    "诊疗中的病人做了病情评估，或测量值连续达标、没有危急情况，符合下转标准时会列在这里，写明规则、来源和依据。",
)


def standing(case: Referral, actor: Actor) -> dict[str, Any]:
    """For the page of a case in care: the last assessment, and what the criteria say; for who treats."""
    if not any(step.name == "assess" for step in steps_for(case, actor)):
        return {}
    names = {item.code: item.name for item in ASSESSMENT}
    last = assessing.last(case)
    found = Readiness.objects.filter(pk=case.pk).first()
    here = reverse("referral:case", args=[case.pk])
    answers = last.get("answers", {})
    return {
        "assess": reverse("referral:step", args=[case.pk, "assess"]),
        "assessed": last,
        "yes": [names[code] for code in names if answers.get(code)],
        "no": [names[code] for code in assessing.ASKED if answers.get(code) is False],
        "grounds": [grounds(one) for one in found.proposals] if found else [],
        "quiet": bool(found and found.quiet),
        "ways": ways(case, here),
    }


class Because(BaseModel):
    """Why a suggestion to go down is not followed."""

    reason: Annotated[str, ChoicesFrom("reasons:dismiss-down")] = Field(title="不采纳的理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


class Change(BaseModel):
    """Why it is followed otherwise than proposed."""

    reason: Annotated[str, ChoicesFrom("reasons:change")] = Field(title="修改建议的理由")
    note: Annotated[str, LongText] = Field("", title="说明", max_length=1000)


def treats(actor: Actor) -> bool:
    """Whoever treats somewhere."""
    return actor.may(Permission.REFERRAL_TREAT)


class OfSuggestion(CaseCommand):
    """A form about the suggestion of a case."""

    permission = treats

    def choices(self, actor: Actor) -> Choices:
        return {f"reasons:{name}": rules.reasons(name, self.case.places) for name in ("dismiss-down", "change")}

    def initial(self, actor: Actor) -> dict[str, Any]:
        return {}

    def context(self, actor: Actor) -> dict[str, Any]:
        found = Readiness.objects.filter(pk=self.case.pk).first()
        effect = "；".join(one["name"] for one in found.proposals) if found else "这条建议现在不成立"
        return super().context(actor) | {"effect": effect}


class NotDown(OfSuggestion):
    """Not down yet."""

    title, submit, schema, done, tone = (
        "不采纳下转建议",
        "不采纳",
        Because,
        "已记录，有新的评估或依据时再提示。",
        "danger",
    )

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        services.dismiss_down(actor, referral_id=self.case.pk, reason=data.reason, note=data.note)
        return self.onward(self.back)


class Otherwise(OfSuggestion):
    """Down with changes: the reason first, then the plan."""

    title, submit, schema = "修改后下转", "填写下转方案", Change

    def run(self, actor: Actor, data: Any, *, key: str, version: int | None) -> str:
        services.change_down(actor, referral_id=self.case.pk, reason=data.reason, note=data.note)
        return reverse("referral:step", args=[self.case.pk, "hand_down"])
