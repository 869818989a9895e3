"""What a system is told of what it wrote: the resource with its address, or what of it was not stored."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from . import reading
from .access import Caller
from .answers import base, issue, outcome, reply
from .checking import MOST_ISSUES
from .comparing import lost
from .rows import Found
from .writing import Written


def answer(request: HttpRequest, caller: Caller, written: Written, sent: Any) -> HttpResponse:
    """201 with its address, 200 for what was there, 202 while a person is asked whom it belongs to.

    ``Prefer: return=minimal`` answers nothing more, ``return=OperationOutcome`` what of ``sent`` was not stored.
    """
    found = written.found
    if written.withdrawn:
        return reply(outcome(issue("已作废", code="informational", severity="information")))
    if found is None:
        told = issue("已收到，等待核对是哪一位居民", code="informational", severity="information")
        return reply(outcome(told), 202)
    version = reading.version_of(found)
    address = f"{base(request)}{found.type}/{found.id}" + (f"/_history/{version}" if version else "")
    headers = {"Location": address} | ({"ETag": f'W/"{version}"'} if version else {})
    prefer, status = request.headers.get("Prefer", ""), 201 if written.created else 200
    if "return=minimal" in prefer:
        return reply("", status, **headers)
    if "return=OperationOutcome" in prefer:
        return reply(outcome(*unstored(sent, found)), status, **headers)
    return reply(found.text, status, **headers)


def unstored(sent: Any, found: Found) -> list[dict[str, Any]]:
    """What of a resource is not told again, as information."""
    missing = lost(sent, json.loads(found.text)) if isinstance(sent, dict) else []
    told = [
        issue(
            f"没有保存：{found.type}.{place}",
            code="informational",
            severity="information",
            where=f"{found.type}.{place}",
        )
        for place in missing[:MOST_ISSUES]
    ]
    return told or [issue("全部保存", code="informational", severity="information")]
