"""Statistics agree with a naive count, and every number opens to as many rows."""

from collections import Counter
from datetime import timedelta

import pytest
from care_community import Community
from django.urls import reverse
from referral_play import DISCHARGE, client_of, sent, step

from yigongti.care.referral.models import Referral
from yigongti.care.referral.statistics import MEASURES, RATES, percent, tallies
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM


@pytest.fixture
def played(community: Community) -> Community:
    """One declined, one that came and was answered late, each of another resident."""
    first, second = sent(community, "wang", priority="yellow"), sent(community, "li")
    step(community["office"], first, "decline", reason="not-indicated", note="基层处理即可")
    with clock.travelling(second.due_at + timedelta(minutes=5)):
        step(community["office"], second, "accept")
        step(community["office"], second, "arrive")
        step(
            community["specialist"],
            second,
            "conclude",
            diagnosis="高血压",
            treatment=DISCHARGE,
            advice="两周后随访血压",
            outcome="improved",
        )
        step(community["family-doctor"], second, "follow_up", condition="平稳")
    return community


def test_counts_agree_with_a_naive_count(played: Community) -> None:
    today = clock.today()
    with acting(played["council"]):
        table = tallies(played["council"], today, today)
    with acting(SYSTEM):
        cases = list(Referral.objects.all())
    naive = Counter()
    for case in cases:
        naive["submitted"] += case.submitted_at is not None
        naive["in_time"] += bool(case.answered_in_time)
        naive["declined"] += case.state == "declined"
        naive["closed"] += case.state in ("closed", "handed_down")
    total = table["all"][None]["up"]
    assert {key: total[key] for key in naive} == dict(naive)
    assert (total["submitted"], total["in_time"], total["declined"], total["closed"]) == (2, 1, 1, 1)
    assert total.rate("answer_rate") == percent(1, 2)
    for dimension in ("member", "disease", "month", "priority"):
        assert sum(ways["up"]["submitted"] for ways in table[dimension].values()) == 2


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_count_opens_to_as_many_rows(played: Community, measure: str) -> None:
    today = clock.today()
    with acting(played["council"]):
        expected = tallies(played["council"], today, today)["all"][None]["up"][measure]
    browser = client_of(played, "council")
    query = {"measure": measure, "since": today.isoformat(), "until": today.isoformat(), "direction": "up"}
    page = browser.get(reverse("referral:counted"), query)
    assert page.status_code == 200
    assert len(list(page.context["register"].lines)) == expected
    assert "测试wang" not in page.content.decode()


def test_the_dashboard_and_every_explanation_open(played: Community) -> None:
    browser = client_of(played, "commission")
    assert browser.get(reverse("referral:statistics")).status_code == 200
    browser = client_of(played, "council")
    page = browser.get(reverse("referral:statistics"))
    assert "按成员单位" in page.content.decode()
    for key in [*MEASURES, *RATES, "down_up"]:
        assert browser.get(reverse("referral:explained", args=[key, "up"])).status_code == 200
    assert browser.get(reverse("referral:statistics"), {"since": "2026-99-01"}).status_code == 422
    assert client_of(played, "village-doctor").get(reverse("referral:statistics")).status_code == 403
