import pytest
from registry.community import County, county


@pytest.fixture
def here(db: None) -> County:
    """The small county."""
    return county()
