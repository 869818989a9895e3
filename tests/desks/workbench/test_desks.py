"""Each role's desk: the right lists, few statements, honest when empty, refused for others."""

import re
from datetime import timedelta

import pytest
from care_community import Community, person
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from referral_play import client_of, measured, sent, step

from yigongti.care.referral import services
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.records.health_record.services.encounters import record_encounter

DESKS = {
    "village-doctor": "今天要办的事",
    "family-doctor": "今天要办的事",
    "office": "待接收",
    "specialist": "等待接诊",
    "director": "超时的事在谁手里",
    "town-director": "待本院审核",
    "council": "变化最大的",
    "commission": "待批准的规则修订",
    "auditor": "审计链上次核对",
    "data-office": "登记表",
    "administrator": "被锁定的账号",
}


@pytest.fixture
def everyone(community: Community) -> Community:
    """With people of the roles that the community lacks."""
    with acting(SYSTEM):
        person(community, "data-office", "data-office", "county", subtree=True)
        person(community, "administrator", "administrator", "county", subtree=True)
    return community


@pytest.mark.parametrize(("name", "shows"), DESKS.items())
def test_every_desk_says_what_would_be_there(everyone: Community, name: str, shows: str) -> None:
    page = client_of(everyone, name).get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert shows in text
    assert "工作台" in text


@pytest.mark.parametrize("name", DESKS)
def test_every_desk_takes_six_statements(everyone: Community, name: str) -> None:
    sent(everyone)
    sent(everyone, "li")
    client = client_of(everyone, name)
    client.get("/")
    with CaptureQueriesContext(connection) as statements:
        client.get("/")
    own = [q["sql"] for q in statements if not frame(q["sql"])]
    assert len(own) <= 6, "\n".join(own)


def rows(page: str) -> list[str]:
    """The rows of the first list, as text."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
    found = re.findall(r"<tr.*?</tr>", body[1], re.S) if body else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in found]


def test_a_doctor_has_one_list_with_the_next_action(community: Community) -> None:
    measured(community, "wang", sbp=192, dbp=112)
    yesterday = clock.today() - timedelta(days=1)
    with clock.travelling(clock.now() - timedelta(days=20)):
        record_encounter(
            community["village-doctor"],
            resident_id=community.residents["li"].pk,
            kind="follow-up",
            measurements={"sbp": 136, "dbp": 84},
            next_due=yesterday,
        )
    client = client_of(community, "village-doctor")
    found = rows(client.get("/").content.decode())
    assert len(found) == 2
    assert "测试wang" in found[0]
    assert "一键上转" in found[0]
    assert "红" in found[0]
    assert "收缩压 192 mmHg" in found[0]
    assert "测试li" in found[1]
    assert "逾期 1 天" in found[1]
    assert "登记随访" in found[1]
    only = rows(client.get("/?kind=late").content.decode())
    assert [("测试li" in row) for row in only] == [True]


def test_the_button_of_a_proposal_begins_the_referral(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    client = client_of(community, "village-doctor")
    page = client.get("/").content.decode()
    form = re.search(r'<form method="post" action="(/referrals/for/[^"]+)".*?</form>', page, re.S)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', form[0]))
    assert fields["encounter"] == str(visit.pk)
    assert "send" in client.post(form[1], fields)["Location"]
    later = rows(client.get("/").content.decode())
    assert not [row for row in later if "一键上转" in row]
    assert [row for row in later if "填写并提交" in row]


def test_a_dismissed_proposal_rests(community: Community) -> None:
    visit = measured(community, "wang", sbp=192, dbp=112)
    doctor = community["village-doctor"]
    while found := services.propose(doctor, resident_id=visit.resident_id, encounter_id=visit.pk):
        services.dismiss(
            doctor,
            resident_id=visit.resident_id,
            encounter_id=visit.pk,
            criterion=f"{found[0].policy}#{found[0].rule}",
            reason="treated-here",
        )
    assert rows(client_of(community, "village-doctor").get("/").content.decode()) == []


def test_yesterday_opens_to_its_cases(community: Community) -> None:
    with clock.travelling(clock.now() - timedelta(days=1)):
        case = sent(community)
        step(community["office"], case, "accept")
    client = client_of(community, "director")
    figures = {figure.label: figure for figure in client.get("/").context["figures"]}
    assert figures["昨天上转"].value == 1
    assert figures["昨天按时答复率"].fraction == "1 / 1"
    for label, shows in (("昨天上转", True), ("昨天按时答复率", True), ("昨天未到诊", False)):
        page = client.get(figures[label].href)
        assert (case.number in page.content.decode()) is shows, label
    assert client.get(reverse("workbench:day", args=["nonsense"])).status_code == 404
    assert client.get(f"{reverse('workbench:day', args=['up'])}?on=gestern").status_code in (400, 422)
    assert client_of(community, "village-doctor").get(figures["昨天上转"].href).status_code == 403


def test_the_council_sees_counts_and_no_names(community: Community) -> None:
    with clock.travelling(clock.now() - timedelta(days=3)):
        sent(community)
    for name in ("council", "commission"):
        text = client_of(community, name).get("/").content.decode()
        assert "测试wang" not in text
        assert "超时的事在谁那里" in text
    text = client_of(community, "council").get("/").content.decode()
    assert "测试town" in text
    assert "转诊办" in text


def test_whoever_has_two_roles_has_two_desks(community: Community) -> None:
    with acting(SYSTEM):
        home = community.organizations["county"]
        Grant.objects.create(user=community.users["specialist"], role="director", organization=home)
    client = client_of(community, "specialist")
    assert "d-tabs" in client.get("/").content.decode()
    assert "昨天上转" in client.get(reverse("workbench:desk", args=["director"])).content.decode()
    assert client.get(reverse("workbench:desk", args=["auditor"])).status_code == 404


def test_a_person_without_a_role_is_told_so(community: Community) -> None:
    with acting(SYSTEM):
        community.users["nobody"] = User.objects.create_user("nobody", "correct horse battery", name="无岗位")
    page = client_of(community, "nobody").get("/")
    assert page.status_code == 403
    assert "还没有岗位" in page.content.decode()


def test_a_list_of_a_desk_is_addressed_alone(community: Community) -> None:
    sent(community)
    office = client_of(community, "office")
    part = office.get("/", headers={"HX-Request": "true", "HX-Target": "register-referral-accept"})
    assert "<html" not in part.content.decode()
    assert "测试wang" in part.content.decode()
    sheet = office.get("/?export=referral-accept")
    assert "spreadsheet" in sheet.headers["Content-Type"]


def test_the_auditor_sees_readings_and_the_chain(community: Community) -> None:
    case = sent(community)
    client_of(community, "office").get(reverse("referral:case", args=[case.pk]))
    text = client_of(community, "auditor").get("/").content.decode()
    assert "测试office" in text
    assert "还没有核对" in text


def frame(sql: str) -> bool:
    """Statements of every page: login, transaction, row-level security, session."""
    words = ("access_session", "SAVEPOINT", "set_config", '"access_user"."password"', "jsonb_build_array(g.role")
    return any(word in sql for word in words)
