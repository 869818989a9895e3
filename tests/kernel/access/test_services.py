"""Accounts and grants: nobody reaches beyond his own organisations, nor gives anything to himself."""

from datetime import timedelta

import pytest
from access_community import Community, Enter

from yigongti.kernel import clock
from yigongti.kernel.access import services
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, Session, User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


def at(community: Community, name: str) -> int:
    return community.organizations[name].pk


def test_an_account_is_opened_with_a_grant_and_a_password_for_once(community: Community) -> None:
    user, password = services.create_user(
        community["town-administrator"],
        username="new",
        name="新医生",
        role="family-doctor",
        organization_id=at(community, "town"),
    )
    assert user.check_password(password)
    assert user.must_change_password
    assert User.objects.get(username="new").actor().may(Permission.REFERRAL_SUBMIT, at(community, "town"))
    written = Entry.objects.filter(subject__in=["access_user", "access_grant"], action="INSERT").order_by("-id")[:2]
    assert {entry.user_id for entry in written} == {community["town-administrator"].user_id}
    assert password not in str([entry.data for entry in written])
    assert "password" not in written[1].data


@pytest.mark.parametrize(
    ("who", "where", "subtree"),
    [
        ("town-administrator", "town2", False),
        ("town-administrator", "county", False),
        ("administrator", "foreign", False),
        ("foreign-administrator", "county", True),
        ("director", "town", False),
    ],
)
def test_nobody_grants_beyond_his_reach(community: Community, who: str, where: str, subtree: bool) -> None:
    with pytest.raises(Forbidden):
        services.grant(
            community[who],
            user_id=community.users["specialist"].pk,
            role="specialist",
            organization_id=at(community, where),
            subtree=subtree,
        )


def test_a_subtree_needs_reach_over_all_of_it(community: Community) -> None:
    user = services.create_user(
        SYSTEM, username="half", name="半个管理员", role="administrator", organization_id=at(community, "county")
    )[0]
    half = User.objects.get(pk=user.pk).actor()
    give = {"user_id": community.users["specialist"].pk, "role": "director", "organization_id": at(community, "county")}
    with pytest.raises(Forbidden, match="超出"):
        services.grant(half, **give, subtree=True)
    assert services.grant(half, **give).role == "director"


def test_nobody_grants_to_himself_or_changes_himself(community: Community) -> None:
    me = community["administrator"]
    for command in (
        lambda: services.grant(me, user_id=me.user_id, role="auditor", organization_id=at(community, "county")),
        lambda: services.reset_password(me, user_id=me.user_id),
        lambda: services.set_active(me, user_id=me.user_id, active=False),
        lambda: services.revoke(me, grant_id=Grant.objects.get(user_id=me.user_id).pk),
    ):
        with pytest.raises(Forbidden, match="自己"):
            command()


def test_a_small_administrator_cannot_take_over_a_larger_account(community: Community) -> None:
    county = community.users["council"]
    services.grant(
        community["administrator"], user_id=county.pk, role="director", organization_id=at(community, "town")
    )
    small = community["town-administrator"]
    assert county in services.accounts(small)
    for command in (
        lambda: services.reset_password(small, user_id=county.pk),
        lambda: services.set_active(small, user_id=county.pk, active=False),
    ):
        with pytest.raises(Forbidden, match="超出"):
            command()
    with pytest.raises(NotFound):
        services.access_user(small, community.users["foreign-administrator"].pk)


@pytest.mark.parametrize("role", ["machine", "system", "resident", "nonsense"])
def test_some_roles_are_not_given_by_hand(community: Community, role: str) -> None:
    with pytest.raises(Invalid):
        services.grant(
            community["administrator"],
            user_id=community.users["specialist"].pk,
            role=role,
            organization_id=at(community, "county"),
        )


def test_the_same_role_is_given_once_at_a_time_and_revoked_today(community: Community, enter: Enter) -> None:
    client = enter("specialist")
    admin, user = community["administrator"], community.users["specialist"]
    again = {"user_id": user.pk, "role": "specialist", "organization_id": at(community, "county")}
    with pytest.raises(Conflict):
        services.grant(admin, **again)
    services.revoke(admin, grant_id=user.grants.get().pk)
    assert not community["specialist"].organizations()
    assert user.grants.get().until == clock.today()
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert client.get("/my/sessions/").status_code == 302
    services.grant(admin, **again)
    assert community["specialist"].may(Permission.REFERRAL_TREAT, at(community, "county"))


def test_a_grant_holds_from_its_first_day_until_its_last(community: Community) -> None:
    user, today = community.users["specialist"], clock.today()
    given = services.grant(
        community["administrator"],
        user_id=user.pk,
        role="director",
        organization_id=at(community, "county"),
        start=today + timedelta(days=2),
        until=today + timedelta(days=4),
    )
    for day, holds in ((1, False), (2, True), (3, True), (4, False)):
        with clock.travelling(clock.now() + timedelta(days=day)):
            assert community["specialist"].may(Permission.REFERRAL_REVIEW, at(community, "county")) is holds
    services.revoke(community["administrator"], grant_id=given.pk)
    assert not Grant.objects.filter(pk=given.pk).exists()


def test_a_reset_password_ends_the_logins_and_the_second_factor(community: Community, enter: Enter) -> None:
    client = enter("specialist")
    password = services.reset_password(community["administrator"], user_id=community.users["specialist"].pk)
    assert client.get("/my/sessions/").status_code == 302
    again = enter("specialist", password)
    assert again.get("/my/sessions/")["Location"] == "/my/password/"


def test_an_actor_with_scopes_may_only_what_the_token_says(community: Community) -> None:
    full = community["family-doctor"]
    limited = Actor(1, "系统", grants=full.grants, scopes=frozenset({"record.read"}))
    assert limited.may(Permission.RECORD_READ)
    assert not limited.may(Permission.RECORD_WRITE)


def test_the_audit_says_why_people_look(community: Community) -> None:
    purposes = {who: community[who].purpose for who in ("family-doctor", "administrator", "auditor", "commission")}
    assert purposes == {"family-doctor": "诊疗", "administrator": "管理", "auditor": "审计", "commission": "监管"}
