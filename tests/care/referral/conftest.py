"""A community for every test of the room."""

import pytest
from care_community import Community, build


@pytest.fixture
def community(db: None) -> Community:
    """The small community of :mod:`care_community`."""
    return build()
