"""Fixtures of the records floor."""

import pytest
from records_community import Community, make_community


@pytest.fixture
def community(db: None) -> Community:
    """A hospital, a centre, a station, a foreign hospital and those who work there."""
    return make_community()
