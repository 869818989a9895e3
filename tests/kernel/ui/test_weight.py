"""What a first visit downloads, compressed as it is served."""

import gzip
import re

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from yigongti.kernel.ui.storage import QUALITY

LIMIT = 400 * 1024


def weight(client: Client, address: str) -> int:
    """Bytes of the page and of every file that it names."""
    page = client.get(address).content
    total = len(gzip.compress(page))
    for name in set(re.findall(r'(?:src|href)="/static/([^"#]+)', page.decode())):
        found = finders.find(name)
        assert found, f"{name} is missing: run python -m yigongti.kernel.ui.assets"
        with open(found, "rb") as file:
            total += len(brotli.compress(file.read(), quality=QUALITY))
    return total


@pytest.mark.django_db
def test_a_first_page_weighs_at_most_400_kilobytes(operator: Client) -> None:
    assert weight(operator, "/ui/gallery/list/") < LIMIT / 2
    assert weight(operator, "/ui/gallery/case/") < LIMIT / 2


@pytest.mark.django_db
@pytest.mark.slow
def test_only_dashboards_carry_the_charts(operator: Client) -> None:
    assert weight(operator, "/ui/gallery/dashboard/") < 2 * LIMIT
    assert "echarts" not in operator.get("/ui/gallery/list/").content.decode()
