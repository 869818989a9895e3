"""The desks of the pharmacist and of the insurance bureau: what they see, what a click does, what they never see."""

from html import unescape

import pytest
from care_community import START, Community, person
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from referral_play import DISCHARGE, client_of, sent, step

from yigongti.care.referral import shortages, statistics
from yigongti.care.referral.models import Referral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant
from yigongti.kernel.errors import Forbidden
from yigongti.medicine.catalogue import services
from yigongti.medicine.catalogue.models import Drug, Supply
from yigongti.registry.consortia.models import Consortium

SARTAN = "血管紧张素Ⅱ受体阻滞剂"


@pytest.fixture
def desks(community: Community) -> Community:
    """With a pharmacist at the lead and somebody of the insurance bureau, who sees the county."""
    with acting(SYSTEM):
        person(community, "pharmacist", "pharmacist", "county")
        person(community, "bureau", "insurance-bureau", "commission", subtree=True)
        Grant.objects.create(
            user=community.users["bureau"],
            role="insurance-bureau",
            organization=community.organizations["county"],
            subtree=True,
            start=START,
        )
        formulary = services.open_formulary(SYSTEM, name="测试目录", consortium=Consortium.objects.get())
        for name, category, places in (
            ("缬沙坦胶囊", SARTAN, ("county",)),
            ("氯沙坦钾片", SARTAN, ("county", "town")),
        ):
            drug = services.add_drug(
                SYSTEM,
                formulary=formulary,
                name=name,
                category=category,
                specification="1",
                dosage_form="片剂",
                start=START,
            )
            for place in places:
                services.supply(SYSTEM, drug=drug, organization=community.organizations[place], start=START)
    for key in ("bureau", "pharmacist"):
        community.actors[key] = community.users[key].actor()
    return community


def handed_down(community: Community, who: str, lines: str) -> Referral:
    case = sent(community, who)
    step(community["office"], case, "accept")
    step(community["office"], case, "arrive")
    step(
        community["specialist"],
        case,
        "hand_down",
        reason_codes=["acute-stable"],
        diagnosis="高血压 3 级",
        summary=DISCHARGE,
        drugs=lines,
        warning_signs="血压≥180/110",
        next_checks="两周后复查",
        first_contact_on=case.follow_up_on,
        consented=True,
    )
    return case


def test_shortages_are_counted_by_drug_and_member_however_they_were_written(desks: Community) -> None:
    handed_down(desks, "wang", "缬沙坦胶囊，80mg，每日一次，28\n氯沙坦钾片，50mg，每日一次，28")
    handed_down(desks, "li", "缬沙坦胶囊 80mg，80mg，每日一次，28\n人参养荣丸，1 丸，每日两次，14")
    pharmacist = desks["pharmacist"]
    with acting(pharmacist):
        found = shortages.shortages(pharmacist)
        assert [(one.requests, one.asked_by, one.drug_id is None) for one in found] == [(2, 1, False), (1, 1, True)]
        assert found[0].standing is not None
        assert found[0].standing.substitutes == ("氯沙坦钾片",)
        assert shortages.share(pharmacist) == (3, 4)
        town = desks.organizations["town"].pk
        assert shortages.requests(pharmacist, town, "缬沙坦胶囊").count() == 2
    with pytest.raises(Forbidden):
        shortages.shortages(desks["specialist"])


def test_one_click_at_the_desk_ends_a_shortage(desks: Community) -> None:
    handed_down(desks, "wang", "缬沙坦胶囊，80mg，每日一次，28\n人参养荣丸，1 丸，每日两次，14")
    browser, town = client_of(desks, "pharmacist"), desks.organizations["town"]
    page = unescape(browser.get("/").content.decode())
    assert all(text in page for text in ("缺药清单", "缬沙坦胶囊", "列入目录", "新增到目录", "各成员配备"))
    assert "测试wang" not in page
    drug = Drug.objects.get(name="缬沙坦胶囊")
    answer = browser.post(reverse("catalogue:list", args=[drug.pk, town.pk]), {"next": "/"})
    assert answer["Location"] == "/"
    assert Supply.objects.filter(drug=drug, organization=town).exists()
    with acting(desks["pharmacist"]):
        assert [one.name for one in shortages.shortages(desks["pharmacist"])] == ["人参养荣丸"]


