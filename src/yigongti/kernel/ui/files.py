"""A file to save."""

from urllib.parse import quote

from django.http import HttpResponse


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """``content`` of media type ``kind``, saved under ``name``; neither the browser nor anything between keeps it."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
