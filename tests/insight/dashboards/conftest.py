"""The county of stored numbers, in November."""

from collections.abc import Iterator

import pytest
from dashboard_county import NOW, County, build_county

from yigongti.kernel import clock


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with clock.travelling(NOW):
        yield


@pytest.fixture
def county(db: None) -> County:
    return build_county()
