"""Pages: the register of policies, one policy, a comparison, a proposal that is checked while it is typed."""

from typing import Annotated, Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.facts.pages import Rows, WordFilter
from yigongti.kernel.policy import queries, services
from yigongti.kernel.policy.cases import cases, differing, row_words
from yigongti.kernel.policy.comparison import diff, effect_words
from yigongti.kernel.policy.display import COLUMNS
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.kinds import MARK_MEANINGS, MARKS, Policy
from yigongti.kernel.policy.outline import KINDS, Line, outline
from yigongti.kernel.policy.problems import PolicyRefused
from yigongti.kernel.policy.rules import Rules
from yigongti.kernel.policy.shapes import shape
from yigongti.kernel.ui.columns import NumberColumn, WhenColumn
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.fields import LongText
from yigongti.kernel.ui.forms import SchemaForm
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.view import ActorView, PageView

TOP = ("规则", "/policies/")
TONES = {"S": "accent", "GK": "calm", "D": "warn"}
URGENT = {"紧急（红）": "danger", "优先（黄）": "warn"}


class Policies(RegisterView):
    """The register of policies."""

    class Table(RegisterTable):
        """One policy a row."""

        title = tables.Column("标题")
        name = tables.Column("名称")
        kind = tables.Column("种类")
        version = tables.Column("版本")
        effective_from = WhenColumn(verbose_name="生效")
        lines = NumberColumn(verbose_name="条目")
        marks = tables.Column("依据")
        own = NumberColumn(verbose_name="自定版本", unit="地")
        waiting = NumberColumn(verbose_name="待批准", unit="份")

        def row_tone(self, record: Any) -> str:
            return "warn" if record.waiting else ""

    title, key, permission = "规则", "policies", Permission.POLICY_READ
    table_class, filterset_class = Table, WordFilter
    empty, empty_hint = "还没有规则", "规则文件在 policies 文件夹中，用 yigongti policy check 检查。"

    def queryset(self, actor: Actor) -> Any:
        """Every policy."""
        return Rows(queries.policy_rows())


class PolicyPage(PageView):
    """One policy: statements in words and SQL, sources with their marks, versions, cases."""

    title, permission, template_name = "规则", Permission.POLICY_READ, "policy/policy.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The edition asked for (``?edition=``), else the one in force for everyone."""
        name = name_of(self.kwargs)
        digest = self.request.GET.get("edition", "")
        shown = queries.edition_by_hash(name, digest) if digest else queries.current(name)
        return {
            "title": shown.body.title,
            "crumbs": (TOP, (shown.body.title, "")),
            "lead": shown.body.summary,
            "versions": queries.versions(name),
            "places": queries.own_places(actor),
            "cases": _cases(shown),
            **self.kwargs,
            **_statements(shown),
        }


class Comparison(PageView):
    """What changed from one version to another."""

    title, permission, template_name = "版本比较", Permission.POLICY_READ, "policy/comparison.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """``?before=`` and ``?after=`` are beginnings of hashes; by default the two newest versions."""
        name = name_of(self.kwargs)
        rows = queries.versions(name)
        given = self.request.GET
        after = queries.edition_by_hash(name, given["after"]) if given.get("after") else rows[0].edition
        before = queries.edition_by_hash(name, given["before"]) if given.get("before") else rows[-1].edition
        page = (after.body.title, reverse("policy:policy", args=name.split("/")))
        changes = diff(before, after)
        return {
            "before": before,
            "after": after,
            "changes": changes,
            "versions": rows,
            "crumbs": (TOP, page, ("版本比较", "")),
        }


class Proposal(BaseModel):
    """What a proposal needs."""

    text: Annotated[str, LongText] = Field(title="规则原文（YAML）", max_length=200_000)
    reason: Annotated[str, LongText] = Field(title="修订理由", min_length=4, max_length=500, description="批准人能看到")


class Propose(CommandView):
    """Propose a place's own edition by editing a copy of the text."""

    title, submit, done, schema = "提出修订", "提交批准", "已提交，等待另一位有权限的人批准。", Proposal
    permission, template_name = Permission.POLICY_PROPOSE, "policy/propose.html"

    def initial(self, actor: Actor) -> dict[str, Any]:
        """The text in force at the place, with place, version and date filled in."""
        name = name_of(self.kwargs)
        mine = queries.own_places(actor)
        wanted = self.request.GET.get("place")
        place = next((one for one in mine if one.code == wanted), mine[0] if mine else None)
        standing = queries.current(name, place.code if place else None)
        if place is None:
            return {"text": standing.text}
        return {"text": queries.draft_text(standing, place, version_numbers(name))}

    def form_class(self, actor: Actor) -> type[SchemaForm]:
        """A form with room for a file."""
        made = super().form_class(actor)
        made.base_fields["text"].widget.attrs.update(
            {"rows": 30, "class": "form-control y-mono", "spellcheck": "false", "wrap": "off", "autocomplete": "off"}
        )
        made.base_fields["reason"].widget.attrs["rows"] = 2
        return made

    def context(self, actor: Actor) -> dict[str, Any]:
        """Where to check while typing, and where to go back."""
        name = name_of(self.kwargs)
        back = reverse("policy:policy", args=name.split("/"))
        return {
            "crumbs": (TOP, (queries.current(name).body.title, back), (self.title, "")),
            "cancel": back,
            "check_url": reverse("policy:check"),
            "lead": "改动下面的副本并写明理由；由另一位有批准权限的人批准后，从生效日起在本医共体适用。",
        }

    def run(self, actor: Actor, data: Proposal, *, key: str, version: int | None) -> str:
        """Propose."""
        return services.propose(actor, text=data.text, reason=data.reason).get_absolute_url()


