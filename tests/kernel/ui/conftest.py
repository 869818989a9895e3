"""People who look at pages."""

from typing import Any

import pytest
from access_community import Community, build
from django.test import Client


@pytest.fixture
def community(db: None) -> Community:
    """See tests/access_community.py."""
    return build()


@pytest.fixture
def reader(community: Community, settings: Any) -> Client:
    """A family doctor at the test pages."""
    settings.ROOT_URLCONF = "ui_pages"
    client = Client()
    client.force_login(community.users["family-doctor"], backend=settings.AUTHENTICATION_BACKENDS[1])
    return client


@pytest.fixture
def operator(community: Community, settings: Any) -> Client:
    """Somebody who may see the gallery."""
    settings.ROOT_URLCONF = "ui_pages"
    client = Client()
    client.force_login(community.users["data-office"], backend=settings.AUTHENTICATION_BACKENDS[1])
    return client
