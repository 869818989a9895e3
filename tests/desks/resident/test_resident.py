"""The resident's pages: own things in plain words, nothing about anybody else, no codes."""

import re
from datetime import timedelta

import pytest
from care_community import Community
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from referral_play import DISCHARGE, client_of, measured, sent, step

from yigongti.care.referral import queries
from yigongti.care.referral.models import Referral
from yigongti.care.referral.words import resident_view
from yigongti.care.referral.workflow import FLOWS, UpReferral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.records.residents.health_code import verify
from yigongti.records.residents.queries import has_consent

PAGES = ("home", "code", "code-picture", "referrals", "results", "readers", "consents")


@pytest.fixture
def wang(community: Community) -> Client:
    """Wang's own browser."""
    return own_browser(community, "wang")


def own_browser(community: Community, who: str) -> Client:
    """The browser of a resident with an account."""
    with acting(SYSTEM):
        user = User.objects.create_user(f"own-{who}", "correct horse battery", name=f"测试{who}")
        user.resident_id = community.residents[who].pk
        user.save()
        Grant.objects.create(user=user, role="resident", organization=community.organizations["town"])
    community.users[f"own-{who}"] = user
    return client_of(community, f"own-{who}")


def of(community: Community, case: Referral) -> Referral:
    """The case as it stands."""
    with acting(SYSTEM):
        return Referral.objects.select_related(*queries.SIDES).get(pk=case.pk)


def test_the_first_page_of_a_resident_is_the_own_one(wang: Client) -> None:
    assert wang.get("/").headers["Location"] == reverse("my:home")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_empty_honestly(wang: Client, page: str) -> None:
    assert wang.get(reverse(f"my:{page}")).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_people_at_work_have_no_such_page(community: Community, page: str) -> None:
    assert client_of(community, "family-doctor").get(reverse(f"my:{page}")).status_code == 403


def test_an_appointment_says_when_where_and_what_to_bring(community: Community, wang: Client) -> None:
    case = sent(community)
    at = clock.now() + timedelta(days=2)
    step(community["office"], case, "accept", appointment_at=at, appointment_place="门诊三楼 5 诊室")
    text = wang.get(reverse("my:home")).content.decode()
    for words in ("什么时候", "门诊三楼 5 诊室", "身份证", "转到测试county", "按约定时间就诊"):
        assert words in text
    assert not re.search(r"\b[A-Z]\d{2}(\.\d)?\b", re.sub(r"<[^>]+>", "", text))


def test_the_story_is_told_without_the_words_of_the_trade(community: Community, wang: Client) -> None:
    case = sent(community)
    step(community["office"], case, "accept")
    page = wang.get(reverse("my:referral", args=[case.pk]))
    text = page.content.decode()
    assert "医生为您提交了转诊申请" in text
    assert "上级医院已接收您的转诊" in text
    assert case.number not in text


def test_others_cannot_be_seen(community: Community, wang: Client) -> None:
    other = sent(community, "li")
    assert wang.get(reverse("my:referral", args=[other.pk])).status_code == 404
    assert wang.get(reverse("referral:case", args=[other.pk])).status_code in (403, 404)
    assert "测试li" not in wang.get(reverse("my:home")).content.decode()


def test_readers_are_named_with_their_role_and_reason(community: Community, wang: Client) -> None:
    case = sent(community)
    client_of(community, "office").get(reverse("referral:case", args=[case.pk]))
    text = wang.get(reverse("my:readers")).content.decode()
    for words in ("测试office", "转诊办", "测试county", "您的转诊单", "诊疗"):
        assert words in text
    assert "测试wang" not in re.search(r'<ol class="m-story">.*?</ol>', text, re.S)[0]  # type: ignore[index]


def test_consent_is_given_and_withdrawn(community: Community, wang: Client) -> None:
    person = community.residents["wang"]

    def agrees() -> bool:
        with acting(SYSTEM):
            return has_consent(person, "messages")

    url = reverse("my:consent", args=["messages"])
    assert wang.post(url, {"give": "1"}).status_code == 302
    assert agrees()
    assert wang.post(url, {"give": "0"}).status_code == 302
    assert not agrees()
    assert wang.post(reverse("my:consent", args=["nonsense"]), {"give": "1"}).status_code == 302


def test_results_are_judged_in_words(community: Community, wang: Client) -> None:
    measured(community, "wang", sbp=192, dbp=88)
    text = wang.get(reverse("my:results")).content.decode()
    assert "收缩压" in text
    assert "偏高" in text


def test_the_code_is_the_residents_own(community: Community, wang: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("yigongti.desks.resident.pages.health_code.svg", lambda code: seen.append(code) or "<svg/>")
    page = wang.get(reverse("my:code-picture"))
    assert page.headers["Cache-Control"] == "no-store"
    assert verify(seen[0], clock.now()) == community.residents["wang"].pk


def test_the_first_page_takes_few_statements(community: Community, wang: Client) -> None:
    sent(community)
    wang.get(reverse("my:home"))
    with CaptureQueriesContext(connection) as statements:
        wang.get(reverse("my:home"))
    assert len(statements) <= 14, "\n".join(q["sql"] for q in statements)


def test_every_state_has_words_for_the_resident(community: Community) -> None:
    case = of(community, sent(community))
    for flow in FLOWS:
        case.workflow, case.direction = flow.name, "up" if flow is UpReferral else "down"
        for case.state in flow.states:
            view = resident_view(case)
            assert view.now, case.state
            assert view.next, case.state


def test_the_reply_gives_advice(community: Community) -> None:
    up = sent(community, "li")
    step(community["office"], up, "accept")
    step(community["office"], up, "arrive")
    step(
        community["specialist"],
        up,
        "conclude",
        diagnosis="高血压",
        treatment=DISCHARGE,
        advice="两周后随访血压",
        outcome="improved",
    )
    view = resident_view(of(community, up))
    assert view.advice == (("医院的建议", "两周后随访血压"),)
    assert [s.state for s in view.steps] == ["done"] * 4 + ["current"]
