"""The one list of a doctor below: everything to do today, most pressing first, each with its next action."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Literal
from uuid import UUID

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yigongti.care.referral import queries, waiting
from yigongti.care.referral.criteria import Evidence
from yigongti.care.referral.models import Referral
from yigongti.care.referral.pages import lists
from yigongti.care.referral.tables import URGENCY_LABELS, URGENCY_TONES, ReferralTable, running_clock
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.ui.addresses import address
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import clock_html, tag, when
from yigongti.kernel.ui.figures import Figure
from yigongti.kernel.ui.register import Register, RegisterTable, read
from yigongti.kernel.ui.windows import Wanted
from yigongti.records.health_record.follow_ups import due_follow_ups
from yigongti.records.residents.display import age_text
from yigongti.records.residents.forms import record_url
from yigongti.records.residents.models import Resident

Kind = Literal["proposal", "case", "follow-up"]
KINDS: dict[str, str] = {"proposal": "转诊建议", "case": "转诊待办", "follow-up": "到期随访"}
MOST = 100
PER_PAGE = 50
SOON = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Button:
    """What to do next: ``act`` is its word, ``target`` where it leads; ``url`` is where the row leads."""

    url: str
    act: str
    target: str
    dialog: bool = False
    posted: dict[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to do for one resident. The button is worked out for the rows that are drawn."""

    kind: Kind
    name: str
    sex: str
    birth_date: date
    what: str
    why: str = ""
    urgency: str = ""
    due: date | None = None
    seen: datetime | None = None
    clock: Clock | None = None
    leads: Callable[[], Button]

    @cached_property
    def button(self) -> Button:
        """What to do next."""
        return self.leads()

    @property
    def overdue(self) -> bool:
        """Whether its time is over."""
        return self.clock.overdue if self.clock else self.due is not None and self.due < clock.today()

    @property
    def rank(self) -> tuple[int, str]:
        """Red; a referral over its time; yellow; one that runs out within a day; overdue follow-ups; the rest.

        Within these by the time that is left: many late follow-ups never hide a patient who is waiting.
        """
        soon = self.clock is not None and self.clock.due is not None and self.clock.due - clock.now() < SOON
        late = self.clock is not None and self.overdue
        steps = (self.urgency == "red", late, self.urgency == "yellow", soon, self.overdue)
        place = next((n for n, holds in enumerate(steps) if holds), len(steps))
        return place, str(self.clock.due if self.clock and self.clock.due else self.due or self.seen or "9")


def tasks(actor: Actor, cases: Iterable[Referral]) -> list[Task]:
    """Everything that waits for the actor, ``cases`` among it, most pressing first. Two statements."""
    found = [*_proposals(actor), *_cases(actor, cases), *_follow_ups(actor)]
    return sorted(found, key=lambda task: task.rank)


def _proposals(actor: Actor) -> Iterable[Task]:
    for person in waiting.proposals_waiting(actor):
        best, more = person.suggestions[0], len(person.suggestions) - 1
        evidence = "，".join(_spoken(item) for item in best.evidence)
        yield Task(
            kind="proposal",
            name=person.name,
            sex=person.sex,
            birth_date=person.birth_date,
            what=best.name + (f"，另有 {more} 条建议" if more else ""),
            why=evidence,
            urgency=best.urgency,
            seen=person.at,
            leads=partial(_begin, person.resident_id, person.encounter_id, f"{best.policy}#{best.rule}"),
        )


def _begin(resident_id: UUID, encounter_id: UUID, criterion: str) -> Button:
    return Button(
        url=f"{address('referral:proposals', resident_id)}?encounter={encounter_id}",
        act="一键上转",
        target=address("referral:begin", resident_id),
        posted={"criterion": criterion, "encounter": str(encounter_id)},
    )


def _spoken(item: Evidence) -> str:
    """``收缩压 191 mmHg``; only the name of what is present or absent."""
    if item.value is True:
        return item.label
    value = f"{item.value:g}" if isinstance(item.value, float | Decimal) else str(item.value)
    return f"{item.label} {value} {item.unit}".strip()


def _cases(actor: Actor, cases: Iterable[Referral]) -> Iterable[Task]:
    for case in cases:
        yield Task(
            kind="case",
            name=case.resident_name,
            sex=case.resident_sex,
            birth_date=case.resident_birth_date,
            what=f"{case.get_direction_display()} · {case.state_now.title}",
            why=f"{case.diagnosis} {case.home_organization} → {case.counterpart_organization or '未定'}".strip(),
            urgency=case.priority,
            clock=running_clock(case),
            leads=partial(_take, case, actor),
        )


def _take(case: Referral, actor: Actor) -> Button:
    url = address("referral:case", case.pk)
    target, act = next_step(case, actor)
    return Button(url=url, act=act, target=target, dialog=target != url)


def next_step(case: Referral, actor: Actor) -> tuple[str, str]:
    """Where the main step of a case is taken and what the button says."""
    step = next((s for s in steps_for(case, actor) if not s.danger and s.name != "revise"), None)
    if step is None:
        return address("referral:case", case.pk), "打开"
    if step.name == "submit":
        return address("referral:send", case.pk), "填写并提交"
    return address("referral:step", case.pk, step.name), step.title


def _follow_ups(actor: Actor) -> Iterable[Task]:
    for person in due_follow_ups(actor, most=MOST):
        registers = "、".join(person.registers)
        yield Task(
            kind="follow-up",
            name=person.name,
            sex=person.sex,
            birth_date=person.birth_date,
            what=f"{registers}随访" if registers else "随访",
            why=f"上次 {when(person.last_seen)}",
            due=person.due,
            leads=partial(_record, person.resident_id),
        )


def _record(resident_id: UUID) -> Button:
    return Button(url=record_url(resident_id), act="登记随访", target=follow_up_url(resident_id))


