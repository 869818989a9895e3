"""Systems: client credentials for a token, which acts within its scopes until it ends."""

from typing import Any

import pytest
from access_community import Community
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from oauth2_provider.models import AccessToken

from yigongti.kernel.access import applications
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.access.tokens import actor_of_token
from yigongti.kernel.errors import Forbidden, Invalid, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(community: Community) -> tuple[Any, str]:
    """A HIS of the county hospital that may read and write records."""
    return applications.open_application(
        community["administrator"],
        name="HIS",
        organization_id=community.organizations["county"].pk,
        scopes=["record.read", "record.write"],
    )


def token(system: tuple[Any, str], **asked: str) -> Any:
    application, secret = system
    credentials = {"client_id": application.client_id, "client_secret": secret}
    return Client().post("/api/token", {"grant_type": "client_credentials", **credentials, **asked})


def test_a_token_acts_at_the_organisation_within_its_scopes(community: Community, system: tuple[Any, str]) -> None:
    given = token(system, scope="record.read").json()
    assert (given["token_type"], given["scope"], given["expires_in"]) == ("Bearer", "record.read", 3600)
    with CaptureQueriesContext(connection) as captured:
        actor = actor_of_token(given["access_token"])
    assert len(captured) == 1
    county = community.organizations["county"].pk
    assert actor is not None
    assert actor.may(Permission.RECORD_READ, county)
    assert not actor.may(Permission.RECORD_WRITE, county)
    assert not actor.may(Permission.RECORD_READ, community.organizations["town"].pk)
    assert given["access_token"] not in str(AccessToken.objects.values())


def test_a_system_gets_no_more_than_it_was_given(system: tuple[Any, str]) -> None:
    assert token(system).json()["scope"] == "record.read record.write"
    assert token(system, scope="referral.submit").status_code == 400
    assert token((system[0], "wrong")).status_code == 401


def test_the_api_takes_the_token_and_only_while_it_lasts(system: tuple[Any, str]) -> None:
    bearer = {"Authorization": f"Bearer {token(system).json()['access_token']}"}
    assert Client().get("/api/up-referrals", headers=bearer).status_code == 403
    assert Client().get("/my/sessions/", headers=bearer).status_code == 302  # pages take no tokens
    AccessToken.objects.update(expires="2020-01-01T00:00Z")
    assert Client().get("/api/up-referrals", headers=bearer).status_code == 401


def test_a_changed_secret_ends_the_old_one_and_its_tokens(community: Community, system: tuple[Any, str]) -> None:
    old = token(system).json()["access_token"]
    secret = applications.rotate(community["administrator"], application_id=system[0].pk)
    assert actor_of_token(old) is None
    assert token(system).status_code == 401
    assert token((system[0], secret)).status_code == 200


def test_a_stopped_system_is_out_at_once(community: Community, system: tuple[Any, str]) -> None:
    old = token(system).json()["access_token"]
    applications.set_open(community["administrator"], application_id=system[0].pk, active=False)
    assert actor_of_token(old) is None
    again = token(system)
    assert again.status_code != 200 or actor_of_token(again.json()["access_token"]) is None


def test_systems_are_managed_within_reach(community: Community, system: tuple[Any, str]) -> None:
    with pytest.raises(NotFound):
        applications.rotate(community["foreign-administrator"], application_id=system[0].pk)
    with pytest.raises(Forbidden):
        applications.rotate(community["director"], application_id=system[0].pk)
    with pytest.raises(Invalid):
        applications.open_application(
            community["administrator"],
            name="x",
            organization_id=community.organizations["county"].pk,
            scopes=["grant.manage"],
        )


def test_a_system_cannot_log_in_with_a_password(system: tuple[Any, str]) -> None:
    client = Client()
    client.post("/login/", {"login": system[0].user.username, "password": system[1]})
    assert "_auth_user_id" not in client.session
