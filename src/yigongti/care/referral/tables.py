"""Lists of referrals: urgency, who it is, from where to where, whose turn it is, the clock."""

from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.utils.html import format_html

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import Step
from yigongti.kernel.cases.presentation import steps_for
from yigongti.kernel.ui.addresses import address
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable

from .models import Referral
from .observed import years

URGENCY_TONES = {"red": "danger", "yellow": "warn", "green": "calm"}
ONE_LINE = {"td": {"class": "y-nowrap"}}
URGENCY_LABELS = {"red": "红", "yellow": "黄", "green": "绿"}


def running_clock(record: Referral) -> Clock | None:
    """The clock of the open step; closed cases have none."""
    if not record.is_open:
        return None
    paused = record.entered_at if record.state_now.pauses and record.clock_left is not None else None
    return Clock(record.due_at, paused_since=paused)


class ReferralTable(RegisterTable):
    """Every column that all lists share."""

    priority = TagColumn(tones=URGENCY_TONES, labels=URGENCY_LABELS, verbose_name="级别", orderable=False)
    resident_name = tables.Column(verbose_name="居民", orderable=False, attrs=ONE_LINE)
    diagnosis = tables.Column(verbose_name="诊断", orderable=False)
    way = tables.Column(accessor="pk", verbose_name="转出 → 转入", orderable=False)
    state = tables.Column(verbose_name="状态", orderable=False, attrs=ONE_LINE)
    next = tables.Column(accessor="pk", verbose_name="该谁办", orderable=False)
    due_at = ClockColumn(clock_of=running_clock, verbose_name="时限", orderable=False)

    class Meta:
        sequence = ("priority", "resident_name", "diagnosis", "way", "state", "next", "due_at", "...")

    def render_resident_name(self, record: Referral) -> str:
        age = years(record.resident_birth_date, clock.today())
        sex = {"1": "男", "2": "女"}.get(record.resident_sex, "")
        return format_html('{}<small class="y-muted"> {} {}岁</small>', record.resident_name, sex, age)

    def value_resident_name(self, record: Referral) -> str:
        return record.resident_name

    def render_way(self, record: Referral) -> str:
        department = f" {record.department.name}" if record.department else ""
        return f"{record.home_organization} → {record.counterpart_organization or '未定'}{department}"

    def value_way(self, record: Referral) -> str:
        return self.render_way(record)

    def render_state(self, record: Referral) -> str:
        return record.state_now.title

    def value_state(self, record: Referral) -> str:
        return record.state_now.title

    def render_next(self, record: Referral) -> str:
        desk = record.state_now.desk
        if desk is None:
            return "已办结"
        person = f"（{record.owner_user.name}）" if record.owner_user else ""
        return f"{record.owner_organization}{desk.title}{person}"

    def value_next(self, record: Referral) -> str:
        return self.render_next(record)

    def row_url(self, record: Referral) -> str | None:
        return address("referral:case", record.pk)

    def row_tone(self, record: Referral) -> str:
        return "danger" if record.is_overdue else ""


def main_step(case: Referral, actor: Actor) -> Step | None:
    """The button of a row: the first step that moves the case on, else the first that fills it."""
    mine = [step for step in steps_for(case, actor) if not step.danger and step.name not in ("revise", "reassign")]
    moving = (step for step in mine if step.target(case.state_now) is not case.state_now)
    return next(moving, mine[0] if mine else None)


class WorkTable(ReferralTable):
    """A work list: the next step is a button in the row."""

    act = tables.Column(accessor="pk", verbose_name="办理", orderable=False, exclude_from_export=True)

    class Meta:
        sequence = ("...", "act")

    def render_act(self, record: Referral) -> Any:
        actor = getattr(self.request, "actor", None)
        main = main_step(record, actor) if actor else None
        if main is None:
            return ""
        name = "send" if main.name == "submit" else main.name
        url = f"{address('referral:step', record.pk, name)}?{urlencode({'next': self.request.path})}"
        return format_html(
            '<a class="btn btn-sm btn-primary" href="{}" hx-get="{}" hx-target="#dialog-body">{}</a>',
            url,
            url,
            "填写并提交" if name == "send" else main.title,
        )


class AppointmentTable(WorkTable):
    """With the time and place of the appointment."""

    appointment_at = WhenColumn(verbose_name="预约", orderable=False)
    appointment_place = tables.Column(verbose_name="地点", orderable=False)

    class Meta:
        sequence = ("priority", "resident_name", "appointment_at", "appointment_place", "...", "act")


class RegisterOfReferrals(ReferralTable):
    """The register, with number and dates."""

    number = tables.Column(verbose_name="编号", orderable=False)
    opened_at = WhenColumn(verbose_name="发起")
    closed_at = WhenColumn(verbose_name="办结", orderable=False)

    class Meta:
        sequence = ("number", "opened_at", "...")


class CountedTable(RegisterOfReferrals):
    """Without names, for people who count and do not treat; a row opens only for who may read the case."""

    class Meta:
        exclude = ("resident_name",)
        sequence = ("number", "opened_at", "...")

    def row_url(self, record: Referral) -> str | None:
        actor = getattr(self.request, "actor", None)
        return super().row_url(record) if actor and actor.may(Permission.REFERRAL_READ) else None
