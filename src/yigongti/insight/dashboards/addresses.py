"""Where a number leads: to its explanation, to its indicator, to the screen of a unit."""

from urllib.parse import urlencode

from django.urls import reverse

from yigongti.insight.results.models import Unit

from .reach import Place


def explained(code: str, place: Place, period: str) -> str:
    """The page that explains one number."""
    return reverse("results:explain", args=[*code.split("/", 1), place.level, place.key, period])


def indicator(code: str, place: Place | Unit, **asked: str) -> str:
    """The page of an indicator for a unit."""
    url = reverse("dashboards:indicator", args=[*code.split("/", 1), place.level, place.key])
    return _asking(url, asked)


def screen(place: Place, **asked: str) -> str:
    """The screen of a unit."""
    return _asking(reverse("dashboards:screen", args=[place.level, place.key]), asked)


def _asking(url: str, asked: dict[str, str]) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{url}?{urlencode(given)}" if given else url
