"""Statistics are worked out once a minute for each reach: nobody sees the counts of another's."""

from datetime import timedelta

from care_community import Community
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from referral_play import client_of, sent

from yigongti.care.referral.statistics import scope
from yigongti.kernel import clock


def counting(name: str, community: Community) -> tuple[int, str]:
    """How many statements count referrals when somebody opens the statistics, and the page."""
    browser = client_of(community, name)
    with CaptureQueriesContext(connection) as captured:
        text = browser.get(reverse("referral:statistics")).content.decode()
    return sum("GROUPING SETS" in query["sql"] for query in captured), text


def test_the_same_reach_shares_for_a_minute(community: Community) -> None:
    sent(community)
    assert scope(community["council"]) != scope(community["commission"])
    first, text = counting("council", community)
    assert first == 1
    assert "统计截至" in text
    assert counting("council", community)[0] == 0
    assert counting("commission", community)[0] == 1
    with clock.travelling(clock.now() + timedelta(seconds=61)):
        assert counting("council", community)[0] == 1


def test_what_is_shared_is_a_minute_old_at_most(community: Community) -> None:
    def submitted() -> int:
        figures = client_of(community, "council").get(reverse("referral:statistics")).context["figures"]
        return int(figures[0].value)

    sent(community)
    assert submitted() == 1
    sent(community, "li")
    assert submitted() == 1
    with clock.travelling(clock.now() + timedelta(seconds=61)):
        assert submitted() == 2
