"""The pages of accounts, systems and one's own logins, through the browser's front door."""

import re

import pytest
from access_community import Community, Enter

from yigongti.kernel.access.models import Application, Session, User

pytestmark = pytest.mark.django_db


def test_an_administrator_opens_an_account_and_hands_the_password_over(community: Community, enter: Enter) -> None:
    client = enter("administrator")
    assert "测试town" in client.get("/access/").content.decode()
    form = {
        "username": "li.hua",
        "name": "李华",
        "role": "family-doctor",
        "organization": community.organizations["town"].pk,
    }
    answer = client.post("/access/accounts/new/", form)
    page = client.get(answer["Location"]).content.decode()
    password = re.search(r"临时密码 ([\w-]{17})", page).group(1)  # type: ignore[union-attr]
    assert password not in client.get(answer["Location"]).content.decode()
    assert enter("li.hua", password).get("/my/sessions/")["Location"] == "/my/password/"
    taken = client.post("/access/accounts/new/", form)
    assert (taken.status_code, "已经有人用了" in taken.content.decode()) == (422, True)


def test_the_account_page_gives_revokes_resets_and_closes(community: Community, enter: Enter) -> None:
    client, user = enter("administrator"), community.users["specialist"]
    page = f"/access/accounts/{user.pk}/"
    client.post(f"{page}grant/", {"role": "director", "organization": community.organizations["county"].pk})
    assert user.grants.count() == 2
    client.post(f"/access/grants/{user.grants.get(role='director').pk}/revoke/", {})
    assert user.grants.count() == 1
    for form, sees in (("password", "两步验证将作废"), ("disable", "将不能登录")):
        assert sees in client.get(f"{page}{form}/").content.decode()
        assert client.post(f"{page}{form}/", {})["Location"] == page
    assert "停用" in client.get(page).content.decode()
    client.post(f"{page}enable/", {})
    assert User.objects.get(pk=user.pk).is_active


def test_a_register_is_searched_without_names_in_addresses(community: Community, enter: Enter) -> None:
    client = enter("administrator")
    client.post("/access/", {"q": "specialist"})
    shown = client.get("/access/").content.decode()
    assert "测试specialist" in shown
    assert "测试director" not in shown


def test_the_matrix_is_open_to_all_who_work_here(community: Community, enter: Enter) -> None:
    page = enter("family-doctor").get("/access/matrix/").content.decode()
    assert "发起上转" in page
    assert "家庭医生" in page


def test_people_see_and_end_their_own_logins_only(community: Community, enter: Enter) -> None:
    first, second, other = enter("specialist"), enter("specialist", address="10.0.0.9"), enter("director")
    assert "10.0.0.9" in first.get("/my/sessions/").content.decode()
    theirs = Session.objects.get(user_id=community["director"].user_id)
    first.post(f"/my/sessions/{theirs.pk}/end/")
    assert other.get("/my/sessions/").status_code == 200
    mine = Session.objects.get(user_id=community["specialist"].user_id, address="10.0.0.9")
    first.post(f"/my/sessions/{mine.pk}/end/")
    assert (first.get("/my/sessions/").status_code, second.get("/my/sessions/").status_code) == (200, 302)


def test_who_works_in_two_places_switches(community: Community, enter: Enter) -> None:
    from yigongti.kernel.access import services

    town = community.organizations["town"]
    services.grant(
        community["administrator"],
        user_id=community.users["specialist"].pk,
        role="family-doctor",
        organization_id=town.pk,
    )
    client = enter("specialist")
    assert client.get("/my/sessions/").wsgi_request.actor.organization_id == community.organizations["county"].pk
    answer = client.post("/my/organization/", {"organization": town.pk, "next": "/my/sessions/"})
    assert answer["Location"] == "/my/sessions/"
    assert client.get("/my/sessions/").wsgi_request.actor.organization_id == town.pk
    assert client.post("/my/organization/", {"organization": town.pk, "next": "//evil.cn"})["Location"] == "/"
    foreign = client.post("/my/organization/", {"organization": community.organizations["foreign"].pk})
    assert foreign.status_code == 403


def test_a_system_is_let_in_and_stopped_by_page(community: Community, enter: Enter) -> None:
    client = enter("administrator")
    form = {
        "name": "县医院 HIS",
        "organization": community.organizations["county"].pk,
        "scopes": ["record.read", "registry.read"],
    }
    page = client.post("/access/systems/new/", form)["Location"]
    assert re.search(r"密钥 \S{40,}", client.get(page).content.decode())
    application = Application.objects.get()
    assert application.scopes == ["record.read", "registry.read"]
    assert "县医院 HIS" in client.get("/access/systems/").content.decode()
    client.post(f"{page}stop/", {})
    assert not User.objects.get(pk=application.user_id).is_active
