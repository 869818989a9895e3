"""The community of the tests, and people who come in by the front door."""

import pytest
from access_community import PASSWORD, Community, Enter, build
from django.test import Client


@pytest.fixture
def community(db: None) -> Community:
    """See tests/access_community.py."""
    return build()


@pytest.fixture
def enter(community: Community) -> Enter:
    """Log in with the password, as people do."""

    def log_in(username: str, password: str = PASSWORD, address: str = "10.0.0.1", **fields: str) -> Client:
        client = Client(REMOTE_ADDR=address)
        client.post("/login/", {"login": username, "password": password, **fields})
        return client

    return log_in
