"""What a page of the referral room costs: statements counted, whatever the length of the list."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from care_community import Community, resident
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from referral_play import DISCHARGE, client_of, sent, step

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM

#: for each list of a page, besides what every page needs
MOST_PER_LIST = 6
MOST_OF_A_CASE = 12
#: session, user and grants, settings of row-level security, savepoints
FRAME = ("django_session", "access_user", "access_grant", "set_config", "SAVEPOINT", "notices_", "sessions_")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of the room, without those that every page of the product needs."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [q["sql"] for q in captured if not any(word in q["sql"] for word in FRAME)]


@pytest.fixture
def busy(community: Community) -> Community:
    """Several referrals in each list of the office and of the doctors."""
    with acting(SYSTEM):
        for number in range(6):
            resident(community, f"p{number}")
    for number in range(6):
        case = sent(community, f"p{number}", priority=("red", "yellow", "green")[number % 3])
        if number % 2:
            step(community["office"], case, "accept")
    return community


@pytest.mark.parametrize(
    ("name", "page", "lists"),
    [
        ("office", "office", 3),
        ("family-doctor", "mine", 2),
        ("specialist", "mine", 2),
        ("director", "late", 1),
        ("office", "register", 1),
        ("council", "counted", 1),
    ],
)
def test_a_list_takes_few_statements(busy: Community, name: str, page: str, lists: int) -> None:
    browser = client_of(busy, name)
    with counted() as statements:
        assert browser.get(reverse(f"referral:{page}")).status_code == 200
    assert len(statements) <= MOST_PER_LIST * lists, "\n".join(sql[:160] for sql in statements)
    longer = len(statements)
    with acting(SYSTEM):
        resident(busy, "one-more")
    sent(busy, "one-more")
    with counted() as statements:
        browser.get(reverse(f"referral:{page}"))
    assert len(statements) <= longer


@pytest.mark.parametrize("name", ["office", "family-doctor", "specialist"])
def test_a_case_takes_few_statements(busy: Community, name: str) -> None:
    case = sent(busy, "wang")
    step(busy["office"], case, "accept")
    step(busy["office"], case, "arrive")
    step(
        *(busy["specialist"], case, "conclude"),
        diagnosis="高血压",
        treatment=DISCHARGE,
        advice="两周后随访血压",
        outcome="improved",
    )
    browser = client_of(busy, name)
    with counted() as statements:
        assert browser.get(reverse("referral:case", args=[case.pk])).status_code == 200
    assert len(statements) <= MOST_OF_A_CASE, "\n".join(sql[:200] for sql in statements)


def test_the_statistics_are_two_statements(busy: Community) -> None:
    browser = client_of(busy, "council")
    with counted() as statements:
        assert browser.get(reverse("referral:statistics")).status_code == 200
    assert len([sql for sql in statements if "referral_referral" in sql]) == 1
    assert len(statements) <= MOST_PER_LIST, "\n".join(sql[:160] for sql in statements)


@pytest.mark.parametrize(
    ("name", "address", "lists"),
    [
        ("office", "/referrals/office/", 2),
        ("office", "/", 2),
        ("office", "/referrals/", 1),
        ("family-doctor", "/referrals/mine/", 1),
        ("family-doctor", "/", 1),
        ("family-doctor", "/referrals/", 1),
        ("family-doctor", "/residents/", 1),
        ("specialist", "/", 1),
        ("specialist", "/referrals/mine/", 1),
        ("director", "/referrals/late/", 0),
        ("director", "/", 0),
        ("council", "/", 0),
        ("council", "/referrals/statistics/", 0),
        ("council", "/referrals/statistics/list/", 1),
    ],
)
def test_a_page_takes_six_statements_with_all_that_every_page_needs(
    busy: Community, name: str, address: str, lists: int
) -> None:
    case = sent(busy, "wang")
    for taken in ("accept", "arrive"):
        step(busy["office"], case, taken)
    browser = client_of(busy, name)
    browser.get(address)  # names of one's own organisations are remembered for a minute
    with CaptureQueriesContext(connection) as captured:
        page = browser.get(address)
    assert page.status_code == 200
    assert page.content.decode().count("<tbody>") >= lists
    counting = [q["sql"] for q in captured if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    assert len(counting) <= 6, "\n".join(sql[:160] for sql in counting)
