"""The downloads on the page of the record."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from yigongti.kernel.ui.panels import panel


@panel("record.side", order=900)
def downloads(request: HttpRequest, resident: Any) -> str:
    """Two links."""
    return render_to_string("documents/downloads.html", {"resident": resident}, request=request)