def test_the_plans_behind_a_shortage_name_nobody(desks: Community) -> None:
    handed_down(desks, "wang", "缬沙坦胶囊，80mg，每日一次，28\n氯沙坦钾片，50mg，每日一次，28")
    browser = client_of(desks, "pharmacist")
    url = reverse("referral:shortage", args=[desks.organizations["town"].pk, "缬沙坦胶囊"])
    page = unescape(browser.get(url).content.decode())
    assert "80mg 每日一次 28 天" in page
    assert "测试specialist" in page
    assert "氯沙坦钾片" not in page
    assert "测试wang" not in page
    with acting(SYSTEM):
        case = Referral.objects.get(direction="down")
    assert browser.get(reverse("referral:case", args=[case.pk])).status_code == 403
    assert browser.get(reverse("referral:shortages")).status_code == 200
    assert browser.get(f"{url}?export=shortage").status_code == 200
    assert client_of(desks, "director").get(reverse("referral:shortages")).status_code == 200
    assert "列入目录</button>" not in client_of(desks, "director").get(reverse("referral:shortages")).content.decode()
    assert client_of(desks, "specialist").get(reverse("referral:shortages")).status_code == 403


def test_the_bureau_counts_who_stays_in_the_county(desks: Community) -> None:
    sent(desks, "wang")
    sent(desks, "li", counterpart=desks.organizations["city"].pk, department=None)
    bureau = desks["bureau"]
    with acting(bureau):
        since, until = statistics.period(None, None)
        tally = statistics.tallies(bureau, since, until)["all"][None]["up"]
        assert (tally["submitted"], tally["inside"], tally["outside"]) == (2, 1, 1)
        assert statistics.outside(bureau, since, until) == [(desks.organizations["city"].pk, "hypertension", 1)]
    browser = client_of(desks, "bureau")
    page = unescape(browser.get("/").content.decode())
    assert all(text in page for text in ("县域内就医占比", "转往县外：去向和病种", "按病种", "按月份", "50.0%"))
    assert "测试wang" not in page
    for measure in ("inside", "outside"):
        query = {"measure": measure, "since": since, "until": until, "direction": "up"}
        listed = unescape(browser.get(reverse("referral:counted"), query).content.decode())
        assert "测试wang" not in listed
        assert listed.count("ZZ") or listed.count("高血压") >= 1
    explained = browser.get(reverse("referral:explained", args=["inside_rate", "up"]))
    assert "县域内就医占比" in explained.content.decode()
    with acting(SYSTEM):
        case = Referral.objects.first()
        assert case is not None
    for refused in (reverse("referral:case", args=[case.pk]), reverse("referral:register")):
        assert browser.get(refused).status_code == 403
    assert browser.get(f"/record/{desks.residents['wang'].pk}/").status_code in (403, 404)


@pytest.mark.parametrize(("name", "most"), [("pharmacist", 34), ("bureau", 12)])
def test_a_desk_takes_as_many_statements_for_many_as_for_few(desks: Community, name: str, most: int) -> None:
    browser = client_of(desks, name)
    handed_down(desks, "wang", "缬沙坦胶囊，80mg，每日一次，28")
    browser.get("/")
    counts = []
    for lines in ("人参养荣丸，1 丸，每日两次，14\n甲，1，2，3\n乙药，1，每日，3", ""):
        with CaptureQueriesContext(connection) as statements:
            browser.get("/")
        counts.append(len(statements))
        if lines:
            handed_down(desks, "li", lines.replace("甲，", "甲药，"))
    assert counts[0] == counts[1]
    assert counts[0] <= most
    assert clock.today() > START
