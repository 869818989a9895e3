"""The registers of evaluations and of one's own answers."""

from decimal import Decimal

import django_tables2 as tables

from yigongti.kernel.cases.advance import owner_title
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.columns import ClockColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable

from .models import Answer, Evaluation
from .outline import plain


class EvaluationTable(RegisterTable):
    """What is evaluated, where it stands, whose turn it is."""

    title = tables.Column("考核", orderable=False)
    number = tables.Column("编号", orderable=False)
    consortium = tables.Column("医共体", orderable=False)
    participants = tables.Column("参评", orderable=False)
    state = tables.Column("状态", orderable=False)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    opened_at = WhenColumn(verbose_name="发起", orderable=False)

    def render_title(self, record: Evaluation) -> str:
        return record.title + (f"（第 {record.edition} 版）" if record.edition > 1 else "")

    def render_participants(self, record: Evaluation) -> str:
        return f"{len(record.participants)} 家"

    def render_state(self, record: Evaluation) -> str:
        return record.state_now.title

    def render_next(self, record: Evaluation) -> str:
        return owner_title(record) if record.is_open else ""

    value_title, value_participants = render_title, render_participants
    value_state, value_next = render_state, render_next

    def row_tone(self, record: Evaluation) -> str:
        return "danger" if record.is_overdue else ""


class AnswerTable(RegisterTable):
    """One's own evaluations: total, rank among how many, what is to be done."""

    evaluation = tables.Column("考核", accessor="evaluation__title", orderable=False)
    title = tables.Column("单位", orderable=False)
    total = tables.Column("得分", accessor="pk", orderable=False)
    rank = tables.Column("名次", accessor="pk", orderable=False)
    state = tables.Column("状态", orderable=False)
    next = tables.Column("该谁办", accessor="pk", orderable=False)
    due_at = ClockColumn(
        clock_of=lambda record: Clock(record.due_at) if record.is_open else None, verbose_name="时限", orderable=False
    )
    opened_at = WhenColumn(verbose_name="发起", orderable=False)

    def render_total(self, record: Answer) -> str:
        """With the full marks, once it may be seen."""
        shown = record.evaluation.shown_to_all and record.__dict__["total"] is not None
        return f"{plain(record.__dict__['total'])} / {plain(record.full or Decimal(100))}" if shown else ""

    def render_rank(self, record: Answer) -> str:
        """With the number of participants."""
        shown = record.evaluation.shown_to_all and record.__dict__["rank"] is not None
        return f"第 {record.__dict__['rank']} / {record.peers}" if shown else ""

    def render_state(self, record: Answer) -> str:
        return record.state_now.title

    def render_next(self, record: Answer) -> str:
        return owner_title(record) if record.is_open else ""

    value_total, value_rank, value_state, value_next = render_total, render_rank, render_state, render_next

    def row_tone(self, record: Answer) -> str:
        return "danger" if record.is_overdue else ""
