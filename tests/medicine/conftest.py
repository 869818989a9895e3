"""A small county with a formulary."""

import pytest
from formulary_county import Shelf, shelf
from registry.community import County, county


@pytest.fixture
def here(db: None) -> County:
    """The small county."""
    return county()


@pytest.fixture
def stocked(here: County) -> Shelf:
    """Its formulary, with drugs and supplies."""
    return shelf(here)
