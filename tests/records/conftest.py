"""Fixtures of the records floor."""

import pytest
from index_people import with_systems
from records_community import Community, make_community


@pytest.fixture
def community(db: None) -> Community:
    """A hospital, a centre, a station, a foreign hospital and those who work there."""
    return make_community()


@pytest.fixture
def house(community: Community) -> Community:
    """The community with systems that tell of people."""
    return with_systems(community)
