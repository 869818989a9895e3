"""The community and browsers of its people."""

import pytest
from care_community import Community, build


@pytest.fixture
def community(db: None) -> Community:
    """The small community."""
    return build()