def follow_up_url(resident_id: UUID) -> str:
    """Where a follow-up is recorded."""
    return f"{address('record:visit', resident_id)}?kind=follow-up"


class TodayTable(RegisterTable):
    """Who, what, until when, and the button."""

    urgency = tables.Column("级别", orderable=False, empty_values=())
    name = tables.Column("居民", orderable=False)
    what = tables.Column("要办的事", orderable=False)
    due = tables.Column("时限", orderable=False, empty_values=())
    act = tables.Column("办理", orderable=False, empty_values=(), exclude_from_export=True)

    def render_urgency(self, record: Task) -> Any:
        """Red, yellow, green; nothing for a follow-up in time."""
        if record.urgency:
            return tag(URGENCY_LABELS[record.urgency], URGENCY_TONES[record.urgency])
        return tag("逾期", "danger") if record.overdue else ""

    def value_urgency(self, record: Task) -> str:
        """For the spreadsheet."""
        return URGENCY_LABELS.get(record.urgency, "逾期" if record.overdue else "")

    def render_name(self, record: Task) -> SafeString:
        """Name, sex and age."""
        age = age_text(record.birth_date, clock.today())
        sex = Resident.Sex(record.sex).label if record.sex in Resident.Sex.values else ""
        return format_html('{}<small class="y-muted"> {} {}</small>', record.name, sex, age)

    def value_name(self, record: Task) -> str:
        """For the spreadsheet."""
        return record.name

    def render_what(self, record: Task) -> SafeString:
        """The kind, what, and why on a line of its own."""
        kind = tag(KINDS[record.kind], "accent" if record.kind == "proposal" else "calm")
        return format_html('{} {}<br><small class="y-muted">{}</small>', kind, record.what, record.why)

    def value_what(self, record: Task) -> str:
        """For the spreadsheet."""
        return f"{KINDS[record.kind]}：{record.what}（{record.why}）"

    def render_due(self, record: Task) -> Any:
        """A clock that runs, or how many days late."""
        if record.clock:
            return clock_html(record.clock)
        if record.due is None:
            return format_html('<span class="y-muted">{} 就诊</span>', when(record.seen))
        late = (clock.today() - record.due).days
        return format_html('<span class="y-danger">逾期 {} 天</span>', late) if late > 0 else "今天到期"

    def value_due(self, record: Task) -> Any:
        """For the spreadsheet."""
        return record.clock.due if record.clock else record.due

    def render_act(self, record: Task) -> Any:
        """One button: what to do next."""
        button = record.button
        if button.posted is not None:
            return self._post(button)
        dialog = format_html(' hx-get="{}" hx-target="#dialog-body"', button.target) if button.dialog else ""
        tone = "btn-primary" if record.urgency or record.overdue else ""
        return format_html('<a class="btn btn-sm {}" href="{}"{}>{}</a>', tone, button.target, dialog, button.act)

    def _post(self, button: Button) -> SafeString:
        fields = {"csrfmiddlewaretoken": get_token(self.request), **(button.posted or {})}
        hidden = [format_html('<input type="hidden" name="{}" value="{}">', *pair) for pair in fields.items()]
        return format_html(
            '<form method="post" action="{}" data-once>{}<button class="btn btn-sm btn-primary">{}</button></form>',
            button.target,
            SafeString("".join(hidden)),
            button.act,
        )

    def row_url(self, record: Task) -> str:
        """The record or the case."""
        return record.button.url

    def row_tone(self, record: Task) -> str:
        """Red is for danger and overdue."""
        return "danger" if record.overdue or record.urgency == "red" else "warn" if record.urgency == "yellow" else ""


def today_list(request: HttpRequest, found: list[Task]) -> Register:
    """The list, narrowed to the kind that the address names."""
    kind = request.GET.get("kind", "")
    rows = [task for task in found if kind in ("", task.kind) or (kind == "late" and task.overdue)]
    return Register(
        request,
        key="today",
        prefix="t",
        title=f"今天要办的事：{KINDS.get(kind, '逾期')}" if kind else "今天要办的事",
        rows=rows,
        table_class=TodayTable,
        empty="今天没有要办的事",
        empty_hint="到期的随访、达到转诊标准的居民、转回来的病人、要补充的资料会自动出现在这里。",
        per_page=MOST if kind else PER_PAGE,
    )


def today_figures(found: list[Task], url: str) -> list[Figure]:
    """How many of each kind; a click shows only these."""
    counts = Counter(task.kind for task in found)
    late = sum(task.overdue for task in found)
    kinds = [
        Figure(label=title, value=counts[kind], unit="人", href=f"{url}?kind={kind}")  # type: ignore[index]
        for kind, title in KINDS.items()
    ]
    return [
        *kinds,
        Figure(label="其中逾期", value=late, unit="人", href=f"{url}?kind=late", tone="danger" if late else "calm"),
    ]


def waits(actor: Actor) -> QuerySet[Referral]:
    """Sent by the actor's organisations and now in the hands of others."""
    return queries.sent(actor).exclude(pk__in=queries.to_do(actor).order_by().values("pk"))


WAITS: lists.Sheet = (
    "waits",
    "等别人办的：卡在谁手里",
    waits,
    ReferralTable,
    "没有等别人办的转诊",
    "您转出的病人办到哪一步、该谁办、还剩多少时间，会列在这里。",
)


def desk(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """A doctor below: one list of what to do today, then what waits for others."""
    others = lists.registers(request, actor, (WAITS,), url=request.path)
    [mine] = read(others, [Wanted(queries.to_do(actor), 0, MOST, MOST)])
    found = tasks(actor, mine.rows)
    return {"figures": today_figures(found, request.path), "registers": [today_list(request, found), *others]}
