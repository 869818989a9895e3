"""Where a request comes from."""

from django.http import HttpRequest

from yigongti.config import configuration

LONGEST = 45
"""Characters of the longest IPv6 address."""


def client_address(request: HttpRequest) -> str:
    """The client's IP address: the peer, or what the trusted proxies (``trusted_proxies`` of them) appended.

    A client may write anything into ``X-Forwarded-For``, so only the last entries, one for each proxy, are believed.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = configuration().trusted_proxies
    if not proxies:
        return peer[:LONGEST]
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return (forwarded[-proxies] if len(forwarded) >= proxies else peer)[:LONGEST]
