"""Continuing drugs: found in the destination's formulary while typing, told on every page when they are outside."""

from html import unescape

import pytest
from care_community import START, Community
from django.test import Client
from django.urls import reverse
from referral_play import DISCHARGE, client_of, sent, step

from yigongti.care.referral import drugs
from yigongti.care.referral.models import Referral
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Invalid
from yigongti.medicine.catalogue import services as formulary
from yigongti.medicine.catalogue.models import Drug
from yigongti.registry.consortia.models import Consortium

SARTAN = "血管紧张素Ⅱ受体阻滞剂"
LINES = "氨氯地平片 5mg，5mg，每日一次，28\n缬沙坦胶囊，80mg，每日一次，28\n人参养荣丸，1 丸，每日两次，14"


@pytest.fixture
def stocked(community: Community) -> dict[str, Drug]:
    """The township has amlodipine and losartan; valsartan only the hospital."""
    county, town = community.organizations["county"], community.organizations["town"]
    with acting(SYSTEM):
        opened = formulary.open_formulary(SYSTEM, name="测试目录", consortium=Consortium.objects.get())
        made = {}
        for name, aliases, category, places in (
            ("苯磺酸氨氯地平片", "氨氯地平片", "钙通道阻滞剂", (county, town)),
            ("缬沙坦胶囊", "", SARTAN, (county,)),
            ("氯沙坦钾片", "", SARTAN, (county, town)),
        ):
            made[name] = formulary.add_drug(
                SYSTEM,
                formulary=opened,
                name=name,
                aliases=aliases,
                category=category,
                specification="1",
                dosage_form="片剂",
                start=START,
            )
            for place in places:
                formulary.supply(SYSTEM, drug=made[name], organization=place, start=START)
    return made


def handed_down(community: Community, lines: str = LINES) -> Referral:
    """A patient goes down with a plan that has these drugs."""
    case = sent(community)
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
        warning_signs="血压≥180/110，剧烈头痛",
        next_checks="两周后复查血压",
        first_contact_on=case.follow_up_on,
        consented=True,
    )
    with acting(SYSTEM):
        return Referral.objects.get(basis=case)


def test_a_plan_says_of_each_drug_whether_the_destination_has_it(
    community: Community, stocked: dict[str, Drug]
) -> None:
    case = handed_down(community)
    assert [(d["in_formulary"], d["substitutes"]) for d in case.plan["drugs"]] == [
        (True, []),
        (False, ["氯沙坦钾片"]),
        (False, []),
    ]
    for url in (reverse("referral:case", args=[case.pk]), reverse("referral:step", args=[case.pk, "accept"])):
        page = unescape(client_of(community, "family-doctor").get(url).content.decode())
        assert page.count("接收机构目录外") == 2, url
        assert "同类可选：氯沙坦钾片" in page
    paper = client_of(community, "family-doctor").get(reverse("referral:print", args=[case.pk])).content.decode()
    assert "缬沙坦胶囊，80mg，每日一次，28（接收机构目录外，同类可选氯沙坦钾片）" in paper


def test_once_listed_the_open_case_says_so(community: Community, stocked: dict[str, Drug]) -> None:
    case = handed_down(community)
    formulary.supply(SYSTEM, drug=stocked["缬沙坦胶囊"], organization=community.organizations["town"])
    page = unescape(
        client_of(community, "family-doctor").get(reverse("referral:case", args=[case.pk])).content.decode()
    )
    assert "接收机构现已列入目录" in page
    assert page.count("接收机构目录外") == 1


def test_without_a_formulary_nothing_is_claimed(community: Community) -> None:
    case = handed_down(community)
    assert {d["in_formulary"] for d in case.plan["drugs"]} == {None}
    with acting(SYSTEM):
        assert drugs.shown(case) == case.plan["drugs"]


def test_a_draft_starts_with_the_drugs_of_the_record_as_they_stand(
    community: Community, stocked: dict[str, Drug]
) -> None:
    assert drugs.placed([{"name": "缬沙坦胶囊", "days": 28}], community.organizations["town"].pk) == [
        {"name": "缬沙坦胶囊", "days": 28, "in_formulary": False, "substitutes": ["氯沙坦钾片"]}
    ]
    with pytest.raises(Invalid):
        drugs.parse("缬沙坦胶囊，，每日一次")


def asked(browser: Client, name: str, community: Community, **data: str) -> str:
    data = {"counterpart": str(community.organizations["town"].pk), **data}
    answer = browser.post(reverse(f"referral:drugs-{name}"), data)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_drugs_are_found_by_pinyin_in_the_destination_only(community: Community, stocked: dict[str, Drug]) -> None:
    browser = client_of(community, "specialist")
    assert "苯磺酸氨氯地平片" in asked(browser, "find", community, drug_q="aldp")
    assert "目录里没有" in asked(browser, "find", community, drug_q="xst")
    assert "氯沙坦钾片" in asked(browser, "find", community, drug_q="受体阻滞")
    assert "先选接收机构" in asked(browser, "find", community, drug_q="aldp", counterpart="")
    assert asked(browser, "find", community).strip() == ""


def test_lines_are_checked_while_they_are_typed(community: Community, stocked: dict[str, Drug]) -> None:
    browser = client_of(community, "specialist")
    told = asked(browser, "check", community, drugs=f"{LINES}\n没写完，")
    assert told.count("没有配备") == 2
    assert 'data-drug-to="氯沙坦钾片"' in told
    assert "1 种药" in asked(browser, "check", community, drugs="氯沙坦钾片，50mg，每日一次，28")
    foreign = str(community.organizations["foreign"].pk)
    assert "还没有登记用药目录" in asked(browser, "check", community, drugs=LINES, counterpart=foreign)
    form = browser.get(reverse("referral:step", args=[sent(community).pk, "hand_down"]))
    assert form.status_code in (200, 403, 404)
    assert client_of(community, "family-doctor").post(reverse("referral:drugs-find")).status_code == 403


def test_another_consortiums_formulary_is_not_read(community: Community, stocked: dict[str, Drug]) -> None:
    browser = client_of(community, "foreign-doctor")
    assert "苯磺酸氨氯地平片" not in asked(browser, "find", community, drug_q="aldp")
