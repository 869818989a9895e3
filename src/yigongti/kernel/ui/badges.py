"""The numbers beside navigation entries, fetched after the page so that no page waits for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yigongti.kernel.ui.navigation import entries

MOST = 99


def badges(request: HttpRequest) -> HttpResponse:
    """What waits behind each entry of the actor; more than 99 is ``99+``."""
    actor = getattr(request, "actor", None)
    counted = [(item, item.badge(actor)) for item in entries(actor) if item.badge]
    counts = [(item, f"{MOST}+" if (number or 0) > MOST else number) for item, number in counted]
    return render(request, "ui/shell/badges.html", {"counts": counts})
