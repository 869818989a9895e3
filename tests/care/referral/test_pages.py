"""The pages of the referral room, as each role."""

import pytest
from care_community import Community
from django.urls import reverse
from referral_play import DISCHARGE, client_of, content, measured, sent, step


def test_the_office_sees_and_accepts(community: Community) -> None:
    case = sent(community)
    office = client_of(community, "office")
    page = office.get(reverse("referral:office"))
    assert page.status_code == 200, page.content.decode()[:500]
    assert "测试wang" in page.content.decode()
    page = office.get(reverse("referral:case", args=[case.pk]))
    assert "接收" in page.content.decode()
    form = office.get(reverse("referral:step", args=[case.pk, "accept"]))
    assert form.status_code == 200
    answer = office.post(reverse("referral:step", args=[case.pk, "accept"]), {"version": case.version + 5})
    assert answer.status_code == 422
    answer = office.post(reverse("referral:step", args=[case.pk, "accept"]), {"version": case.version})
    assert answer.status_code == 302


def test_a_draft_is_completed_and_sent_on_one_screen(community: Community) -> None:
    from yigongti.care.referral import services

    doctor = community["family-doctor"]
    case = services.begin_up(doctor, resident_id=community.residents["wang"].pk, disease="hypertension").case
    browser = client_of(community, "family-doctor")
    page = browser.get(reverse("referral:send", args=[case.pk]))
    assert page.status_code == 200
    data = {name: value for name, value in content(case).items() if value not in (None, False)}
    refused = browser.post(reverse("referral:send", args=[case.pk]), data | {"summary": "头晕"})
    assert refused.status_code == 422
    assert "头晕" in refused.content.decode()
    assert browser.post(reverse("referral:send", args=[case.pk]), data).status_code == 302


def test_the_form_says_before_submission_what_the_gate_will_ask(community: Community) -> None:
    from yigongti.care.referral import rules, services
    from yigongti.care.referral.pages.required import FILLS, wanted

    doctor = community["family-doctor"]
    case = services.begin_up(doctor, resident_id=community.residents["wang"].pk, disease="hypertension").case
    page = client_of(community, "family-doctor").get(reverse("referral:send", args=[case.pk]))
    form, gate = page.context["form"], rules.gate(case.places)
    parts = {part.id: part for part in gate.parts}
    known = {field: part for fields in FILLS.values() for field, part in fields.items()}
    assert set(known.values()) <= set(parts)
    assert "不少于 50 字" in form["summary"].help_text
    assert "紧急（红）可后补" in form["summary"].help_text
    for name, part in FILLS[type(form).schema].items():
        assert wanted(parts[part], gate) in form[name].help_text
        optional = page.content.decode().partition(f'for="id_{name}"')[2].partition("</label>")[0]
        assert ("选填" in optional) == (not parts[part].required and name == "history")


def test_the_plan_down_says_that_the_next_check_is_needed(community: Community) -> None:
    case = sent(community)
    for name in ("accept", "arrive"):
        step(community["office"], case, name)
    step(community["specialist"], case, "treat", care_kind="inpatient")
    page = client_of(community, "specialist").get(reverse("referral:step", args=[case.pk, "hand_down"]))
    form = page.context["form"]
    assert "提交时必填" in form["next_checks"].help_text
    assert "选填" not in page.content.decode().partition('for="id_next_checks"')[2].partition("</label>")[0]


@pytest.mark.parametrize("name", ["foreign-office", "family-doctor2"])
def test_strangers_do_not_find_it(community: Community, name: str) -> None:
    case = sent(community)
    browser = client_of(community, name)
    for url in ("case", "print"):
        assert browser.get(reverse(f"referral:{url}", args=[case.pk])).status_code == 404
    assert "测试wang" not in browser.get(reverse("referral:register")).content.decode()


def test_every_list_and_print(community: Community) -> None:
    case = sent(community)
    step(community["office"], case, "accept")
    step(community["office"], case, "arrive")
    step(
        community["specialist"],
        case,
        "conclude",
        diagnosis="高血压",
        treatment=DISCHARGE,
        advice="两周后随访血压",
        outcome="improved",
    )
    for who, url in (
        ("family-doctor", "mine"),
        ("specialist", "mine"),
        ("director", "late"),
        ("director", "register"),
        ("office", "register"),
    ):
        assert client_of(community, who).get(reverse(f"referral:{url}")).status_code == 200
    browser = client_of(community, "family-doctor")
    for coupon in ("", "?coupon=return"):
        page = browser.get(reverse("referral:print", args=[case.pk]) + coupon)
        assert case.number in page.content.decode()
    page = browser.get(reverse("referral:case", args=[case.pk]))
    assert DISCHARGE[:20] in page.content.decode()


def test_one_click_from_a_proposal(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    browser = client_of(community, "village-doctor")
    page = browser.get(reverse("referral:proposals", args=[visit.resident_id]), {"encounter": visit.pk})
    assert "一键上转" in page.content.decode()
    best = page.context["rows"][0]
    began = browser.post(best["begin"], {"criterion": best["key"], "encounter": visit.pk})
    assert began.status_code == 302
    assert "send" in began["Location"]
    again = browser.post(best["begin"], {"criterion": best["key"], "encounter": visit.pk})
    assert "send" not in again["Location"]


def test_a_proposal_is_dismissed_with_a_reason(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    browser = client_of(community, "village-doctor")
    page = browser.get(reverse("referral:proposals", args=[visit.resident_id]), {"encounter": visit.pk})
    rows = page.context["rows"]
    refused = browser.post(rows[0]["dismiss"], {"reason": "patient-declined"})
    assert refused.status_code == 422
    assert browser.post(rows[0]["dismiss"], {"reason": "treated-here"}).status_code == 302
    page = browser.get(reverse("referral:proposals", args=[visit.resident_id]), {"encounter": visit.pk})
    assert len(page.context["rows"]) == len(rows) - 1


def test_a_changed_proposal_asks_for_its_reason_in_words(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    browser = client_of(community, "village-doctor")
    url = reverse("referral:change", args=[community.residents["wang"].pk])
    query = f"?criterion=referral/general-up%23pressure&encounter={visit.pk}"
    refused = browser.post(url + query, {"disease": "hypertension", "reason": ""})
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "less-urgent、" not in text
    assert "修改后上转" in text
    begun = browser.get(url).content.decode()
    assert "发起上转" in begun
    assert "修改建议的理由" not in begun
