"""The plans that ship: every figure that nobody can compute has somebody who is asked for it."""

import pytest

from yigongti.insight.indicators.sets import in_force
from yigongti.insight.reporting import services
from yigongti.insight.reporting.models import Report
from yigongti.insight.reporting.plans import plans
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

pytestmark = pytest.mark.django_db


def test_every_reported_or_judged_indicator_is_asked_by_a_plan() -> None:
    asked = {
        f"{plan.set}/{item.indicator}" for plan in plans().plans for kind in plan.periods for item in plan.asked(kind)
    }
    wanted = {
        edition.body.code(item)
        for edition in in_force().values()
        for item in edition.body.indicators
        if item.kind != "computed"
    }
    assert wanted - asked == set()


def test_a_plan_names_only_items_that_it_asks_for() -> None:
    for plan in plans().plans:
        asked = {item.indicator for kind in plan.periods for item in plan.asked(kind)}
        assert set(plan.items) <= asked, plan.id


def test_a_plan_without_a_beginning_is_never_opened_by_itself() -> None:
    services.open_due()
    silent = {plan.id for plan in plans().plans if plan.since is None}
    with acting(SYSTEM):
        assert not Report.objects.filter(plan__in=silent).exists()
