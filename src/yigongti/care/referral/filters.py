"""How the register of referrals is narrowed."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.cases.models import Priority

from . import diseases
from .models import Referral
from .workflow import FLOWS

STATES = list({name: state.title for flow in FLOWS for name, state in flow.states.items()}.items())


class ReferralFilter(filters.FilterSet):
    """Direction, state, urgency, disease, member, period, overdue, name or number."""

    who = filters.CharFilter(label="姓名或编号", method="by_who")
    direction = filters.ChoiceFilter(label="方向", choices=Referral.Direction.choices)
    state = filters.ChoiceFilter(label="状态", choices=STATES)
    priority = filters.ChoiceFilter(label="级别", choices=Priority.choices)
    disease = filters.ChoiceFilter(label="病种", choices=diseases.choices())
    member = filters.NumberFilter(label="机构", method="by_member", widget=forms.HiddenInput)
    since = filters.DateFilter(label="发起自", field_name="opened_at", lookup_expr="date__gte")
    until = filters.DateFilter(label="至", field_name="opened_at", lookup_expr="date__lte")
    late = filters.BooleanFilter(
        label="超时", method="by_late", widget=forms.Select(choices=(("", "全部"), ("true", "是"), ("false", "否")))
    )

    class Meta:
        model = Referral
        fields: list[str] = []

    def by_who(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Begins with this name, or is this number."""
        return rows.filter(Q(resident_name__startswith=value.strip()) | Q(number=value.strip().upper()))

    def by_member(self, rows: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        """Either side is this organisation."""
        return rows.filter(Q(home_organization_id=value) | Q(counterpart_organization_id=value))

    def by_late(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Open and past the deadline."""
        late = Q(closed_at=None, due_at__lt=clock.now())
        return rows.filter(late) if value else rows.exclude(late)
