"""People who look at the audit."""

import pytest
from access_community import Community, Enter, build
from django.test import Client


@pytest.fixture
def community(db: None) -> Community:
    """See tests/access_community.py."""
    return build()


@pytest.fixture
def enter(community: Community) -> Enter:
    """Log in, without the password."""

    def log_in(username: str) -> Client:
        client = Client()
        client.force_login(community.users[username], backend="yigongti.kernel.access.backends.GrantedBackend")
        return client

    return log_in
