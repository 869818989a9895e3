"""On the page that explains a number: the way to its course and its members."""

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html

from yigongti.kernel.ui.panels import panel

from . import addresses


@panel("results.explained", order=10)
def course(request: HttpRequest, told: Any) -> str:
    """A link to the indicator's page for the same unit and period."""
    url = addresses.indicator(told.measure.code, told.unit, period=told.period)
    return format_html('<p class="y-noprint"><a href="{}">走势、漏斗图和成员比较</a></p>', url)
