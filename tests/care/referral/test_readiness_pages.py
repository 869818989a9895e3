"""The pages of 可以下转: the assessment in one dialog, the list with its grounds, and the three answers."""

import re

from care_community import Community
from django.urls import reverse
from readiness_play import STABLE, assess, in_care, standing
from referral_play import client_of

from yigongti.care.referral import services


def test_the_assessment_is_one_screen_and_remembers_the_last_answers(community: Community) -> None:
    case = in_care(community)
    browser = client_of(community, "specialist")
    url = reverse("referral:step", args=[case.pk, "assess"])
    page = browser.get(url).content.decode()
    assert "病情是否稳定" in page
    assert "并发症治疗后稳定" in page
    assert "checked" not in page, "nothing is answered for the doctor"
    assert "今日收缩压" in page
    sent = browser.post(url, {**STABLE, "sbp": "134", "dbp": "82", "version": case.version})
    assert sent.status_code == 302, sent.content.decode()[:800]
    again = browser.get(url).content.decode()
    assert len(re.findall(r"\bchecked\b", again)) == 4
    refused = browser.post(url, {"plan_settled": "yes"})
    assert refused.status_code == 422


def test_the_case_shows_rule_source_and_values(community: Community) -> None:
    case = in_care(community)
    browser = client_of(community, "specialist")
    url = reverse("referral:case", args=[case.pk])
    assert "还没有评估" in browser.get(url).content.decode()
    assess(community, case)
    page = browser.get(url).content.decode()
    for shown in ("可以下转", "并发症治疗后稳定", "高血压县域分级诊疗技术方案", "公开来源", "不采纳"):
        assert shown in page
    assert "/policies/referral/down/#hypertension-county" in page
    assert "还没有评估" not in page
    below = client_of(community, "family-doctor").get(url).content.decode()
    assert "下转建议" not in below, "only who treats"


def test_the_desk_lists_who_can_go_down_until_it_is_dismissed(community: Community) -> None:
    case = assess(community, in_care(community))
    browser = client_of(community, "specialist")
    desk = browser.get("/").content.decode()
    assert "可以下转：符合下转标准" in desk
    assert "病情稳定 · " in desk or " · 病情稳定" in desk
    form = browser.get(reverse("referral:not-down", args=[case.pk]))
    assert "还有检查或治疗未完成" in form.content.decode()
    assert "诊断明确、方案确定" in form.content.decode(), "what is dismissed stands above"
    refused = browser.post(reverse("referral:not-down", args=[case.pk]), {"reason": "other"})
    assert refused.status_code == 422
    sent = browser.post(reverse("referral:not-down", args=[case.pk]) + "?next=/", {"reason": "more-examination"})
    assert (sent.status_code, sent["Location"]) == (302, "/")
    assert "没有符合下转标准的病人" in browser.get("/").content.decode()
    assert "已不采纳" in browser.get(reverse("referral:case", args=[case.pk])).content.decode()
    rested = standing(case)
    assert rested is not None
    assert rested.quiet


def test_the_plan_opens_with_what_the_suggestion_knows(community: Community) -> None:
    case = assess(community, in_care(community))
    browser = client_of(community, "specialist")
    changed = browser.post(reverse("referral:down-otherwise", args=[case.pk]), {"reason": "patient-choice"})
    assert changed["Location"] == reverse("referral:step", args=[case.pk, "hand_down"])
    plan = browser.get(changed["Location"]).content.decode()
    assert re.search(r'value="chronic"[^>]*checked', plan)
    assert "转基层长期随访（" in plan


def test_strangers_and_those_below_reach_nothing(community: Community) -> None:
    case = assess(community, in_care(community))
    for who in ("foreign-doctor", "family-doctor", "office"):
        for name in ("not-down", "down-otherwise"):
            got = client_of(community, who).get(reverse(f"referral:{name}", args=[case.pk]))
            assert got.status_code in (403, 404), (who, name)
    assert services.rescan() == 1


def test_over_rest(community: Community) -> None:
    case = assess(community, in_care(community))
    browser = client_of(community, "specialist")
    found = browser.get("/api/referrals/ready").json()
    assert [(one["number"], one["proposals"][0]["criterion"]) for one in found] == [
        (case.number, "referral/down#hypertension-county")
    ]
    assert client_of(community, "family-doctor").get("/api/referrals/ready").status_code == 403
    url = f"/api/referrals/{case.pk}/not-down"
    assert browser.post(url, {"reason": "nonsense"}, content_type="application/json").status_code == 422
    assert browser.post(url, {"reason": "more-examination"}, content_type="application/json").status_code == 204
    assert browser.get("/api/referrals/ready").json() == []