class Check(ActorView):
    """Checks a text while it is typed: every mistake with its line, else what would change."""

    title, permission = "检查规则", Permission.POLICY_PROPOSE

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answers a piece of HTML."""
        return render(request, "policy/check.html", examined(request.POST.get("text", "")))


def examined(text: str) -> dict[str, Any]:
    """What is wrong with a proposed text, or what it changes."""
    try:
        policy = services.check_proposal(text)
    except PolicyRefused as refused:
        return {"problems": refused.problems}
    except YigongtiError as error:
        return {"error": error}
    standing = queries.current(policy.policy, policy.place)
    proposed = Edition(policy, text, "", "database")
    return {"changes": diff(standing, proposed), "differing": differing_rows(policy), "policy": policy}


def name_of(kwargs: dict[str, Any]) -> str:
    """The name of the policy that a URL is about."""
    return f"{kwargs['room']}/{kwargs['policy']}"


def version_numbers(name: str) -> list[int]:
    """The second parts of this policy's version numbers of all years."""
    return [int(row.edition.version.split(".")[1]) for row in queries.versions(name)]


def _statements(shown: Edition) -> dict[str, Any]:
    lines = [_statement(line) for line in outline(shown.body)]
    return {
        "edition": shown,
        "kind": KINDS.get(shown.body.kind, shown.body.kind),
        "effect": effect_words(shown),
        "heads": COLUMNS.get(shown.body.kind, ("项目", "条件", "内容")),
        "lines": lines,
        "marks": [(MARKS[mark], meaning, TONES[mark]) for mark, meaning in MARK_MEANINGS.items()],
    }


def _statement(line: Line) -> dict[str, Any]:
    """A line with the tones of its mark and its urgency, which stands as a tag before the rest."""
    urgency = line.then.get("紧急程度", "")
    return {
        "line": line,
        "tone": TONES.get(line.mark, "calm"),
        "urgency": urgency,
        "urgency_tone": URGENT.get(urgency, "calm"),
        "consequence": line.consequence.replace(f"{urgency} · ", "") if urgency else line.consequence,
        "reason": line.then.get("原因", ""),
    }


def _cases(shown: Edition) -> list[tuple[str, str, str]]:
    if not isinstance(shown.body, Rules):
        return []
    row = shape(shown.body.shape)
    names = {rule.id: rule.name for rule in shown.body.rules}
    return [
        (case.name, row_words(case.row, row), "；".join(names.get(rule, rule) for rule in case.fires))
        for case in cases(shown.name)
    ]


def differing_rows(policy: Policy) -> list[tuple[str, str, str, str]]:
    """The cases that a proposed text answers differently: name, known values, rules before, rules after."""
    if not isinstance(policy, Rules):
        return []
    row = shape(policy.shape)
    return [
        (case.name, row_words(case.row, row), "、".join(case.fires) or "无", "、".join(found) or "无")
        for case, found in differing(policy)
    ]
